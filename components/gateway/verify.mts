/**
 * G3: the gateway runs the expected version *and* accepts its own token, and no other.
 *
 * Self-contained, because it also arrives on the standard input of a Node in the gateway's container:
 * `node --input-type=module-typescript - <version> <port> <seconds>`. There it takes the token from its environment,
 * prints `{"schema":{"state/openclaw.sqlite":18}}`, and ends with 10 and the reason when the gateway is not good.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const pollMilliseconds = 250;

/** A gateway that is not what was expected; the message says why. */
export class VerificationError extends Error {
  override readonly name = "VerificationError";
}

/** What `/startupz` answers to a caller on the same machine. */
interface Startup {
  readonly ok?: boolean;
  readonly status?: string;
  readonly version?: string;
}

/** @returns undefined when nothing answers; unknown paths answer 200 with HTML, so only the JSON body counts */
async function startup(port: number): Promise<Startup | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${String(port)}/startupz`, { signal: AbortSignal.timeout(2000) });
    return (await answer.json()) as Startup; // every field is optional and checked by the caller
  } catch {
    return undefined;
  }
}

/**
 * A call that needs the token, repeated while it fails for another reason. 404 means that the user's tool policy denies this tool: the token was accepted.
 *
 * @returns the HTTP status
 */
async function authenticatedCall(port: number, token: string, deadline: number): Promise<number> {
  for (;;) {
    try {
      const answer = await fetch(`http://127.0.0.1:${String(port)}/tools/invoke`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ tool: "sessions_list", args: {} }),
        signal: AbortSignal.timeout(10_000),
      });
      await answer.arrayBuffer();
      if (answer.status < 500 || Date.now() > deadline) return answer.status;
    } catch (error) {
      if (Date.now() > deadline) throw new VerificationError(`the gateway does not answer a call: ${String(error)}`);
    }
    await sleep(pollMilliseconds);
  }
}

/** What is expected of a gateway. */
export interface Expectation {
  readonly port: number;
  readonly version: string;
  readonly token: string;
  readonly timeoutSeconds: number;
  /** Says why waiting is pointless, e.g. because OpenClaw exited with 78. */
  readonly hopeless: () => Promise<string | undefined>;
}

/**
 * Waits until the gateway is started and proves that it is the stack's own.
 *
 * @throws VerificationError saying what is wrong
 */
export async function verifyGateway(expected: Expectation): Promise<void> {
  const deadline = Date.now() + expected.timeoutSeconds * 1000;
  let last: Startup | undefined;
  for (;;) {
    last = await startup(expected.port);
    if (last?.ok === true && last.status === "started") break;
    const reason = await expected.hopeless();
    if (reason !== undefined) throw new VerificationError(reason);
    if (Date.now() > deadline) {
      throw new VerificationError(
        `the gateway did not start within ${String(expected.timeoutSeconds)} s (/startupz: ${last?.status ?? "no answer"})`,
      );
    }
    await sleep(pollMilliseconds);
  }
  if (last.version !== expected.version) {
    throw new VerificationError(
      `OpenClaw ${last.version ?? "of unknown version"} answers on port ${String(expected.port)}, expected ${expected.version}`,
    );
  }
  const own = await authenticatedCall(expected.port, expected.token, deadline);
  if (own !== 200 && own !== 404) {
    throw new VerificationError(
      `the gateway answers ${String(own)} to this stack's own token: another token is in force, or another program took its port (choose another: openclaw:gateway.port)`,
    );
  }
  const wrong = await authenticatedCall(expected.port, "0".repeat(96), deadline);
  if (wrong !== 401) {
    throw new VerificationError(`the gateway answers ${String(wrong)} to a wrong token, expected 401`);
  }
}

/** Schema versions of OpenClaw's databases (`PRAGMA user_version`): an update that raises one cannot be stepped back alone. */
async function schemaVersions(stateDirectory: string): Promise<Record<string, number>> {
  // Here, so that the local target, on whatever Node, does not load it.
  const { DatabaseSync } = await import("node:sqlite");
  const files = globSync(["state/*.sqlite", "agents/*/**/*.sqlite"], { cwd: stateDirectory }).sort();
  return Object.fromEntries(
    files.map((file) => {
      const database = new DatabaseSync(join(stateDirectory, file), { readOnly: true });
      const row = database.prepare("PRAGMA user_version").get();
      database.close();
      return [file, Number(row?.["user_version"])];
    }),
  );
}

async function main([version = "", port, seconds]: readonly string[]): Promise<void> {
  try {
    await verifyGateway({
      version,
      port: Number(port),
      token: process.env["OPENCLAW_GATEWAY_TOKEN"] ?? "",
      timeoutSeconds: Number(seconds),
      hopeless: () => Promise.resolve(undefined),
    });
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    console.error(error.message);
    process.exitCode = 10;
    return;
  }
  console.log(JSON.stringify({ schema: await schemaVersions(process.env["OPENCLAW_STATE_DIR"] ?? "") }));
}

if (process.argv[1] === "-") await main(process.argv.slice(2));
