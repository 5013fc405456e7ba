/** What a test makes carries the process that made it, so that what a dead one left behind can be found and removed. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { docker } from "./engine.ts";
import { cache, run } from "./places.ts";
import { storeDirectory } from "./store.ts";

const key = "openclaw-test.pid";
const owner = String(process.pid);

/** A Docker label for everything that this process makes. */
export const runLabel = `${key}=${owner}`;

/** Name of a file that this process owns: in the directory of runs, the cache, or the store. */
export const ownName = (kind: "machine" | "docker" | "volume" | "image", name: string): string =>
  `${kind}-${owner}-${name}`;

/** Name of a table of nftables that this process owns. */
export const ownTable = (name: string): string => `openclaw_${owner}_${name.replaceAll(/\W/g, "_")}`;

const isDead = (pid: string | undefined): boolean => pid !== undefined && pid !== "" && !existsSync(`/proc/${pid}`);

/** Removes everything that processes which are gone have made. */
export async function sweep(): Promise<void> {
  await sweepDocker();
  await sweepTables();
  await sweepStore();
  for (const directory of [run, cache]) {
    for (const name of readdirSync(directory).filter((one) => isDead(/^(?:machine|image)-(\d+)-/.exec(one)?.[1])))
      rmSync(join(directory, name), { recursive: true, force: true });
  }
}

async function sweepDocker(): Promise<void> {
  const dead = async (words: readonly string[]): Promise<string[]> =>
    (await docker([...words, "--no-trunc", "--format", `{{.ID}} {{.Label "${key}"}}`, "--filter", `label=${key}`]))
      .split("\n")
      .map((line) => line.split(" "))
      .flatMap(([id, pid]) => (id !== undefined && isDead(pid) ? [id] : []));
  // Two that sweep at once remove the same.
  for (const container of await dead(["ps", "--all"]))
    await docker(["rm", "--force", "--volumes", container]).catch(() => undefined);
  for (const network of await dead(["network", "ls"])) await docker(["network", "rm", network]).catch(() => undefined);
}

async function sweepTables(): Promise<void> {
  const { stdout } = await execa("nft", ["list", "tables"]);
  for (const [, family, name, pid] of stdout.matchAll(/^table (\w+) (openclaw_(\d+)_\w+)$/gm)) {
    if (family !== undefined && name !== undefined && isDead(pid))
      await execa("nft", ["delete", "table", family, name], { reject: false });
  }
}

/** Disks first lose their mount and their loop device, then their file: what is still open would keep its blocks. */
async function sweepStore(): Promise<void> {
  const directory = await storeDirectory();
  const dead = readdirSync(directory).filter((name) => isDead(/^(?:docker|volume)-(\d+)-/.exec(name)?.[1]));
  if (dead.length === 0) return;
  for (const name of dead) await execa("umount", [join(directory, name)], { reject: false });
  const { stdout } = await execa("losetup", ["--list", "--noheadings", "--output", "NAME,BACK-FILE"]);
  for (const line of stdout.split("\n")) {
    const [device, file] = line.split(/\s+/);
    if (device !== undefined && dead.some((name) => file === join(directory, name)))
      await execa("losetup", ["--detach", device], { reject: false });
  }
  for (const name of dead) rmSync(join(directory, name), { recursive: true, force: true });
}
