/**
 * The real OpenClaw on the simulated Fargate, with the task definition of the product: it starts, makes archives by the
 * schedule, ends in order, and one of the archives becomes the state of a fresh file system. One life, in this order.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ExecuteCommandCommand, type ContainerDefinition } from "@aws-sdk/client-ecs";
import { CreateAccessPointCommand, CreateFileSystemCommand, CreateMountTargetCommand } from "@aws-sdk/client-efs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { archiveTime } from "../../components/ecs/entrypoint/archive-names.mts";
import { keepArchives } from "../../components/ecs/entrypoint/archives.mts";
import { taskPaths } from "../../components/ecs/paths.ts";
import { renderTask } from "../../components/ecs/task-definition.ts";
import { runtimeDirectoryName } from "../../components/local/versions.ts";
import { sampleNames } from "../clouds/aws/tasks/sample-account.ts";
import * as service from "../clouds/aws/tasks/sample-service.ts";
import { sampleRegion, sampleWorld, type SampleWorld } from "../clouds/aws/tasks/sample-world.ts";
import { openclawImage } from "../clouds/machines/images.ts";
import { sharedOpenclaw } from "../support/machine.ts";

const version = "2026.9.6";
let world: SampleWorld;

beforeAll(async () => {
  world = await sampleWorld("10.84", {});
  await openclawImage(version);
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

interface Files {
  readonly fileSystem: string;
  readonly accessPoint: string;
}

/** Registers the product's task definition on a file system. */
function definition(
  { fileSystem, accessPoint }: Files,
  { restore, everyHours }: { restore?: string; everyHours: number },
): Promise<string> {
  const { sample, me } = world;
  const { json } = renderTask({
    spec: { version, port: 18_789, bind: "lan", paths: taskPaths, config: {} },
    ...{ image: `ghcr.io/openclaw/openclaw:${version}`, cpu: 2048, memoryMiB: 4096, env: {}, shell: true },
    ...{ logGroup: sampleNames.logGroup, region: sampleRegion, restore },
    archives: { everyHours, keep: 2 },
    secrets: [{ name: "OPENCLAW_GATEWAY_TOKEN", valueFrom: `${sample.secret.arn}:::${sample.secret.version}` }],
  });
  const containers = JSON.parse(json) as ContainerDefinition[]; // what is registered
  const efsVolumeConfiguration = {
    ...{ fileSystemId: fileSystem, transitEncryption: "ENABLED" as const },
    authorizationConfig: { accessPointId: accessPoint, iam: "ENABLED" as const },
  };
  return service.register(me, "openclaw", containers, {
    ...{ cpu: "2048", memory: "4096", volumes: [{ name: "data", efsVolumeConfiguration }] },
  });
}

/** A new file system with an access point, and nothing in it but its directories. */
async function freshFiles({ efs }: SampleWorld["me"], { subnets, group }: SampleWorld["sample"]): Promise<Files> {
  const { FileSystemId: id = "" } = await efs.send(
    new CreateFileSystemCommand({ CreationToken: "two", Encrypted: true }),
  );
  for (const SubnetId of subnets)
    await efs.send(new CreateMountTargetCommand({ FileSystemId: id, SubnetId, SecurityGroups: [group.files] }));
  const point = await efs.send(
    new CreateAccessPointCommand({
      ...{ FileSystemId: id, ClientToken: "fresh", PosixUser: { Uid: 1000, Gid: 1000 } },
      RootDirectory: { Path: "/openclaw", CreationInfo: { OwnerUid: 1000, OwnerGid: 1000, Permissions: "0700" } },
    }),
  );
  return { fileSystem: id, accessPoint: point.AccessPointId ?? "" };
}

const rootOf = (fileSystem: string): string => join(world.park.fileSystem(fileSystem), "openclaw");
const archivesOf = (root: string): string[] =>
  readdirSync(join(root, "backups")).filter((name) => archiveTime(name) !== undefined);

/** What a command in the container `shell` of the running task prints. */
async function inShell(command: string): Promise<string> {
  const { me, tasks } = world;
  const running = (await service.tasksOf(me, "openclaw")).find(({ lastStatus }) => lastStatus === "RUNNING");
  const ask = { cluster: sampleNames.cluster, task: running?.taskArn, container: "shell", interactive: true };
  const { session } = await me.ecs.send(new ExecuteCommandCommand({ ...ask, command }));
  return (await tasks.session(session?.tokenValue ?? "")).output;
}

