/** Takes one line for people, without a line end. */
export type Report = (line: string) => void;

/** How often a long step says that it is alive, in milliseconds. */
export const HEARTBEAT_MS = 15_000;

/** Whole seconds since `start`, which is of `performance.now()`. */
export function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 1000);
}

/**
 * Does a long step and says every 15 s that it is still at it.
 *
 * @param detail more to say, such as how many packages are compiled. @default - nothing
 */
export async function withHeartbeat<T>(
  report: Report,
  what: string,
  step: () => Promise<T>,
  detail: () => string = () => "",
): Promise<T> {
  const start = performance.now();
  const timer = setInterval(() => {
    report(`  … ${what}: ${secondsSince(start)} s${detail()}`);
  }, HEARTBEAT_MS);
  try {
    return await step();
  } finally {
    clearInterval(timer);
  }
}
