/** Times of commands, as medians: ratios hold where single times drift. */

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** How long work takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** Median time of some runs in seconds. */
export async function medianSeconds(runs: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) times.push(await seconds(work));
  return median(times);
}

/** Median times of two kinds of work in seconds, run in turn after one round that warms the caches of both. */
export async function compare(
  runs: number,
  own: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<{ own: number; other: number }> {
  const times = { own: [] as number[], other: [] as number[] };
  for (let run = 0; run <= runs; run += 1) {
    const [ownTime, otherTime] = [await seconds(own), await seconds(other)];
    if (run === 0) continue;
    times.own.push(ownTime);
    times.other.push(otherTime);
  }
  return { own: median(times.own), other: median(times.other) };
}
