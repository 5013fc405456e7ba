import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "./errors.ts";
import { type Report, withHeartbeat } from "./progress.ts";

/** A lock whose holder has not touched it for so long is that of a dead process; in milliseconds. */
const STALE_AFTER_MS = 10_000;

/**
 * Does something that only one process at a time may do. Others wait, and say so.
 *
 * A killed holder blocks nobody for longer than ten seconds.
 *
 * @param directory what is locked; it must exist
 * @param lock the directory whose existence is the lock
 */
export async function withLock<T>(directory: string, lock: string, report: Report, step: () => Promise<T>): Promise<T> {
  // Loaded only now: when everything is in place, nothing is locked, and a start must cost nothing.
  const { default: lockfile } = await import("proper-lockfile");
  const acquire = (): Promise<() => Promise<void>> =>
    lockfile.lock(directory, {
      lockfilePath: lock,
      stale: STALE_AFTER_MS,
      update: STALE_AFTER_MS / 5,
      onCompromised: () => {
        // This machine slept. What both do is put into place whole, so neither breaks the other.
        report("  … this machine paused for long; going on");
      },
    });
  const release = await tryLock(acquire).then(
    (free) =>
      free ??
      withHeartbeat(report, "still waiting", async () => {
        report("waiting for another process that prepares the toolchain");
        for (;;) {
          await sleep(200);
          const later = await tryLock(acquire);
          if (later !== undefined) return later;
        }
      }),
  );
  try {
    return await step();
  } finally {
    // A lock that was lost meanwhile cannot be released; nothing is to be done about it.
    await release().catch(() => undefined);
  }
}

async function tryLock(acquire: () => Promise<() => Promise<void>>): Promise<(() => Promise<void>) | undefined> {
  try {
    return await acquire();
  } catch (error) {
    if (codeOf(error) === "ELOCKED") return undefined;
    throw error;
  }
}
