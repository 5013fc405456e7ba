/** The real OpenClaw on the simulated Fargate, with the task definition of the product. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ExecuteCommandCommand, StopTaskCommand, type ContainerDefinition } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { taskPaths } from "../../components/ecs/paths.ts";
import { renderTask } from "../../components/ecs/task-definition.ts";
import { sampleNames } from "../clouds/aws/tasks/sample-account.ts";
import * as service from "../clouds/aws/tasks/sample-service.ts";
import { sampleRegion, sampleWorld, type SampleWorld } from "../clouds/aws/tasks/sample-world.ts";
import { openclawImage } from "../clouds/machines/images.ts";

let world: SampleWorld;

beforeAll(async () => {
  world = await sampleWorld("10.79", {});
  await openclawImage("2026.9.6");
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const definition = async (): Promise<string> => {
  const { sample, me } = world;
  const { json } = renderTask({
    spec: { version: "2026.9.6", port: 18_789, bind: "lan", paths: taskPaths, config: {} },
    ...{ image: "ghcr.io/openclaw/openclaw:2026.9.6", cpu: 2048, memoryMiB: 4096, env: {}, shell: true },
    ...{ logGroup: sampleNames.logGroup, region: sampleRegion },
    secrets: [{ name: "OPENCLAW_GATEWAY_TOKEN", valueFrom: `${sample.secret.arn}:::${sample.secret.version}` }],
  });
  const containers = JSON.parse(json) as ContainerDefinition[]; // what is registered
  const efsVolumeConfiguration = {
    ...{ fileSystemId: sample.fileSystem, transitEncryption: "ENABLED" as const },
    authorizationConfig: { accessPointId: sample.accessPoints.owner, iam: "ENABLED" as const },
  };
  return service.register(me, "openclaw", containers, {
    ...{ cpu: "2048", memory: "4096", volumes: [{ name: "data", efsVolumeConfiguration }] },
  });
};

test("a gateway starts on Fargate, is healthy, keeps its state on EFS, and comes back on it", async () => {
  const { me, sample, park } = world;
  const started = performance.now();
  const seconds = (): string => ((performance.now() - started) / 1000).toFixed(1);
  await service.createService(me, sample, "openclaw", await definition(), { enableExecuteCommand: true });
  expect(await service.settled(me, "openclaw", 300)).toMatchObject({ rolloutState: "COMPLETED", runningCount: 1 });
  console.info(`create service → healthy: ${seconds()} s`);
  const root = join(park.fileSystem(sample.fileSystem), "openclaw");
  expect(statSync(root).mode & 0o777).toBe(0o700);
  expect(readdirSync(root)).toEqual(expect.arrayContaining(["config", "release.json", "state"]));
  const record = (): unknown => JSON.parse(readFileSync(join(root, "release.json"), "utf8"));
  await expect.poll(record, { timeout: 180_000, interval: 500 }).toMatchObject({ good: true });
  console.info(`create service → its own check passed: ${seconds()} s`);

  const [first] = await service.tasksOf(me, "openclaw");
  const execute = { cluster: sampleNames.cluster, task: first?.taskArn, container: "shell", interactive: true };
  const { session } = await me.ecs.send(
    new ExecuteCommandCommand({ ...execute, command: "openclaw --version; id -u" }),
  );
  expect((await world.tasks.session(session?.tokenValue ?? "")).output).toMatch(/2026\.9\.6[^]*\b1000$/);

  await me.ecs.send(new StopTaskCommand({ cluster: sampleNames.cluster, task: first?.taskArn }));
  const again = performance.now();
  const stopped = await service.firstStopped(me, "openclaw");
  expect(stopped.containers?.find(({ name }) => name === "gateway")?.exitCode).toBe(0);
  await service.eventually(
    me,
    "openclaw",
    (_, all) => all.find((task) => task.taskArn !== first?.taskArn && task.healthStatus === "HEALTHY"),
    180,
  );
  console.info(`stop → the next one healthy: ${((performance.now() - again) / 1000).toFixed(1)} s`);
});
