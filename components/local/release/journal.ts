/** A note of the release in progress, so that one that was killed can be undone or completed by the next. */
import { rmSync } from "node:fs";
import { readJson, writeFileAtomically } from "../agent/files.mts";
import { runFiles } from "../paths.ts";
import type { LocalRelease } from "./contract.ts";

/** A release that began to replace what runs. */
export interface Journal {
  /** When it began, e.g. `2026-11-21T10-00-00.000Z`; names what is kept of it. */
  readonly id: string;
  /** What ran before; undefined at the first release. */
  readonly previous: LocalRelease | undefined;
  readonly next: LocalRelease;
  /** Where the copy of the state from before is; undefined when there was none, or the same release starts again. */
  readonly restorePoint: string | undefined;
  /** Owned keys of `previous`, to go back to. */
  readonly previousOwnedConfig: unknown;
  /** Set once the release was found bad: from then on it is only ever undone. */
  readonly undoing?: boolean;
}

/** @returns undefined when no release was interrupted */
export const readJournal = (run: string): Journal | undefined => readJson(runFiles(run).journal) as Journal | undefined; // our own file, written whole

/** From here on an interrupted release is completed, or undone. */
export const writeJournal = (run: string, journal: Journal): void => {
  writeFileAtomically(runFiles(run).journal, JSON.stringify(journal));
};

/** The release is complete, or undone. */
export const closeJournal = (run: string): void => {
  rmSync(runFiles(run).journal, { force: true });
};
