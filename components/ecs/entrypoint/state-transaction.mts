/**
 * Makes the state belong to the release that starts: copied aside before a new release touches it, put back when the release
 * before comes again because the new one was not good. Killed anywhere, it goes on at the next start: everything is made under
 * another name and renamed, and the record changes last. On EFS a file is durable once it is closed, a rename at once
 * (https://docs.aws.amazon.com/efs/latest/ug/features.html#consistency).
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StateError } from "./files.mts";
import { readRecord, writeRecord, type ReleaseRecord } from "./release-record.mts";
import { fill, replace, takeBack } from "./replace.mts";
import { forgetRestored, restoredFrom, stagingDirectory } from "./restore.mts";
import { copyOf, copyTree, prune } from "./state-copies.mts";

/** What starts. */
export interface Start {
  readonly release: string;
  /** Name of the archive whose state the release begins with. @default - it goes on with the state that is there */
  readonly restore?: string | undefined;
}

/** State that was there before the first record: restored from an archive, or put there by hand. */
const found = "found";

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
async function begin(root: string, { release, restore }: Start, before: string): Promise<void> {
  await copyTree(join(root, "state"), copyOf(root, before));
  if (restore === undefined) await forgetRestored(join(root, "state"));
  await writeRecord(root, { current: release, previous: before, good: false });
  await prune(root, before);
}

/** Goes on from a record that nothing has to be undone of. @returns what was done, for the log */
async function goOn(root: string, record: ReleaseRecord | undefined, start: Start, moment: string): Promise<string> {
  const [state, { release, restore }] = [join(root, "state"), start];
  if (record?.current === release && !existsSync(state))
    throw new StateError(
      `the state of release ${release} is not at ${state}; put it back, or remove ${root}/release.json to begin without one`,
    );
  if (record?.current === release)
    return record.good ? "the state is this release's" : "the state is this release's, which is not verified yet";
  await mkdir(state, { recursive: true, mode: 0o700 });
  if (record === undefined && (await readdir(state)).length === 0) {
    if (restore !== undefined) {
      const told = await fill(root, restore);
      await begin(root, start, found);
      return told;
    }
    await writeRecord(root, { current: release, previous: null, good: false });
    return "the state is new";
  }
  const before = record ?? { current: found, previous: null, good: true };
  if (restore !== undefined && (await restoredFrom(state)) !== restore)
    return replace(root, before, release, restore, `${moment}-${before.current}`);
  await begin(root, start, before.current);
  return `the state of release ${before.current} is copied aside`;
}

/**
 * Call it while no gateway runs on the state.
 *
 * @param root what is mounted: `state/`, `releases/`, `rejected/`, `replaced/`, `backups/`, `release.json`
 * @returns what was done, for the log
 * @throws StateError
 */
export async function takeState(root: string, start: Start, now = new Date()): Promise<string> {
  const [{ release, restore }, moment] = [start, now.toISOString().replaceAll(/[:.]/g, "-")];
  let record = await readRecord(root);
  if (record?.replacing !== undefined) record = await takeBack(root, record);
  await rm(stagingDirectory(root), { recursive: true, force: true }); // a killed restore left it
  const isOwn = record?.current === release && record.undoing === undefined;
  if (record === undefined || isOwn || (record.good && record.undoing === undefined))
    return goOn(root, record, start, moment);

  const name = record.undoing ?? `${moment}-${record.current}`;
  const told = `release ${record.current} was not good: the state from before it is back, what it wrote is in rejected/${name}`;
  if (restore === undefined || release === record.previous) {
    await undo(root, record, name, release);
    return told;
  }
  // The archive takes the place of the last good state, not of what the bad release wrote.
  await undo(root, record, name, record.previous ?? found);
  if (record.previous === null) await rm(join(root, "release.json"));
  return `${told}; ${await goOn(root, await readRecord(root), start, moment)}`;
}
