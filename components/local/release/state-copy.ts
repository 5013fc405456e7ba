/** Copies of the state from before a release, and the way back to one. Nothing here deletes what a user may want. */
import { constants, existsSync } from "node:fs";
import { cp, lstat, mkdir, readdir, rename, rm, statfs } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { execa } from "execa";
import { ReleaseError } from "./contract.ts";

/** OpenClaw makes these again: compiled assets and locks. */
const notState = new Set(["cache", "tmp"]);
const reserveBytes = 200_000_000;
const keptRestorePoints = 3;

const isState = (root: string, path: string): boolean => !notState.has(relative(root, path).split("/")[0] ?? "");

async function sizeOf(root: string, path = root): Promise<number> {
  if (!isState(root, path)) return 0;
  const entry = await lstat(path);
  if (!entry.isDirectory()) return entry.size;
  const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(root, join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Copies a quiescent state directory aside, on the same volume. Sockets and pipes are left out: they hold no state.
 *
 * @throws ReleaseError when the volume has no room for it
 */
export async function copyState(data: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const [needed, space] = [(await sizeOf(data)) + reserveBytes, await statfs(dirname(target))];
  const free = space.bavail * space.bsize;
  if (free < needed) {
    const megabytes = (bytes: number): string => `${String(Math.ceil(bytes / 1e6))} MB`;
    throw new ReleaseError(
      `the copy of the state that makes this release reversible needs ${megabytes(needed)}, ${dirname(target)} has ${megabytes(free)} free; free some space and run it again`,
    );
  }
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await cp(data, partial, {
    recursive: true,
    preserveTimestamps: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: async (source) => {
      if (!isState(data, source)) return false;
      const entry = await lstat(source);
      return entry.isDirectory() || entry.isFile() || entry.isSymbolicLink();
    },
  });
  // A journal will point at this copy: after a power loss it must not be empty files.
  await execa("sync");
  await rename(partial, target);
}

/** Puts a copy back in place of the state; what was there is kept under `rejected`. Can be repeated when interrupted. */
export async function restoreState(data: string, restorePoint: string, rejected: string): Promise<void> {
  await mkdir(dirname(rejected), { recursive: true, mode: 0o700 });
  if (!existsSync(rejected)) await rename(data, rejected);
  await rename(restorePoint, data);
}

/** Removes all but the newest restore points, and copies that were interrupted; names sort by time. */
export async function pruneRestorePoints(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const whole = names.filter((name) => !name.endsWith(".partial")).sort();
  const kept = new Set(whole.slice(-keptRestorePoints));
  for (const name of names) {
    if (!kept.has(name)) await rm(join(directory, name), { recursive: true, force: true });
  }
}
