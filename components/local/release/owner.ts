/** Whose state a data directory is: a stack never continues with somebody's state unless it was told to. */
import { existsSync, globSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "../agent/files.mts";
import { identify } from "../agent/process-identity.mts";
import { runFiles } from "../paths.ts";
import { shellQuoted } from "../shell-quoted.ts";
import { ReleaseError, type LocalRelease, type ReleaseRequest } from "./contract.ts";

const adoptCommand = (stack: string, directory: string): string =>
  `pulumi config set --stack ${stack} --path openclaw:data.adopt ${shellQuoted(directory)}`;

/** The process that OpenClaw's own lock in a state directory names, while it lives. */
const user = (data: string): number | undefined =>
  globSync(join(data, "tmp/openclaw-*/gateway.state.lock"))
    .map((file) => (readJson(file) as { pid?: number } | undefined)?.pid)
    .find((pid) => pid !== undefined && identify(pid) !== undefined);

/**
 * Refuses what is not this stack's: state of an earlier gateway without the user's word, state that a gateway is using,
 * and the directory of a stack of the same name in another organization or backend. `run/` exists while a stack does:
 * `destroy` removes it.
 *
 * @throws ReleaseError with the command that adopts the state
 */
export function checkOwner({ release, data }: ReleaseRequest): void {
  const { paths, stack, owner } = release;
  const running = readJson(runFiles(paths.run).release) as LocalRelease | undefined; // transaction.ts wrote it
  if (running !== undefined && running.owner !== owner) {
    throw new ReleaseError(
      `${paths.run} belongs to the stack ${running.owner}, this one is ${owner}; give this stack another name, or destroy that one first`,
    );
  }
  if (existsSync(paths.run)) return;
  if (data.adopt !== undefined && statSync(data.adopt, { throwIfNoEntry: false })?.isDirectory() !== true) {
    const what = existsSync(data.adopt) ? "is not a directory" : "does not exist";
    throw new ReleaseError(
      `openclaw:data.adopt names ${data.adopt}, which ${what}; name an existing data directory, or: pulumi config rm --stack ${stack} --path openclaw:data.adopt`,
    );
  }
  const hasState = existsSync(paths.data) && readdirSync(paths.data).length > 0;
  if (!hasState) return;
  if (data.adopt === undefined) {
    throw new ReleaseError(
      `${paths.data} holds the state of an earlier gateway. To continue with it:\n  ${adoptCommand(stack, paths.data)}\nTo start empty, move that directory away first.`,
    );
  }
  const pid = user(paths.data);
  if (pid !== undefined) {
    throw new ReleaseError(
      `a gateway is using ${paths.data} (process ${String(pid)}): two on one state destroy it. Stop that one first, then run it again`,
    );
  }
}

/**
 * Refuses to move a living stack to another data directory: its state would be left behind.
 *
 * @throws ReleaseError saying how to move
 */
export function checkSameData(stack: string, previous: string | undefined, next: string): void {
  if (previous === undefined || previous === next) return;
  throw new ReleaseError(
    `this stack's state is in ${previous}, openclaw:data.adopt now says ${next}. Destroy the stack first (its state is kept), then deploy with the new value; or set it back:\n  ${adoptCommand(stack, previous)}`,
  );
}
