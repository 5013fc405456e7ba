/** Reads the request and runs a step, telling failures in one place. */
import { ReleaseError, type ReleaseRequest } from "./contract.ts";

const explain = (error: unknown): string => {
  if (error instanceof ReleaseError) return error.message;
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  const path = error instanceof Error ? (error as NodeJS.ErrnoException).path : undefined;
  if (code === "ENOSPC")
    return `no space left on the disk${path === undefined ? "" : ` at ${path}`}; free some and run it again`;
  if (code === "EROFS" || code === "EACCES" || code === "EPERM") {
    return `cannot write ${path ?? "the data directory"} (${code}); make it writable for this user and run it again`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};

/** Progress for the user; never a secret. */
export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Runs `step` with the request from standard input; a failure ends the process with code 1 and its explanation. */
export async function runStep(step: (request: ReleaseRequest) => Promise<void>): Promise<void> {
  // The deployment may be killed while a release runs: the release finishes, although nobody reads its progress.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  process.on("SIGINT", () => {
    say("a release is in progress; it finishes first");
  });
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer); // no encoding set: chunks are Buffers
    await step(JSON.parse(Buffer.concat(chunks).toString("utf8")) as ReleaseRequest); // typed by local-gateway.ts, which writes it
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}
