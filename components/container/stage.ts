/**
 * A stage: files and parameters that one command carries to a host and runs there. Pure but for reading its own folder.
 *
 * Everything that varies is on standard input, so the command's text never changes, and no secret is in an argument.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { strToU8, zlibSync } from "fflate";
import { canonicalJson } from "./canonical-json.ts";

/** A file of a stage. */
export interface StageFile {
  readonly content: string;
  /** Permissions, e.g. `0o755`. Nothing is executed by its path: Debian mounts /run, where stages lie, with noexec. */
  readonly mode: number;
}

/** What a host is to run. */
export interface StageDocument {
  /** Lower-case name, e.g. `release`; the transient unit is called `openclaw-<name>-…`, its log `/var/log/openclaw/<name>.log`. */
  readonly name: string;
  /** The file that bash runs, as root, in the stage's own directory. */
  readonly run: string;
  /** By path within the stage's directory. `after.sh`, where there is one, runs last, however the stage ended. */
  readonly files: Readonly<Record<string, StageFile>>;
  /** Becomes `parameters.json`, mode 0600, beside the files. */
  readonly parameters: object;
}

/**
 * Runs the stage that arrives on standard input, as root. It ends with the exit code of the stage, whose output it
 * passes on, and which goes on when it is killed. The deploy user needs `sudo` without a password, the host python3
 * (every image with cloud-init has it) and systemd.
 */
export const stageCommand = `sudo -n python3 -c 'import json, sys; stage = json.load(sys.stdin); exec(stage["unpack"])'`;

const own = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");
const [unpack, alone] = [own("unpack.py"), own("alone.sh")];

/** Paths in a stage's directory that unpack.py fills. */
const taken = new Set(["parameters.json", "log", "alone.sh"]);

const isInside = (path: string): boolean =>
  /^[\w@.-]+(\/[\w@.-]+)*$/.test(path) && !path.split("/").includes("..") && !taken.has(path);

/**
 * Standard input of {@link stageCommand}: equal documents give equal text, whatever the order of their keys. Packed, as
 * Pulumi keeps it twice and compares it in every preview; by fflate, as what Node's own zlib makes of the same bytes
 * depends on the processor (Chromium's fork hashes with its instructions).
 *
 * @throws Error naming a path that leaves the stage's directory or is taken, a name that cannot name a unit, or an entry
 *   that is not among the files
 */
export function stageStdin(stage: StageDocument): string {
  const wrong = Object.keys(stage.files).find((path) => !isInside(path));
  if (wrong !== undefined) throw new Error(`stage ${stage.name}: ${JSON.stringify(wrong)} cannot be a file of a stage`);
  if (!/^[a-z][a-z0-9-]*$/.test(stage.name)) throw new Error(`${JSON.stringify(stage.name)} cannot be a stage's name`);
  if (!Object.hasOwn(stage.files, stage.run)) throw new Error(`stage ${stage.name} has no file ${stage.run}`);
  const packed = zlibSync(strToU8(canonicalJson({ ...stage, alone })));
  return canonicalJson({ unpack, packed: Buffer.from(packed).toString("base64") });
}