/** Seconds since then, in the test's output. */
function stopwatch(): (what: string) => void {
  const began = performance.now();
  return (what) => {
    console.info(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  };
}

const firstFiles = (): Files => {
  const { fileSystem, accessPoints } = world.sample;
  return { fileSystem, accessPoint: accessPoints.owner };
};

test("a gateway starts on Fargate, is healthy, and keeps its state on EFS", async () => {
  const { me, sample } = world;
  const seconds = stopwatch();
  const first = firstFiles();
  await service.createService(me, sample, "openclaw", await definition(first, { everyHours: 10 / 3600 }), {
    enableExecuteCommand: true,
  });
  expect(await service.settled(me, "openclaw", 300)).toMatchObject({ rolloutState: "COMPLETED" });
  seconds("create service → healthy");
  const root = rootOf(first.fileSystem);
  expect(statSync(root).mode & 0o777).toBe(0o700);
  expect(readdirSync(root)).toEqual(expect.arrayContaining(["config", "release.json", "state"]));
  const record = (): unknown => JSON.parse(readFileSync(join(root, "release.json"), "utf8"));
  await expect.poll(record, { timeout: 180_000, interval: 500 }).toMatchObject({ good: true });
  seconds("create service → its own check passed");
  expect(await inShell("openclaw --version; id -u")).toMatch(/2026\.9\.6[^]*\b1000$/);
});

test("an archive of the schedule becomes the state of a fresh file system", { timeout: 500_000 }, async () => {
  const { me, sample } = world;
  const seconds = stopwatch();
  expect(await inShell("openclaw cron add --name canary --every 12h --system-event hello --json")).toContain("canary");
  await inShell("sh -c 'mkdir -p /data/state/workspace && echo remembered > /data/state/workspace/MEMORY.md'");
  const written = Date.now();
  const root = rootOf(firstFiles().fileSystem);
  // The first of them may have been begun before.
  const made = (): string[] => archivesOf(root).filter((name) => (archiveTime(name) ?? 0) > written);
  await expect.poll(made, { timeout: 120_000, interval: 500 }).toHaveLength(2);
  const archive = made().sort().at(-1) ?? "";
  seconds("an archive of what was written");
  copyFileSync(join(root, "backups", archive), join(tmpdir(), archive));
  expect(statSync(join(root, "backups", archive)).mode & 0o777).toBe(0o600);

  const fresh = await freshFiles(me, sample);
  const target = rootOf(fresh.fileSystem);
  const { uid, gid } = statSync(join(root, "state"));
  for (const directory of [target, join(target, "backups")]) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chownSync(directory, uid, gid);
  }
  copyFileSync(join(tmpdir(), archive), join(target, "backups", archive));
  rmSync(join(tmpdir(), archive));
  chownSync(join(target, "backups", archive), uid, gid);

  const restoring = await definition(fresh, { restore: archive, everyHours: 24 });
  await service.updateService(me, "openclaw", restoring);
  expect(await service.settled(me, "openclaw", 300)).toMatchObject({
    rolloutState: "COMPLETED",
    taskDefinition: restoring,
  });
  seconds("verified on the fresh file system");
  const before = await service.firstStopped(me, "openclaw");
  expect(before.containers?.find(({ name }) => name === "gateway")?.exitCode).toBe(0);
  expect(await world.logs()).toContain(`[entrypoint] the state is the one of ${archive}`);
  expect(readFileSync(join(target, "state/workspace/MEMORY.md"), "utf8")).toBe("remembered\n");
  expect(await inShell("openclaw cron list --json")).toContain("canary");
  expect(archivesOf(root).length).toBeLessThanOrEqual(2);
  expect((await world.logs()).filter((line) => line.includes("NO ARCHIVE"))).toEqual([]);
});

test("a full disk costs the archive alone, and nothing that was there", { timeout: 240_000 }, async () => {
  const root = mkdtempSync(join(tmpdir(), "openclaw-full-"));
  const backups = join(root, "backups");
  mkdirSync(backups);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m,mode=0700", "openclaw-full", backups]);
  const before = { ...process.env };
  try {
    mkdirSync(join(root, "state/workspace"), { recursive: true });
    writeFileSync(join(root, "state/openclaw.json"), '{"gateway":{"mode":"local"}}');
    writeFileSync(join(root, "state/workspace/large"), randomBytes(2 * 1024 * 1024));
    const old = "2026-11-20T03-00-00-000Z-openclaw-2026.9.5.tar.gz";
    writeFileSync(join(backups, old), "old");
    writeFileSync(join(root, "verified"), "");
    const bin = join(await sharedOpenclaw(), runtimeDirectoryName(version), "node_modules/.bin");
    Object.assign(process.env, {
      ...{ OPENCLAW_STATE_DIR: join(root, "state"), HOME: root, XDG_CACHE_HOME: join(root, "cache") },
      PATH: [bin, process.env["PATH"] ?? ""].join(delimiter),
      OPENCLAW_CONFIG_PATH: join(root, "state/openclaw.json"),
    });
    const said: string[] = [];
    const schedule = { everyHours: 24, keep: 1 };
    const told: string[] = [];
    const end = keepArchives(
      { root, version, verified: join(root, "verified"), schedule },
      { say: (line) => said.push(line), measure: (line) => told.push(line) },
    );
    await expect
      .poll(() => said, { timeout: 180_000 })
      .toHaveLength(1)
      .finally(end);
    expect(said[0]).toMatch(
      /^NO ARCHIVE WAS MADE. The newest is 2026-11-20T.*; it is tried again.*(ENOSPC|disk|space)/s,
    );
    expect(readdirSync(backups)).toEqual([old]);
    expect(told.length).toBeGreaterThan(0);
    for (const line of told) expect(JSON.parse(line)).toMatchObject({ newestArchive: old });
  } finally {
    process.env = before;
    execFileSync("umount", [backups]);
    rmSync(root, { recursive: true, force: true });
  }
});
