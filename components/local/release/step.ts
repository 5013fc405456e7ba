/** What the entries share: the request, progress, and failures told in one place. */
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

/** Commands in messages are the ones that this user types: `npm start` brings its own Pulumi. */
const forThisUser = (text: string): string =>
  text.replaceAll("pulumi config", `${process.env["OPENCLAW_PULUMI_CLI"] ?? "pulumi"} config`);

/** Progress for the user; never a secret. */
export const say = (line: string): void => {
  process.stdout.write(`${forThisUser(line)}\n`);
};

const heartbeatSeconds = 15;

/** Does work that may take long, and says so every 15 s: "still <doing> (30 s)". */
export async function withHeartbeat<T>(doing: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const heartbeat = setInterval(() => {
    say(`still ${doing} (${String(Math.round((Date.now() - started) / 1000))} s)`);
  }, heartbeatSeconds * 1000);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
  }
}

/** The request on standard input. */
export async function readRequest(): Promise<ReleaseRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer); // no encoding set: chunks are Buffers
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as ReleaseRequest; // local-gateway.ts wrote it
}

/** Runs one entry's work; a failure ends the process with code 1 and its explanation on standard error. */
export async function runStep(step: () => Promise<void>): Promise<void> {
  // The deployment may be killed while a step runs: the step finishes, although nobody reads its progress.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  process.on("SIGINT", () => {
    say("a release is in progress; it finishes first");
  });
  try {
    await step();
  } catch (error) {
    process.stderr.write(`${forThisUser(explain(error))}\n`);
    process.exitCode = 1;
  }
}
