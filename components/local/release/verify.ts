/** G3: the gateway runs the expected version *and* accepts the stack's own token, and no other. */
import { setTimeout as sleep } from "node:timers/promises";
import { ReleaseError } from "./contract.ts";

const pollMilliseconds = 250;

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
      if (Date.now() > deadline) throw new ReleaseError(`the gateway does not answer a call: ${String(error)}`);
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
 * @throws ReleaseError saying what is wrong
 */
export async function verify(expected: Expectation): Promise<void> {
  const deadline = Date.now() + expected.timeoutSeconds * 1000;
  let last: Startup | undefined;
  for (;;) {
    last = await startup(expected.port);
    if (last?.ok === true && last.status === "started") break;
    const reason = await expected.hopeless();
    if (reason !== undefined) throw new ReleaseError(reason);
    if (Date.now() > deadline) {
      throw new ReleaseError(
        `the gateway did not start within ${String(expected.timeoutSeconds)} s (/startupz: ${last?.status ?? "no answer"})`,
      );
    }
    await sleep(pollMilliseconds);
  }
  if (last.version !== expected.version) {
    throw new ReleaseError(
      `OpenClaw ${last.version ?? "of unknown version"} answers on port ${String(expected.port)}, expected ${expected.version}`,
    );
  }
  const own = await authenticatedCall(expected.port, expected.token, deadline);
  if (own !== 200 && own !== 404) {
    throw new ReleaseError(
      `the gateway answers ${String(own)} to this stack's own token: another token is in force, or another program took its port (choose another: openclaw:gateway.port)`,
    );
  }
  const wrong = await authenticatedCall(expected.port, "0".repeat(96), deadline);
  if (wrong !== 401) throw new ReleaseError(`the gateway answers ${String(wrong)} to a wrong token, expected 401`);
}
