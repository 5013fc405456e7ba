/** `release.json`: whose the state is. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { StateError, writeWhole } from "./files.mts";

/** See the file's comment. */
export interface ReleaseRecord {
  readonly current: string;
  /** The release before, whose state lies in `releases/<previous>/state`; null when there was none. */
  readonly previous: string | null;
  /** Whether the gateway of `current` was verified; the health check says so. */
  readonly good: boolean;
  /** Name under `rejected/` of what `current` wrote, while it is undone. */
  readonly undoing?: string;
  /** Name under `replaced/` of the state that an archive's takes the place of, meanwhile. */
  readonly replacing?: string;
}

const fileOf = (root: string): string => join(root, "release.json");

export const writeRecord = (root: string, record: ReleaseRecord): Promise<void> =>
  writeWhole(fileOf(root), JSON.stringify(record));

/** @throws StateError when it is damaged */
export async function readRecord(root: string): Promise<ReleaseRecord | undefined> {
  const file = fileOf(root);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(await readFile(file, "utf8")) as ReleaseRecord; // written here and by the health check
  } catch {
    throw new StateError(`${file} is no JSON; when ${root}/state is the state to go on with, remove that file`);
  }
}
