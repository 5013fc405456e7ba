/** Processes of a test, any of which may end by itself at any moment. Linux. */
import { readdirSync, readFileSync } from "node:fs";
import { execa } from "execa";

/** Pids of processes whose environment or arguments name a directory: whatever belongs to a machine. */
export async function processesOf(directory: string): Promise<number[]> {
  const files = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => [`/proc/${pid}/environ`, `/proc/${pid}/cmdline`]);
  const { stdout } = await execa("grep", ["-lsa", "--", directory, ...files], { reject: false });
  const pids = stdout.split("\n").flatMap((file) => file.match(/^\/proc\/(\d+)\//)?.[1] ?? []);
  return [...new Set(pids)].map(Number).filter((pid) => pid !== process.pid);
}

/** A process's arguments, each ended by NUL; empty when it ended. */
export function argumentsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** Sends SIGKILL, to a whole group where its leader's pid is negative; true when it was still there. */
export function kill(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

/** Sends SIGKILL to all of {@link processesOf} a directory. */
export async function killProcessesOf(directory: string): Promise<void> {
  for (const pid of await processesOf(directory)) kill(pid);
}
