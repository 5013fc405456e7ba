/** Times of commands, as medians. */

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

/** Two kinds of work. */
export interface Comparison {
  /** Median in seconds. */
  readonly own: number;
  /** Median in seconds. */
  readonly other: number;
  /** Of one by the other in the same round, as a median: a machine that slows down between two rounds slows both. */
  readonly ratio: number;
}

/** Times two kinds of work, in turn after one round that warms the caches of both. */
export async function compare(
  runs: number,
  own: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<Comparison> {
  const rounds: { own: number; other: number }[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const round = { own: await seconds(own), other: await seconds(other) };
    if (run > 0) rounds.push(round);
  }
  return {
    own: median(rounds.map((round) => round.own)),
    other: median(rounds.map((round) => round.other)),
    ratio: median(rounds.map((round) => round.own / round.other)),
  };
}
