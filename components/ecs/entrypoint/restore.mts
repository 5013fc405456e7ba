/** Takes a state out of an archive, beside the state that is there. */
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { StateError, writeWhole } from "./files.mts";
import { openclaw } from "./openclaw.mts";

/** A state that came out of an archive and has yet to be put in its place. */
export interface Staged {
  readonly state: string;
  /** What the archive holds beside the state: paths where it was made. */
  readonly beside: readonly string[];
}

/** What `openclaw backup` writes into each archive: https://docs.openclaw.ai/cli/backup */
interface Manifest {
  readonly assets: readonly { readonly kind: string; readonly sourcePath: string; readonly archivePath: string }[];
}

/** Says in a state which archive it came from, so that the same one is not restored again at the next release. */
const mark = (state: string): string => join(state, "pulumi-openclaw-restored.json");

/** The archive that a state came from; undefined when it did not. */
export async function restoredFrom(state: string): Promise<string | undefined> {
  if (!existsSync(mark(state))) return undefined;
  return (JSON.parse(await readFile(mark(state), "utf8")) as { archive?: string }).archive; // written below
}

/** Forgets where a state came from: it may be restored from the same archive again. */
export const forgetRestored = (state: string): Promise<void> => rm(mark(state), { force: true });

/** Where a state is staged; nothing in it is missed. */
export const stagingDirectory = (root: string): string => join(root, "restoring");

/** OpenClaw verifies the archive before it writes anything. */
async function extract(root: string, archive: string, target: string): Promise<void> {
  const file = join(root, "backups", archive);
  const [scratch, temporary] = [join(stagingDirectory(root), "scratch"), join(stagingDirectory(root), "tmp")];
  if (!existsSync(file)) {
    const there = (await readdir(join(root, "backups")).catch(() => [])).filter((name) => name.endsWith(".tar.gz"));
    throw new StateError(
      `openclaw:data.restore: there is no archive ${archive}, and the state is as it was; in ${root}/backups are: ${there.toSorted().toReversed().slice(0, 20).join(", ") || "none"}`,
    );
  }
  await rm(stagingDirectory(root), { recursive: true, force: true });
  for (const directory of [scratch, temporary]) await mkdir(directory, { recursive: true, mode: 0o700 });
  // A state of its own: this must not write to the one that is there.
  const env = {
    OPENCLAW_STATE_DIR: scratch,
    OPENCLAW_CONFIG_PATH: join(scratch, "openclaw.json"),
    TMPDIR: temporary,
  };
  const { code, said } = await openclaw(["backup", "restore", file, "--target", target], { env });
  if (code !== 0)
    throw new StateError(
      `openclaw:data.restore: archive ${archive} cannot be restored, and the state is as it was; openclaw backup restore ended with ${String(code)}: ${said}`,
    );
}

/**
 * Verifies an archive of `backups/` and takes the state out of it, into {@link stagingDirectory}.
 *
 * @throws StateError when there is no such archive, or it is not whole
 */
export async function stage(root: string, archive: string): Promise<Staged> {
  try {
    return await unpack(root, archive);
  } catch (error) {
    await rm(stagingDirectory(root), { recursive: true, force: true });
    throw error;
  }
}

async function unpack(root: string, archive: string): Promise<Staged> {
  const target = join(stagingDirectory(root), "staged");
  await extract(root, archive, target);
  const [top = ""] = await readdir(target);
  const { assets } = JSON.parse(await readFile(join(target, top, "manifest.json"), "utf8")) as Manifest; // OpenClaw checked it
  const [asset, ...more] = assets.filter(({ kind }) => kind === "state");
  if (asset === undefined || more.length > 0)
    throw new StateError(
      `openclaw:data.restore: archive ${archive} holds ${asset === undefined ? "no state" : "several states"}`,
    );
  const state = join(target, asset.archivePath);
  await chmod(state, 0o700);
  await writeWhole(mark(state), JSON.stringify({ archive }));
  return { state, beside: assets.filter((each) => each !== asset).map(({ sourcePath }) => sourcePath) };
}
