/** The schedule of archives beside the gateway: when, which stay, and what a failure or a stop does. OpenClaw is played by a small program. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { getPriority } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { archiveAge } from "../../components/ecs/alarms.ts";
import { ageLine, archiveName, archiveTime } from "../../components/ecs/entrypoint/archive-names.mts";
import { keepArchives, nextDue, superseded } from "../../components/ecs/entrypoint/archives.mts";
import { matcher, numberOf } from "../clouds/aws/front/filter-pattern.ts";
import { PlayedTask } from "./ecs/played-openclaw.ts";
import { ended } from "./ecs/task.ts";

const hour = 3_600_000;
const at = (day: number): string => archiveName(new Date(Date.UTC(2026, 10, day, 3)), "2026.9.6");

describe("an archive's name", () => {
  it("sorts by time, and tells it", () => {
    expect(at(21)).toBe("2026-11-21T03-00-00-000Z-openclaw-2026.9.6.tar.gz");
    expect(archiveTime(at(21))).toBe(Date.UTC(2026, 10, 21, 3));
  });

  it.each(["2026-11-21T03-00-00.000+00-00-openclaw-backup.tar.gz", ".making", "mine.tar.gz", `${at(21)}.partial`])(
    "is not %s",
    (name) => {
      expect(archiveTime(name)).toBeUndefined();
    },
  );
});

describe("when a new archive is there", () => {
  it("the oldest of the schedule go, and nothing that people put there", () => {
    const mine = ["mine.tar.gz", "2026-11-21T03-00-00.000+00-00-openclaw-backup.tar.gz", ".making"];
    expect(superseded([...mine, at(18), at(20), at(19), at(21)], at(21), 2)).toEqual([at(19), at(18)]);
    expect(superseded([at(20), at(21)], at(21), 2)).toEqual([]);
  });

  it("the new one stays even if the clock went back", () => {
    expect(superseded([at(20), at(21), at(25), at(26)], at(20), 2)).toEqual([at(25), at(21)]);
    expect(superseded([at(20), at(21)], at(20), 1)).toEqual([at(21)]);
  });
});

describe("the next archive is due", () => {
  const now = Date.UTC(2026, 10, 21, 4);

  it("at once when there is none of the schedule, and when the last one is old", () => {
    expect(nextDue(["mine.tar.gz"], 24, now)).toBeLessThan(now);
    expect(nextDue([at(19)], 24, now)).toBeLessThan(now);
  });

  it("when the time after the last one is over, however often the gateway restarted", () => {
    expect(nextDue([at(20), at(21)], 24, now)).toBe(now + 23 * hour);
  });

  it("after the whole time at most, even if the clock went back", () => {
    expect(nextDue([at(28)], 24, now)).toBe(now + 24 * hour);
  });
});

/** What CloudWatch makes of a line of the log, in hours. */
const measured = (line: string): number | undefined => {
  const values = matcher(archiveAge.pattern)(line);
  return values === undefined ? undefined : numberOf(archiveAge.value, values);
};

describe("the age that CloudWatch takes out of the log", () => {
  const now = Date.UTC(2026, 10, 21, 4, 30);

  it("is the newest archive's", () => {
    const line = ageLine([at(19), at(21), "mine.tar.gz", at(20)], now) ?? "";
    expect(line).toBe(`{"archiveAgeHours":1.5,"newestArchive":"${at(21)}"}`);
    expect(measured(line)).toBe(1.5);
    expect(measured(ageLine([at(21)], Date.UTC(2026, 10, 21, 3)) ?? "")).toBe(0);
    expect(measured(ageLine([at(21)], Date.UTC(2027, 10, 21, 3)) ?? "")).toBe(8760);
  });

  it("is not that of an archive of tomorrow, made before the clock went back", () => {
    expect(measured(ageLine([at(20), at(22)], now) ?? "")).toBe(25.5);
  });

  it("is missing without an archive, and other lines have none", () => {
    expect(ageLine(["mine.tar.gz"], now)).toBeUndefined();
    for (const line of ["[entrypoint] NO ARCHIVE WAS MADE.", "{}", "[]", "null", '{"archiveAgeHours":', "1"])
      expect(measured(line)).toBeUndefined();
  });
});

let task: PlayedTask;
let said: string[] = [];
let told: string[] = [];
beforeEach(() => {
  task = new PlayedTask();
  said = [];
  told = [];
  task.write("1", "state/memory");
});
afterEach(() => {
  task.remove();
});

const flag = (name: string): string => join(task.fake, name);
const archives = (): string[] => readdirSync(task.path("backups")).filter((name) => archiveTime(name) !== undefined);
const begin = (everyHours: number, keep = 2): (() => Promise<void>) => {
  const gateway = { root: task.data, verified: flag("verified"), version: "2026.9.6", schedule: { everyHours, keep } };
  return keepArchives(gateway, { say: (line) => said.push(line), measure: (line) => told.push(line) });
};
const half = 0.5 / 3600;

