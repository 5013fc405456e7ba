/** Questions to a cloud whose answers nobody waits for idly. */
import { setTimeout as sleep } from "node:timers/promises";

/** What a connection takes to begin. */
const requestsLeaveMs = 5;

/** An answer to come; a promise of it alone would be waited for by whoever is handed it. */
export interface UnderWay<T> {
  readonly answer: Promise<T>;
}

/** Is done as soon as the requests are on their way: what is loaded meanwhile costs no time, though it would keep them here. */
export async function underWay<T>(answer: Promise<T>): Promise<UnderWay<T>> {
  answer.catch(() => undefined); // whoever waits for it gets it
  await sleep(requestsLeaveMs);
  return { answer };
}
