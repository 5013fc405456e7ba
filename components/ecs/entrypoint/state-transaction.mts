/**
 * Makes the state belong to the release that starts: copied aside before a new release touches it, put back when the release
 * before comes again because the new one was not good. Killed anywhere, it goes on at the next start: everything is made under
 * another name and renamed, and the record changes last. On EFS a file is durable once it is closed, a rename at once
 * (https://docs.aws.amazon.com/efs/latest/ug/features.html#consistency).
 */
import { existsSync } from "node:fs";
import { cp, lstat, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/** `release.json`: whose the state is. */
export interface ReleaseRecord {
  readonly current: string;
  /** The release before, whose state lies in `releases/<previous>/state`; null when there was none. */
  readonly previous: string | null;
  /** Whether the gateway of `current` was verified; the health check says so. */
  readonly good: boolean;
  /** Name under `rejected/` of what `current` wrote, while it is undone. */
  readonly undoing?: string;
}

/** The state cannot be made to fit; another start changes nothing. */
export class StateError extends Error {}

/** State that was there before the first record: restored from an archive, or put there by hand. */
const found = "found";
/** OpenClaw makes these again: compiled assets and locks. */
const notState = new Set(["cache", "tmp"]);
const keptCopies = 3;

const copyOf = (root: string, release: string): string => join(root, "releases", release, "state");

/** Writes a file so that it is there whole or not at all. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const partial = `${file}.partial`;
  const handle = await open(partial, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(partial, file);
}

const writeRecord = (root: string, record: ReleaseRecord): Promise<void> =>
  writeWhole(join(root, "release.json"), JSON.stringify(record));

/** @throws StateError when it is damaged */
async function readRecord(root: string): Promise<ReleaseRecord | undefined> {
  const file = join(root, "release.json");
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(await readFile(file, "utf8")) as ReleaseRecord; // written here and by the health check
  } catch {
    throw new StateError(`${file} is no JSON; when ${root}/state is the state to go on with, remove that file`);
  }
}

/** Sockets and pipes are left out: they hold no state. */
async function copyTree(source: string, target: string): Promise<void> {
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

/** Removes the oldest copies; what a rejected release wrote is never removed. */
async function prune(root: string, needed: string): Promise<void> {
  const names = (await readdir(join(root, "releases"))).filter((name) => name !== needed);
  const aged = await Promise.all(
    names.map(async (name) => ({ name, time: (await stat(join(root, "releases", name))).mtimeMs })),
  );
  for (const { name } of aged.sort((one, other) => other.time - one.time).slice(keptCopies - 1))
    await rm(join(root, "releases", name), { recursive: true, force: true });
}

/** Puts the state from before `record.current` in its place; without one, the state begins empty. */
async function undo(root: string, record: ReleaseRecord, name: string, release: string): Promise<void> {
  const [state, rejected, { previous }] = [join(root, "state"), join(root, "rejected", name), record];
  if (previous !== null && !existsSync(copyOf(root, previous)))
    throw new StateError(
      `release ${record.current} was not good, and the state from before it is not at ${copyOf(root, previous)}; to go on with the state as it is, remove ${root}/release.json`,
    );
  if (record.undoing === undefined) await writeRecord(root, { ...record, undoing: name });
  if (!existsSync(rejected)) {
    await mkdir(dirname(rejected), { recursive: true, mode: 0o700 });
    await rename(state, rejected);
  }
  if (previous !== null && !existsSync(state)) await copyTree(copyOf(root, previous), state);
  await mkdir(state, { recursive: true, mode: 0o700 });
  await writeRecord(
    root,
    release === previous
      ? { current: release, previous: null, good: true }
      : { current: release, previous, good: false },
  );
}

/** Begins a release on state that is good, which is copied aside first. */
async function begin(root: string, release: string, before: string): Promise<void> {
  await copyTree(join(root, "state"), copyOf(root, before));
  await writeRecord(root, { current: release, previous: before, good: false });
  await prune(root, before);
}

/**
 * Call it while no gateway runs on the state.
 *
 * @param root what is mounted: `state/`, `releases/`, `rejected/`, `release.json`
 * @returns what was done, for the log
 * @throws StateError
 */
export async function takeState(root: string, release: string, now = new Date()): Promise<string> {
  const state = join(root, "state");
  const record = await readRecord(root);
  if (record?.undoing === undefined) {
    await mkdir(state, { recursive: true, mode: 0o700 });
    if (record === undefined && (await readdir(state)).length === 0) {
      await writeRecord(root, { current: release, previous: null, good: false });
      return "the state is new";
    }
    if (record === undefined || record.good) {
      if (record?.current === release) return "the state is this release's";
      await begin(root, release, record?.current ?? found);
      return `the state of release ${record?.current ?? found} is copied aside`;
    }
    if (record.current === release) return "the state is this release's, which is not verified yet";
  }
  const name = record.undoing ?? `${now.toISOString().replaceAll(/[:.]/g, "-")}-${record.current}`;
  await undo(root, record, name, release);
  return `release ${record.current} was not good: the state from before it is back, what it wrote is in rejected/${name}`;
}
