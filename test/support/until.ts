import { setTimeout as sleep } from "node:timers/promises";

/** Asks every 20 ms until there is an answer. @throws Error naming what was waited for */
export async function until<T>(what: string, ask: () => T | undefined, seconds = 20): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${String(seconds)} s in vain for ${what}`);
    await sleep(20);
  }
}
