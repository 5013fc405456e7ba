/** A fault that the user can remedy. The message says everything; a stack adds nothing. */
export class ToolchainError extends Error {
  override readonly name = "ToolchainError";
}

/** Bytes as people read them: `1.5 GB`, `12 MB`. */
export function readableBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(0)} MB`;
}

/** Go is not on the PATH. */
export function goMissing(needed: string): string {
  return (
    `Go is not installed, and the Pulumi CLI or a plugin could not be downloaded, so it has to be built: ` +
    `install Go ${needed} or newer (https://go.dev/dl) and see that \`go version\` works, ` +
    `or put an installed \`pulumi\` on the PATH.`
  );
}

/** Go is older than the modules ask for. */
export function goTooOld(found: string, needed: string): string {
  return `Go ${found} is too old to build the Pulumi CLI: ${needed} or newer is needed. Install it from https://go.dev/dl.`;
}

/** A disk has less room than a build takes. All sizes in bytes. */
export function diskTooSmall(path: string, free: number, needed: number): string {
  return (
    `not enough disk space at ${path}: ${readableBytes(free)} free, about ${readableBytes(needed)} needed. ` +
    `Free some, or point XDG_CACHE_HOME, GOCACHE and GOMODCACHE to a larger disk.`
  );
}

/** A disk ran full while it was written. */
export function diskFull(path: string): string {
  return (
    `the disk of ${path}, or that of Go's caches, ran full. Nothing half-made is left. ` +
    `Free some space, or point XDG_CACHE_HOME, GOCACHE and GOMODCACHE to larger disks, and try again.`
  );
}

/** The cache directory cannot be written. `reason` is the system's error code, such as EACCES. */
export function cacheNotWritable(path: string, reason: string): string {
  return (
    `the cache directory ${path} cannot be written (${reason}). ` +
    `Make it writable for you, or set XDG_CACHE_HOME to a directory that is.`
  );
}

/** The Go modules could not be fetched. `reason` is Go's own last word. */
export function modulesUnreachable(reason: string, log: string): string {
  return (
    `the Go modules could not be downloaded: ${reason}\n` +
    `Check the network, or set a module proxy that you reach (go env -w GOPROXY=<address>). Log: ${log}`
  );
}

/** A build or the step after it failed for a reason of its own. */
export function buildFailed(what: string, tail: readonly string[], log: string): string {
  return `building ${what} failed:\n${tail.map((line) => `  ${line}`).join("\n")}\nThe whole output: ${log}`;
}

/** Node.js runs `.ts` files by itself from 22.18 on. */
const NODE_NEEDED = [22, 18] as const;

/**
 * What is wrong with this Node.js, or undefined if nothing is.
 *
 * @param version `process.versions.node`, such as `20.11.1`
 */
export function nodeFault(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [neededMajor, neededMinor] = NODE_NEEDED;
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return undefined;
  return (
    `Node.js ${version} is too old: ${neededMajor}.${neededMinor} or newer is needed. ` +
    `Run this through npm, whose scripts use the Node.js in node_modules, or install a newer one.`
  );
}

/** The message of what was thrown, whatever it is. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's code of an error (`ENOSPC`, `EACCES`, …), or undefined. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/**
 * What Go said, as the one message that fits.
 *
 * @param what what was built, for people
 * @param output all lines of the failed command
 * @param log where the whole output lies
 * @param directory where it was built, named if the disk ran full
 */
export function explainBuildFailure(what: string, output: readonly string[], log: string, directory: string): string {
  if (output.some((line) => /no space left on device|disk quota exceeded/iu.test(line))) return diskFull(directory);
  const network = output.findLast((line) => UNREACHABLE.test(line));
  if (network !== undefined) return modulesUnreachable(network.trim(), log);
  return buildFailed(what, output.slice(-15), log);
}

/** As Go's module fetcher words them. */
const UNREACHABLE =
  /dial tcp|no such host|connection refused|i\/o timeout|TLS handshake timeout|could not resolve host|GOPROXY=off|\b(?:403|404|410|50[234]) [A-Z]/iu;
