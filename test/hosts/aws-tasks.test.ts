/** The simulated Fargate: what tasks do as containers, and what AWS says about them. */
import { RevokeSecurityGroupIngressCommand } from "@aws-sdk/client-ec2";
import { ExecuteCommandCommand, StopTaskCommand } from "@aws-sdk/client-ecs";
import { DeleteFileSystemPolicyCommand, PutFileSystemPolicyCommand } from "@aws-sdk/client-efs";
import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Account } from "../clouds/aws/tasks/account.ts";
import { letIn, sampleNames, type SampleAccount } from "../clouds/aws/tasks/sample-account.ts";
import * as service from "../clouds/aws/tasks/sample-service.ts";
import { sampleRegion, sampleWorld, type SampleWorld } from "../clouds/aws/tasks/sample-world.ts";

const { cluster } = sampleNames;
let world: SampleWorld;
let me: Account;
let sample: SampleAccount;

beforeAll(async () => {
  // A restart's 60 seconds are 3 here.
  world = await sampleWorld("10.77", { restartSecondMs: 50, schedulerMs: 100, networkMs: 1000 });
  ({ me, sample } = world);
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const logs = (): Promise<readonly string[]> => world.logs();
/** A volume of the file system behind an access point, and its mount. */
const data = (point: keyof SampleAccount["accessPoints"]) => ({
  name: "data",
  efsVolumeConfiguration: {
    ...{ fileSystemId: sample.fileSystem, transitEncryption: "ENABLED" as const },
    authorizationConfig: { accessPointId: sample.accessPoints[point], iam: "ENABLED" as const },
  },
});
const mountPoints = [{ sourceVolume: "data", containerPath: "/data" }];
const stay = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

test("a task has its secret, its user, a read-only root, a name of its own, and its lines in CloudWatch", async () => {
  const script = [
    ...["echo secret=$TOKEN id=$(id -u):$(id -g) host=$(hostname)", "touch /root-is-writable 2>&1 | sed s/^/root:/"],
    ...["touch /tmp/there && echo tmp=writable", "touch /scratch/there 2>&1 | sed s/^/scratch:/"],
    ...["echo cap=$(grep CapEff /proc/self/status | cut -f2) pid1=$(cat /proc/1/comm) nofile=$(ulimit -n)", stay],
  ].join("; ");
  const definition = await service.register(
    me,
    "whole",
    [
      service.container(script, {
        readonlyRootFilesystem: true,
        linuxParameters: {
          initProcessEnabled: true,
          capabilities: { drop: ["ALL"] },
          tmpfs: [{ containerPath: "/tmp", size: 64, mountOptions: ["nosuid"] }],
        },
        secrets: [{ name: "TOKEN", valueFrom: `${sample.secret.arn}:::${sample.secret.version}` }],
        ulimits: [{ name: "nofile", softLimit: 2048, hardLimit: 2048 }],
        mountPoints: [{ sourceVolume: "scratch", containerPath: "/scratch" }],
        healthCheck: {
          command: ["CMD-SHELL", "test -e /tmp/there"],
          interval: 5,
          timeout: 2,
          retries: 1,
          startPeriod: 1,
        },
      }),
    ],
    { volumes: [{ name: "scratch" }] },
  );
  const started = performance.now();
  await service.createService(me, sample, "whole", definition);
  expect(await service.settled(me, "whole")).toMatchObject({ rolloutState: "COMPLETED", runningCount: 1 });
  console.info(`create service → healthy: ${String(Math.round(performance.now() - started))} ms`);
  const [task] = await service.tasksOf(me, "whole");
  expect(task).toMatchObject({ lastStatus: "RUNNING", healthStatus: "HEALTHY", platformVersion: "1.4.0" });
  const address = task?.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address ?? "";
  expect(await logs()).toEqual([
    `secret=${sampleNames.secret} id=1000:1000 host=ip-${address.replaceAll(".", "-")}.${sampleRegion}.compute.internal`,
    "root:touch: /root-is-writable: Read-only file system",
    "tmp=writable",
    "scratch:touch: /scratch/there: Permission denied",
    "cap=0000000000000000 pid1=docker-init nofile=2048",
  ]);
  await service.deleteService(me, "whole");
});

test("a secret that the execution role may not read, an unknown version, an unknown image: the task never runs", async () => {
  const secretOf = (version: string) => [{ name: "TOKEN", valueFrom: `${sample.secret.arn}:::${version}` }];
  const failing = async (name: string, definition: string): Promise<string> => {
    await service.createService(me, sample, name, definition);
    const task = await service.firstStopped(me, name);
    expect(task.stopCode).toBe("TaskFailedToStart");
    expect(task.startedAt).toBeUndefined();
    return task.stoppedReason ?? "";
  };
  const withSecret = await service.register(me, "denied", [service.container(stay, { secrets: secretOf("") })]);
  await world.without("execution", "secretsmanager:GetSecretValue", async () => {
    expect(await failing("denied", withSecret)).toMatch(
      /^ResourceInitializationError: unable to pull secrets or registry auth: .*AccessDeniedException.*secretsmanager:GetSecretValue/,
    );
  });
  const missing = secretOf("00000000-0000-4000-8000-000000000000");
  const unknown = await service.register(me, "unknown", [service.container(stay, { secrets: missing })]);
  expect(await failing("unknown", unknown)).toMatch(/^ResourceInitializationError.*ResourceNotFoundException/);
  const image = "ghcr.io/openclaw/openclaw:1999.1.1";
  const unpullable = await service.register(me, "image", [service.container(stay, { image })]);
  expect(await failing("image", unpullable)).toMatch(`CannotPullContainerError: pull image manifest has been retried`);
  // Nothing to go back to: it stays failed.
  expect(await service.settled(me, "image")).toMatchObject({
    status: "PRIMARY",
    rolloutState: "FAILED",
    failedTasks: 3,
  });
  for (const name of ["denied", "unknown", "image"]) await service.deleteService(me, name);
});

test("a crash is followed by a restart in the task; an ignored exit code, and an early exit, are not", async () => {
  const restartPolicy = { enabled: true, ignoredExitCodes: [78], restartAttemptPeriod: 60 };
  const run = (seconds: number, code: number) =>
    service.container(`echo up; sleep ${String(seconds)}; exit ${String(code)}`, { restartPolicy });
  await service.createService(me, sample, "crash", await service.register(me, "crash", [run(3.5, 1)]));
  const before = (await logs()).filter((line) => line === "up").length;
  await expect
    .poll(async () => (await logs()).filter((line) => line === "up").length - before, { timeout: 20_000 })
    .toBe(2);
  expect(await service.tasksOf(me, "crash")).toHaveLength(1);
  await service.deleteService(me, "crash");

  for (const [name, definition] of [
    ["ignored", run(3.5, 78)],
    ["early", run(0.5, 1)],
  ] as const) {
    await service.createService(me, sample, name, await service.register(me, name, [definition]));
    const task = await service.firstStopped(me, name);
    expect(task).toMatchObject({
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
    });
    expect(task.containers?.[0]?.exitCode).toBe(name === "ignored" ? 78 : 1);
    await service.deleteService(me, name);
  }
});

test("a bad release is rolled back: steady as after a success, never two tasks at once", async () => {
  const check = { command: ["CMD-SHELL", "test -e /tmp/ok"], interval: 5, timeout: 2, retries: 1, startPeriod: 0 };
  const good = await service.register(me, "roll", [
    service.container(`touch /tmp/ok; ${stay}`, { healthCheck: check }),
  ]);
  const bad = await service.register(me, "roll", [service.container(stay, { healthCheck: check })]);
  await service.createService(me, sample, "roll", good);
  expect(await service.settled(me, "roll")).toMatchObject({ rolloutState: "COMPLETED" });
  await service.updateService(me, "roll", bad);
  await service.eventually(
    me,
    "roll",
    ({ events = [] }) => events.find(({ message }) => message?.includes("rolling back to deployment") === true),
    120,
  );
  expect(await service.settled(me, "roll")).toMatchObject({ rolloutState: "COMPLETED", taskDefinition: good });
  const { events = [] } = await service.describeService(me, "roll");
  expect(events[0]?.message).toBe("(service roll) has reached a steady state.");
  const all = await service.tasksOf(me, "roll");
  expect(all.map(({ taskDefinitionArn }) => taskDefinitionArn)).toEqual([good, bad, bad, bad, good]);
  expect(all[1]).toMatchObject({
    stopCode: "ServiceSchedulerInitiated",
    stoppedReason: "Task failed container health checks",
  });
  for (const [index, task] of all.slice(1).entries())
    expect(Number(task.createdAt)).toBeGreaterThanOrEqual(Number(all[index]?.executionStoppedAt));
  await service.deleteService(me, "roll");
}, 180_000);

test("a task is asked with SIGTERM, and killed after its stop time-out", async () => {
  const polite = service.container("trap 'echo asked; sleep 1; exit 7' TERM; while :; do sleep 0.1; done", {
    stopTimeout: 30,
  });
  const deaf = service.container("trap '' TERM; while :; do sleep 0.1; done", {
    name: "deaf",
    essential: false,
    stopTimeout: 2,
  });
  await service.createService(me, sample, "stop", await service.register(me, "stop", [polite, deaf]));
  await service.settled(me, "stop");
  const [running] = await service.tasksOf(me, "stop");
  await me.ecs.send(new StopTaskCommand({ cluster, task: running?.taskArn, reason: "maintenance" }));
  const task = await service.firstStopped(me, "stop");
  expect(task).toMatchObject({ stopCode: "UserInitiated", stoppedReason: "maintenance" });
  expect(task.containers?.map(({ exitCode }) => exitCode)).toEqual([7, 137]);
  const took = Number(task.executionStoppedAt) - Number(task.stoppingAt);
  expect(took).toBeGreaterThan(1900);
  expect(took).toBeLessThan(6000);
  expect(await logs()).toContain("asked");
  await service.deleteService(me, "stop");
});

test("an access point decides whose files they are; without TLS, rights or a way there is no mount", async () => {
  const write = (user: string, file: string) =>
    service.container(`touch /data/${file} 2>&1; stat -c %u:%g /data; ${stay}`, { user, mountPoints });
  const run = async (name: string, user: string, point: keyof SampleAccount["accessPoints"], more = {}) => {
    const volumes = [{ ...data(point), ...more }];
    await service.createService(me, sample, name, await service.register(me, name, [write(user, name)], { volumes }));
    return service.eventually(me, name, (_, [task]) =>
      task?.lastStatus === "RUNNING" || task?.lastStatus === "STOPPED" ? task : undefined,
    );
  };
  const onDisk = (name: string) => statSync(join(world.park.fileSystem(sample.fileSystem), "openclaw", name));
  await run("owner", "1000:1000", "owner");
  // Root of the container is the access point's user on the disk.
  await run("root", "0:0", "owner");
  await expect.poll(() => onDisk("root").uid, { timeout: 5000 }).toBe(1000);
  expect(onDisk("owner").uid).toBe(1000);
  expect(onDisk("").mode & 0o777).toBe(0o700);
  // A container of the owner's uid is nobody special behind an access point of another identity.
  await run("stranger", "1000:1000", "stranger");
  await expect.poll(logs, { timeout: 5000 }).toContain("touch: /data/stranger: Permission denied");
  for (const name of ["owner", "root", "stranger"]) await service.deleteService(me, name);

  const secure = {
    Effect: "Deny",
    Principal: { AWS: "*" },
    Action: "*",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  const mount = { Effect: "Allow", Principal: { AWS: "*" }, Action: ["elasticfilesystem:Client*"] };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [secure, mount] });
  await me.efs.send(new PutFileSystemPolicyCommand({ FileSystemId: sample.fileSystem, Policy }));
  const open = { efsVolumeConfiguration: { fileSystemId: sample.fileSystem } };
  expect((await run("plain", "1000:1000", "owner", open)).stoppedReason).toMatch(
    /ResourceInitializationError.*access denied by server/,
  );
  await me.efs.send(new DeleteFileSystemPolicyCommand({ FileSystemId: sample.fileSystem }));
  await service.deleteService(me, "plain");

  const nfs = [{ IpProtocol: "tcp", FromPort: 2049, ToPort: 2049, UserIdGroupPairs: [{ GroupId: sample.group.task }] }];
  await me.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: sample.group.files, IpPermissions: nfs }));
  expect((await run("closed", "1000:1000", "owner")).stoppedReason).toMatch(
    /^ResourceInitializationError: .*mount\.nfs4: Connection timed out/,
  );
  await letIn(me, sample.group.files, 2049, sample.group.task);
  await service.deleteService(me, "closed");
});

