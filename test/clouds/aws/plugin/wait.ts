import { setTimeout as delay } from "node:timers/promises";

/** What is waited for. */
export interface Wait<T> {
  /** The state now, and what has it; no state when it does not exist. */
  readonly look: () => Promise<{ readonly state: string; readonly value: T } | undefined>;
  readonly target: readonly string[];
  /** States on the way; any other one ends the wait with an error. @default - every state */
  readonly pending?: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What upstream waits for up to hours, a test does not: no wait is longer than this, whatever the program asks for. */
const longestWaitMs = Number(process.env["AWS_STAND_IN_LONGEST_WAIT_SECONDS"] ?? "120") * 1000;
const firstPauseMs = 50;
const longestPauseMs = 1000;

/**
 * Waits as upstream does (terraform-plugin-sdk's retry.StateChangeConf), in its words, only with shorter pauses.
 *
 * @throws Error when the time is over or the state is none of those on the way
 */
export async function waitFor<T>(wait: Wait<T>): Promise<T> {
  const wanted = `[${wait.target.join(" ")}]`;
  const deadline = performance.now() + Math.min(wait.timeoutMs, longestWaitMs);
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
    const seen = await wait.look();
    if (seen !== undefined && wait.target.includes(seen.state)) return seen.value;
    if (seen !== undefined && wait.pending?.includes(seen.state) === false) {
      throw new Error(
        `unexpected state '${seen.state}', wanted target '${wait.target.join(", ")}'. last error: %!s(<nil>)`,
      );
    }
    if (performance.now() + pause > deadline) {
      const last = seen === undefined ? "" : `last state: '${seen.state}', `;
      const timeout = `timeout: ${durationOf(wait.timeoutMs)}`;
      throw new Error(`timeout while waiting for state to become '${wanted.slice(1, -1)}' (${last}${timeout})`);
    }
    await delay(pause, undefined, { signal: wait.signal });
  }
}

/** Waits until there is nothing left. */
export async function waitUntilGone(
  look: () => Promise<string | undefined>,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  await waitFor({
    look: async () => ({ state: (await look()) === undefined ? "gone" : "deleting", value: undefined }),
    target: ["gone"],
    timeoutMs,
    signal,
  });
}

/** Tries again while AWS refuses in a way that passes. */
export async function retryWhile<T>(
  passes: (error: unknown) => boolean,
  work: () => Promise<T>,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<T> {
  const deadline = performance.now() + Math.min(timeoutMs, longestWaitMs);
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
    try {
      return await work();
    } catch (error) {
      if (!passes(error) || performance.now() + pause > deadline) throw error;
    }
    await delay(pause, undefined, { signal });
  }
}

export const minutes = (count: number): number => count * 60_000;

/** Go's notation: `10m0s`. */
function durationOf(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
