/** Copies of the state, by the release that they are to come back with. */
import { cp, lstat, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/** OpenClaw makes these again: compiled assets and locks. */
const notState = new Set(["cache", "tmp"]);
const keptCopies = 3;

/** Where the copy of a release's state is. */
export const copyOf = (root: string, release: string): string => join(root, "releases", release, "state");

/** Copies a state; whole or not at all. Sockets and pipes are left out: they hold no state. */
export async function copyTree(source: string, target: string): Promise<void> {
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await cp(source, partial, {
    recursive: true,
    preserveTimestamps: true,
    verbatimSymlinks: true,
    filter: async (path) => {
      if (notState.has(relative(source, path))) return false;
      const entry = await lstat(path);
      return entry.isDirectory() || entry.isFile() || entry.isSymbolicLink();
    },
  });
  await rm(target, { recursive: true, force: true });
  await rename(partial, target);
}

/** Removes the oldest copies but the needed one; what a release wrote that was rejected or replaced is never removed. */
export async function prune(root: string, needed: string): Promise<void> {
  const names = (await readdir(join(root, "releases"))).filter((name) => name !== needed);
  const aged = await Promise.all(
    names.map(async (name) => ({ name, time: (await stat(join(root, "releases", name))).mtimeMs })),
  );
  for (const { name } of aged.sort((one, other) => other.time - one.time).slice(keptCopies - 1))
    await rm(join(root, "releases", name), { recursive: true, force: true });
}
