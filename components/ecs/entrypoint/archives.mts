/**
 * Whole copies of the state: `openclaw backup create --verify`, again and again, beside the gateway that runs. A copy of the
 * file system alone may be torn where OpenClaw was writing. What is not verified never has an archive's name, and old ones go
 * only when a new one is there.
 */
import { existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ageLine, archiveName, archiveTime, newestArchive } from "./archive-names.mts";
import { openclaw } from "./openclaw.mts";

/** How often, and how many stay. */
export interface ArchiveSchedule {
  /** From one to the next; 0 makes none. */
  readonly everyHours: number;
  /** Archives of the schedule that stay; what people put there themselves always stays. */
  readonly keep: number;
}

/** Where and of what. */
export interface ArchivedGateway {
  /** Where the file system is mounted; the archives are in `backups/`. */
  readonly root: string;
  /** Appears when the gateway that runs was verified: the state of another one is not worth an archive's place. */
  readonly verified: string;
  readonly version: string;
  readonly schedule: ArchiveSchedule;
}

const hour = 3_600_000;
/** More than this, and it hangs. */
const mostMilliseconds = 3 * hour;
const pollMilliseconds = 500;

/** An archive could not be made; the message says why. */
class ArchiveError extends Error {}

/** Which of the files have to go now that there is a new archive, whatever the clock was when the others were made. */
export function superseded(names: readonly string[], made: string, keep: number): string[] {
  const others = names.filter((name) => name !== made && archiveTime(name) !== undefined);
  return others
    .toSorted()
    .toReversed()
    .slice(keep - 1);
}

/** When the next archive is due: after a restart, the last one still counts. @returns epoch milliseconds */
export function nextDue(names: readonly string[], everyHours: number, now: number): number {
  const newest = Math.max(...names.map((name) => archiveTime(name) ?? 0), 0);
  return Math.min(newest, now) + everyHours * hour;
}

/** Makes one. @returns what to tell the log; undefined when it was given up because the gateway stops. @throws ArchiveError */
async function makeArchive({ root, version, schedule }: ArchivedGateway, stop: AbortSignal) {
  const backups = join(root, "backups");
  const making = join(backups, ".making");
  const began = Date.now();
  await rm(making, { recursive: true, force: true });
  try {
    const [out, temporary] = [join(making, "out"), join(making, "tmp")];
    for (const directory of [out, temporary]) await mkdir(directory, { recursive: true, mode: 0o700 });
    // /tmp is memory, and the verification takes as much room as the archive.
    const env = { TMPDIR: temporary };
    const signal = AbortSignal.any([stop, AbortSignal.timeout(mostMilliseconds)]);
    const { code, said } = await openclaw(["backup", "create", "--output", out, "--verify"], { env, signal });
    if (stop.aborted) return undefined;
    if (code !== 0) throw new ArchiveError(`openclaw backup create ended with ${String(code)}: ${said}`);
    const [made, ...more] = await readdir(out);
    if (made === undefined || more.length > 0)
      throw new ArchiveError(`openclaw backup create left no archive: ${said}`);
    const handle = await open(join(out, made));
    await handle.sync();
    await handle.close();
    const name = archiveName(new Date(), version);
    await rename(join(out, made), join(backups, name));
    for (const old of superseded(await readdir(backups), name, schedule.keep)) await rm(join(backups, old));
    const { size } = await stat(join(backups, name));
    return `archive ${name} is written and verified: ${String(size)} bytes, ${String(Math.round((Date.now() - began) / 1000))} s`;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** @returns whether there is a new archive; says loudly when not, and what is left then */
async function archived(gateway: ArchivedGateway, say: (line: string) => void, stop: AbortSignal): Promise<boolean> {
  try {
    say((await makeArchive(gateway, stop)) ?? "the archive that was being made is given up: the gateway stops");
    return true;
  } catch (error) {
    const last = newestArchive(await readdir(join(gateway.root, "backups")).catch(() => []));
    const why = error instanceof Error ? error.message : String(error);
    say(`NO ARCHIVE WAS MADE. The newest is ${last ?? "none at all"}; it is tried again. The gateway runs on. ${why}`);
    return false;
  }
}

/** What is told while archives are made. */
export interface ArchiveLog {
  /** Tells people. */
  readonly say: (line: string) => void;
  /** Tells CloudWatch, which takes the line as it is: how old the newest archive is. */
  readonly measure: (line: string) => void;
}

/**
 * Begins to make archives, once the gateway is verified; and to tell how old the newest one is: now, after each, and every hour.
 *
 * @returns ends it: no archive is being made any more once that is resolved
 */
export function keepArchives(gateway: ArchivedGateway, { say, measure }: ArchiveLog): () => Promise<void> {
  const { root, verified, schedule } = gateway;
  const controller = new AbortController();
  const { signal } = controller;
  const there = (): Promise<string[]> => readdir(join(root, "backups")).catch(() => []);
  const tellAge = async (): Promise<void> => {
    const line = ageLine(await there(), Date.now());
    if (line !== undefined) measure(line);
  };
  const run = async (): Promise<void> => {
    let due: number | undefined;
    while (!signal.aborted) {
      if (existsSync(verified)) {
        due ??= nextDue(await there(), schedule.everyHours, Date.now());
        if (Date.now() >= due) {
          const wait = (await archived(gateway, say, signal)) ? schedule.everyHours : Math.min(1, schedule.everyHours);
          due = Date.now() + wait * hour;
          await tellAge();
        }
      }
      await sleep(pollMilliseconds, undefined, { signal }).catch(() => undefined);
    }
  };
  // An archive that takes long must not silence it.
  const tell = async (): Promise<void> => {
    while (!signal.aborted) {
      await tellAge();
      await sleep(hour, undefined, { signal }).catch(() => undefined);
    }
  };
  const done = schedule.everyHours > 0 ? Promise.all([run(), tell()]) : Promise.resolve();
  return async () => {
    controller.abort();
    await done;
  };
}
