/** What an interrupted command leaves in a file backend: locks, and half-written state. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { readJson } from "../components/local/agent/files.mts";
import { CommandError } from "./report.ts";

/** A lock file of Pulumi's file backend. */
interface Lock {
  readonly pid: number;
  readonly hostname: string;
  readonly username: string;
  readonly timestamp: string;
}

/** What was found on a stack's lock. */
export interface LockState {
  /** Locks removed because the process that held them is dead. */
  readonly cleared: readonly Lock[];
  /** A process that works on the stack now. */
  readonly holder: Lock | undefined;
}

const project = "openclaw";

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/** Whether a process that runs is Pulumi: after a reboot the number of a dead one belongs to somebody else. */
const isPulumi = (pid: number): boolean => {
  if (!isRunning(pid)) return false;
  const { stdout, error } = spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" });
  return error !== undefined || /(^|\/)pulumi(\s|$)/.test(stdout);
};

/** @returns undefined for a lock that is gone, or that a machine lost power over */
const readLock = (file: string): Lock | undefined => readJson(file) as Lock | undefined; // Pulumi's own format

/** Removes locks whose owner ran on this machine and is dead. A lock of another machine counts as held. */
export function clearDeadLocks(backend: string, stack: string): LockState {
  const directory = join(backend, ".pulumi/locks/organization", project, stack);
  const cleared: Lock[] = [];
  let holder: Lock | undefined;
  // Beside each lock lies a file of attributes, <name>.json.attrs.
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(".json")) : [];
  for (const name of names) {
    const file = join(directory, name);
    const lock = readLock(file);
    if (lock === undefined || (lock.hostname === hostname() && !isPulumi(lock.pid))) {
      for (const part of [file, `${file}.attrs`]) rmSync(part, { force: true });
      if (lock !== undefined) cleared.push(lock);
    } else holder = lock;
  }
  return { cleared, holder };
}

/** Where a file backend keeps a stack's state. */
export const stateFileOf = (backend: string, stack: string): string =>
  join(backend, ".pulumi/stacks", project, `${stack}.json`);

/** Whether a command was killed while it created something: then more has to be read than this. */
export const hasPendingOperations = (backend: string, stack: string): boolean => {
  const file = stateFileOf(backend, stack);
  return existsSync(file) && readFileSync(file, "utf8").includes('"pending_operations"');
};

const isJson = (file: string): boolean => readJson(file) !== undefined;

/**
 * Removes attributes of stacks that a killed command had begun to write. The backend writes them beside each file, and not whole or not
 * at all as the file itself (setAttrs in gocloud.dev/blob/fileblob/attrs.go); it reads none as well, but not half of them.
 */
export function removeDamagedAttributes(backend: string): void {
  const directory = join(backend, ".pulumi/stacks", project);
  const files = existsSync(directory) ? readdirSync(directory) : [];
  const attributes = files.filter((name) => name.endsWith(".attrs")).map((name) => join(directory, name));
  for (const file of attributes) if (!isJson(file)) rmSync(file, { force: true });
}

/**
 * Puts Pulumi's own backup in place of a state file that is damaged (a machine that lost power). The damaged file is kept.
 *
 * @returns where the damaged file is kept; undefined when the state is whole
 * @throws CommandError when the backup is damaged too
 */
export function repairStateFile(backend: string, stack: string): string | undefined {
  const file = stateFileOf(backend, stack);
  const backup = `${file}.bak`;
  if (!existsSync(file) || isJson(file)) return undefined;
  if (!existsSync(backup) || !isJson(backup)) {
    throw new CommandError(
      `the Pulumi state ${file} is damaged and its backup ${backup} is not usable. Older states are under ${join(backend, ".pulumi/backups")}: copy one to ${file} and run it again`,
    );
  }
  const aside = `${file}.damaged-${new Date().toISOString().replaceAll(":", "-")}`;
  copyFileSync(file, aside);
  copyFileSync(backup, `${file}.partial`);
  renameSync(`${file}.partial`, file);
  return aside;
}
