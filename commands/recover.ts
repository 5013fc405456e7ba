/** How a command goes on where an interrupted one stopped. */
import { hostname } from "node:os";
import { CommandError } from "./report.ts";
import { clearDeadLocks, repairStateFile } from "./state-files.ts";

/**
 * Clears what a dead command left behind, and refuses to work beside a living one.
 *
 * @throws CommandError naming the process that works on the stack
 */
export function recover(backend: string, stack: string): void {
  const { cleared, holder } = clearDeadLocks(backend, stack);
  for (const lock of cleared) console.error(`cleared the lock of an interrupted run (process ${String(lock.pid)})`);
  if (holder !== undefined) {
    const { pid, username, hostname: host, timestamp } = holder;
    const remedy = host === hostname() ? `Wait for it, or stop it with: kill ${String(pid)}` : "Wait for it";
    throw new CommandError(
      `another deployment works on the stack "${stack}": process ${String(pid)} of ${username} on ${host}, since ${timestamp}. ${remedy}`,
    );
  }
  const aside = repairStateFile(backend, stack);
  if (aside !== undefined)
    console.error(`the Pulumi state was damaged; its backup is used, the damaged file is kept as ${aside}`);
}
