/** One release at a time on a stack. */
import { lock } from "proper-lockfile";
import { say } from "./step.ts";

const waitSeconds = 600;

/**
 * Runs `work` while no other release of this stack does. The lock of a release that was killed is taken over after 10 s.
 *
 * @throws Error when another release holds it for longer than 10 minutes
 */
export async function withReleaseLock(run: string, work: () => Promise<void>): Promise<void> {
  const options = { stale: 10_000, lockfilePath: `${run}/release.lock` };
  const release = await lock(run, options).catch(async (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
    say("another release of this gateway is in progress, waiting for it");
    return lock(run, { ...options, retries: { retries: waitSeconds, minTimeout: 1000, maxTimeout: 1000 } });
  });
  try {
    await work();
  } finally {
    await release();
  }
}