describe("the schedule", () => {
  it("makes whole archives again and again, keeps the newest, and leaves nothing else behind", async () => {
    writeFileSync(flag("verified"), "");
    task.write("mine", "backups/mine.tar.gz");
    const end = begin(half);
    await expect.poll(() => said.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(4);
    await end();
    expect(said.filter((line) => !/^archive \S+ is written and verified: \d+ bytes, \d+ s$/.test(line))).toEqual([]);
    expect(archives()).toHaveLength(2);
    expect(readdirSync(task.path("backups")).sort()).toEqual([...archives(), "mine.tar.gz"].sort());
    expect(said.at(-1)).toContain(archives().sort().at(-1));
    expect(told).toHaveLength(said.length);
    expect(told.every((line) => measured(line) === 0)).toBe(true);
  });

  it("waits for the gateway to be verified", async () => {
    const end = begin(half);
    await sleep(1500);
    expect([archives(), told]).toEqual([[], []]);
    writeFileSync(flag("verified"), "");
    await expect.poll(archives, { timeout: 20_000 }).not.toEqual([]);
    await end();
  });

  it("makes none before it is due, and none at all when told so", async () => {
    writeFileSync(flag("verified"), "");
    task.write("", "backups", archiveName(new Date(), "2026.9.6"));
    const ends = [begin(24), begin(0)];
    await sleep(1500);
    for (const end of ends) await end();
    expect(archives()).toHaveLength(1);
    expect(said).toEqual([]);
    // The one that makes archives tells once an hour.
    expect(told).toHaveLength(1);
  });

  it("says loudly that one failed, keeps the old ones, takes no half one for whole, and goes on", async () => {
    writeFileSync(flag("verified"), "");
    writeFileSync(flag("fail"), "");
    for (const day of [18, 19, 20]) task.write("old", "backups", at(day));
    const end = begin(half);
    await expect.poll(() => said.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
    expect(said[0]).toBe(
      `NO ARCHIVE WAS MADE. The newest is ${at(20)}; it is tried again. The gateway runs on. openclaw backup create ended with 1: ENOSPC: no space left on device`,
    );
    expect(archives()).toEqual([at(18), at(19), at(20)]);
    expect(told.length).toBeGreaterThanOrEqual(2);
    for (const line of told) expect(JSON.parse(line)).toMatchObject({ newestArchive: at(20) });
    rmSync(flag("fail"));
    await expect.poll(() => said.at(-1), { timeout: 20_000 }).toContain("is written and verified");
    await end();
    expect(readdirSync(task.path("backups"))).toHaveLength(2);
  });

  it("throws a half archive away that a killed container left", async () => {
    writeFileSync(flag("verified"), "");
    task.write("half", "backups/.making/out/half.tar.gz");
    const end = begin(24);
    await expect.poll(() => said.length, { timeout: 20_000 }).toBe(1);
    await end();
    expect(readdirSync(task.path("backups"))).toEqual(archives());
    expect(archives()).toHaveLength(1);
  });
});

describe("an archive that is being made when the container", () => {
  const daily = { archives: { everyHours: 24, keep: 7 } };
  const gateway = (then: string) => {
    const script = `mkdir -p ${task.run}; touch ${join(task.run, "verified")}; ${then}`;
    return task.start("one", { ...daily, command: ["sh", "-c", script] }, task.env);
  };

  it("stops is given up at once, and the gateway ends in order", async () => {
    writeFileSync(flag("hang"), "");
    const child = gateway("trap 'sleep 1; exit 0' TERM; while :; do sleep 0.1; done");
    const end = ended(child);
    await expect.poll(() => existsSync(flag("began")), { timeout: 20_000 }).toBe(true);
    child.kill("SIGTERM");
    const { code, output } = await end;
    expect(code).toBe(0);
    expect(output).toContain("[entrypoint] the archive that was being made is given up: the gateway stops\n");
    expect(existsSync(flag("ended"))).toBe(true);
    expect(readdirSync(task.path("backups"))).toEqual([]);
  });

  it.runIf(process.platform === "linux")(
    "is short of memory is killed before the gateway, and waits for it",
    async () => {
      writeFileSync(flag("hang"), "");
      const child = gateway("while :; do sleep 0.1; done");
      const end = ended(child);
      await expect.poll(() => existsSync(flag("began")), { timeout: 20_000 }).toBe(true);
      const pid = Number(readFileSync(flag("pid"), "utf8"));
      await expect
        .poll(() => [readFileSync(`/proc/${String(pid)}/oom_score_adj`, "utf8"), getPriority(pid)], { timeout: 20_000 })
        .toEqual(["1000\n", 10]);
      child.kill("SIGTERM");
      await end;
    },
  );

  it("ends with its gateway does not outlive it", async () => {
    writeFileSync(flag("hang"), "");
    const { code } = await ended(gateway(`until [ -e ${flag("began")} ]; do sleep 0.1; done; exit 137`));
    expect(code).toBe(137);
    expect(existsSync(flag("ended"))).toBe(true);
    expect(readdirSync(task.path("backups"))).toEqual([]);
  });
});
