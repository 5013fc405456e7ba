import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { goMissing, goTooOld, ToolchainError } from "./errors.ts";
import { run } from "./run.ts";
import { compareVersions, parseVersion } from "./versions.ts";

/** Where Go keeps what it made and fetched. */
export interface Go {
  readonly buildCache: string;
  readonly moduleCache: string;
}

/** The environment of every Go command: the user's, but for this machine, without C and without a workspace. */
export function goEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // Go takes an empty variable for an unset one.
  return { ...environment, GOOS: "", GOARCH: "", CGO_ENABLED: "0", GOWORK: "off" };
}

/** The Go version that a go.mod asks for. */
export function goVersionOf(goMod: string): string {
  const version = /^go (\S+)$/mu.exec(goMod)?.[1];
  if (version === undefined) throw new Error("go.mod has no go line");
  return version;
}

/** The version of one required module in a go.mod, without a leading v. */
export function requiredVersionOf(goMod: string, module: string): string {
  const line = goMod.split("\n").find((text) =>
    text
      .replace(/^require /u, "")
      .trim()
      .startsWith(`${module} v`),
  );
  const version = line === undefined ? undefined : / v(\S+)/u.exec(line)?.[1];
  if (version === undefined) throw new Error(`go.mod does not require ${module}`);
  return version;
}

/**
 * Finds Go and sees that it is new enough for a module. Asked inside the module, so that a Go that fetches newer
 * ones by itself may do so.
 *
 * @throws ToolchainError if Go is missing or too old
 */
export async function requireGo(module: string): Promise<Go> {
  const needed = goVersionOf(await readFile(path.join(module, "go.mod"), "utf8"));
  const env = goEnvironment(process.env);
  const asked = await run("go", ["version"], { cwd: module, env });
  const found = /go version go(\S+)/u.exec(asked.lines.join("\n"))?.[1];
  if (found === undefined) throw new ToolchainError(goMissing(needed));
  const [a, b] = [parseVersion(found), parseVersion(needed)];
  if (a === undefined || b === undefined || compareVersions(a, b) < 0) {
    throw new ToolchainError(goTooOld(found, needed));
  }
  const caches = await run("go", ["env", "-json", "GOCACHE", "GOMODCACHE"], { cwd: module, env });
  const { GOCACHE, GOMODCACHE } = z
    .object({ GOCACHE: z.string(), GOMODCACHE: z.string() })
    .parse(JSON.parse(caches.lines.join("\n")));
  return { buildCache: GOCACHE, moduleCache: GOMODCACHE };
}
