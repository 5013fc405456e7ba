/** One at a time, across processes. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import lockfile from "proper-lockfile";
import { run } from "./places.ts";

/** Runs the work while no other process runs work of this name. A holder that died is noticed after 10 s. */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const directory = join(run, `lock-${name}`);
  mkdirSync(directory, { recursive: true });
  const release = await lockfile.lock(directory, {
    stale: 10_000,
    update: 2000,
    // This process paused for long. What is made is put into place whole, so two makers do not break each other.
    onCompromised: () => {
      console.error(`lost the lock ${name}; going on`);
    },
    retries: { retries: 2400, minTimeout: 500, maxTimeout: 500 },
  });
  try {
    return await work();
  } finally {
    await release().catch(() => undefined); // it was lost
  }
}
