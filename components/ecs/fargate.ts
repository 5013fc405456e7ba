/** Sizes that Fargate has. Pure. */

/** What a size may be, in vCPU and MiB. */
interface FargateSize {
  readonly least: number;
  readonly most: number;
  readonly step: number;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html (Linux). */
const sizes: ReadonlyMap<number, FargateSize> = new Map([
  [0.5, { least: 1024, most: 4096, step: 1024 }],
  [1, { least: 2048, most: 8192, step: 1024 }],
  [2, { least: 4096, most: 16_384, step: 1024 }],
  [4, { least: 8192, most: 30_720, step: 1024 }],
  [8, { least: 16_384, most: 61_440, step: 4096 }],
  [16, { least: 32_768, most: 122_880, step: 8192 }],
]);

/** vCPU counts that a gateway can run on; a quarter exists too, and takes more than a minute to start it. */
export const fargateCpus: readonly number[] = [...sizes.keys()];

/** With less, the gateway's own command line beside it, or its first start, ends in an out-of-memory kill (measured). */
export const leastTaskMemoryMiB = 2048;

const ranges = (cpus: number): string => {
  const size = sizes.get(cpus);
  if (size === undefined) return "nothing";
  const least = Math.max(size.least, leastTaskMemoryMiB);
  return `${String(least)} to ${String(size.most)} MiB in steps of ${String(size.step)} with ${String(cpus)} vCPU`;
};

const fits = (cpus: number, memoryMiB: number): boolean => {
  const size = sizes.get(cpus);
  return (
    size !== undefined &&
    memoryMiB >= size.least &&
    memoryMiB <= size.most &&
    (memoryMiB - size.least) % size.step === 0
  );
};

/** What is wrong with a size; completes the sentence "allowed: …". */
export function fargateObjection(cpus: number, memoryMiB: number): string | undefined {
  if (fits(cpus, memoryMiB)) return undefined;
  if (!sizes.has(cpus)) return `${fargateCpus.join(", ")} vCPU`;
  const others = fargateCpus.filter((other) => fits(other, memoryMiB));
  const elsewhere = others.length === 0 ? "" : `; ${String(memoryMiB)} MiB goes with ${others.join(", ")} vCPU`;
  return `${ranges(cpus)}${elsewhere}`;
}

/** The size nearest to a wanted one. */
export function nearestMemoryMiB(cpus: number, memoryMiB: number): number {
  const size = sizes.get(cpus);
  if (size === undefined) return memoryMiB;
  const [least, most] = [Math.max(size.least, leastTaskMemoryMiB), size.most];
  const bounded = Math.min(most, Math.max(least, memoryMiB));
  return Math.min(most, size.least + Math.ceil((bounded - size.least) / size.step) * size.step);
}