test("a task whose network has no way out pulls neither secret nor image", async () => {
  const awsvpcConfiguration = { subnets: [...sample.subnets], securityGroups: [sample.group.task] };
  const secrets = [{ name: "TOKEN", valueFrom: sample.secret.arn }];
  for (const [name, more, reason] of [
    ["inside", {}, /^CannotPullContainerError: .*i\/o timeout$/],
    ["silent", { secrets }, /^ResourceInitializationError: .*connection issue.*Secrets Manager/],
  ] as const) {
    const definition = await service.register(me, name, [service.container(stay, more)]);
    await service.createService(me, sample, name, definition, { networkConfiguration: { awsvpcConfiguration } });
    expect((await service.firstStopped(me, name)).stoppedReason).toMatch(reason);
    await service.deleteService(me, name);
  }
});

test("ECS Exec: refused on a read-only root and where it is off, else a command runs", async () => {
  const sealed = service.container(stay, { readonlyRootFilesystem: true });
  const shell = service.container(stay, { name: "shell", essential: false });
  await service.createService(me, sample, "exec", await service.register(me, "exec", [sealed, shell]), {
    enableExecuteCommand: true,
  });
  await service.settled(me, "exec");
  const [task] = await service.tasksOf(me, "exec");
  const execute = (container: string) =>
    me.ecs.send(
      new ExecuteCommandCommand({ cluster, container, task: task?.taskArn, command: "id -u", interactive: true }),
    );
  await expect(execute("main")).rejects.toThrow("execute command was not enabled");
  await world.without("task", "ssmmessages:OpenDataChannel", () =>
    expect(execute("shell")).rejects.toThrow("execute command was not enabled"),
  );
  const { session } = await execute("shell");
  expect(await world.tasks.session(session?.tokenValue ?? "")).toEqual({ exitCode: 0, output: "0" });
  await service.deleteService(me, "exec");
});
