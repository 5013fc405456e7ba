/**
 * Puts a state out of an archive in the place of the one that is there, which is kept: under `replaced/` for good, and beside
 * the release that ran on it, so that it comes back when the new release is not good. Killed on the way, the next start puts
 * the old state back first.
 */
import { existsSync } from "node:fs";
import { mkdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeRecord, type ReleaseRecord } from "./release-record.mts";
import { stage, stagingDirectory } from "./restore.mts";
import { copyOf, copyTree, prune } from "./state-copies.mts";

/** What to tell the log of what an archive holds that has no place here. */
const remark = (beside: readonly string[]): string =>
  beside.length === 0 ? "" : `; NOT RESTORED is what was outside the state where it was made: ${beside.join(", ")}`;

/** Puts the archive's state where there is none. @returns for the log */
export async function fill(root: string, archive: string): Promise<string> {
  const { state, beside } = await stage(root, archive);
  await rmdir(join(root, "state")); // refuses one that is not empty
  await rename(state, join(root, "state"));
  await rm(stagingDirectory(root), { recursive: true, force: true });
  return `the state is the one of ${archive}${remark(beside)}`;
}

/** Begins a release on the archive's state. @param record of the good release whose state is there @returns for the log */
export async function replace(
  root: string,
  record: ReleaseRecord,
  release: string,
  archive: string,
  name: string,
): Promise<string> {
  const { state: staged, beside } = await stage(root, archive);
  const [state, replaced, { current }] = [join(root, "state"), join(root, "replaced", name), record];
  await copyTree(state, copyOf(root, current));
  await writeRecord(root, { ...record, replacing: name });
  await mkdir(dirname(replaced), { recursive: true, mode: 0o700 });
  await rename(state, replaced);
  await rename(staged, state);
  await writeRecord(root, { current: release, previous: current, good: false });
  await rm(stagingDirectory(root), { recursive: true, force: true });
  await prune(root, current);
  return `the state is the one of ${archive}; the one of release ${current} is kept in replaced/${name}${remark(beside)}`;
}

/** Puts the state back that was about to be replaced when this was killed. @returns the record as it was before */
export async function takeBack(root: string, { replacing = "", ...record }: ReleaseRecord): Promise<ReleaseRecord> {
  const [state, replaced, staging] = [join(root, "state"), join(root, "replaced", replacing), stagingDirectory(root)];
  if (existsSync(replaced)) {
    // What is there came out of the archive, and no gateway ran on it.
    await rm(staging, { recursive: true, force: true });
    if (existsSync(state)) await rename(state, staging);
    await rename(replaced, state);
  }
  await writeRecord(root, record);
  return record;
}
