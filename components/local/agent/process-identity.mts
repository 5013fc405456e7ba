/** Tells a process from a later one that got the same number. Linux and macOS; no dependencies: it is copied beside the state. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A process that can be recognised again, across restarts of the machine too. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time as the kernel tells it, with the boot it belongs to. */
  readonly started: string;
}

const started = (pid: number): string | undefined => {
  try {
    if (process.platform !== "linux") {
      // Without a fixed locale and time zone the same process has another start time for another caller.
      const env = { PATH: process.env["PATH"] ?? "/bin:/usr/bin", LC_ALL: "C", TZ: "UTC" };
      const stdio = ["ignore", "pipe", "ignore"] as const;
      return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
        encoding: "utf8",
        env,
        stdio: [...stdio],
      }).trim();
    }
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // Fields after the command name, which is in parentheses and may itself hold spaces; the 20th is the start time (proc_pid_stat(5)).
    const fields =
      readFileSync(`/proc/${String(pid)}/stat`, "utf8")
        .split(") ")
        .at(-1)
        ?.split(" ") ?? [];
    return fields[0] === "Z" ? undefined : `${boot}:${fields[19] ?? ""}`;
  } catch {
    return undefined; // no such process
  }
};

/** @returns undefined when no such process runs (a zombie does not run) */
export const identify = (pid: number): ProcessIdentity | undefined => {
  const time = started(pid);
  return time === undefined ? undefined : { pid, started: time };
};

/** Whether exactly this process still runs. */
export const isAlive = (identity: ProcessIdentity | undefined): boolean =>
  identity !== undefined && started(identity.pid) === identity.started;

/** Ends whatever is left of a process group whose leader is gone. */
export function killGroup(leaderPid: number): void {
  try {
    process.kill(-leaderPid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // ESRCH: nothing is left
  }
}
