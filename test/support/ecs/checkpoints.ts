/** What the state of a stack tells while a command works on it: the engine writes it anew after each step. */
import { readFileSync, statSync } from "node:fs";

/** The parts of Pulumi's state file that are read here. */
interface StateFile {
  readonly checkpoint: {
    readonly latest?: {
      readonly resources?: readonly { readonly urn: string; readonly custom?: boolean }[];
      readonly pending_operations?: readonly object[];
    };
  };
}

/** One of a stack's states. */
export interface Checkpoint {
  /** Resources that a provider made, by URN. */
  readonly resources: readonly string[];
  /** Operations whose end is not known. */
  readonly pending: number;
}

/** @param file the stack's; a backend in a directory puts a new one in its place, whole */
export function checkpointIn(file: string): Checkpoint {
  const { latest = {} } = (JSON.parse(readFileSync(file, "utf8")) as StateFile).checkpoint;
  const made = latest.resources?.filter(({ custom }) => custom === true) ?? [];
  return { resources: made.map(({ urn }) => urn), pending: latest.pending_operations?.length ?? 0 };
}

/** What a file has of its own; its number alone is given to another one as soon as it is gone. */
function markOf(file: string): string {
  const { ino, size, mtimeNs } = statSync(file, { bigint: true });
  return [ino, size, mtimeNs].join(" ");
}

/** Tells, each time it is asked, whether there is a checkpoint with more resources than there were at first. */
export function watchCheckpoints(file: string): () => boolean {
  const first = new Set(checkpointIn(file).resources);
  let seen = markOf(file);
  return () => {
    const mark = markOf(file);
    if (mark === seen) return false;
    seen = mark;
    return checkpointIn(file).resources.some((urn) => !first.has(urn));
  };
}
