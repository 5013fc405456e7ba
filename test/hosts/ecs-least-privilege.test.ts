/** Least privilege, executed: each statement of each policy that the ECS target makes is taken away, and what needs it fails. */
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { taskStopped } from "../../components/ecs/alarms.ts";
import type { RenderedPolicy } from "../support/ecs-policies.ts";
import { permissionWorld, type PermissionWorld } from "../support/hosts/permissions.ts";

let world: PermissionWorld;
/** What a subscriber of the topic was told. */
const told: string[] = [];
let subscriber: Server;

beforeAll(async () => {
  world = await permissionWorld();
  const { clients, topic } = world;
  subscriber = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      told.push(body);
      response.end();
    });
  });
  await once(subscriber.listen(0, "127.0.0.1"), "listening");
  const { port } = subscriber.address() as AddressInfo; // it listens on TCP
  await clients.sns.subscribe({ TopicArn: topic, Protocol: "http", Endpoint: `http://127.0.0.1:${String(port)}/` });
  const { clusters = [] } = await clients.ecs.describeClusters({ clusters: ["main"] });
  await clients.events.putRule({ Name: "stopped", EventPattern: taskStopped(clusters[0]?.clusterArn ?? "") });
  await clients.events.putTargets({ Rule: "stopped", Targets: [{ Id: "topic", Arn: topic }] });
  await clients.cloudwatch.putMetricAlarm({
    ...{ AlarmName: "cpu", Namespace: "AWS/ECS", MetricName: "CPUUtilization", Statistic: "Average", Period: 300 },
    ...{ EvaluationPeriods: 3, Threshold: 90, ComparisonOperator: "GreaterThanThreshold", AlarmActions: [topic] },
  });
  await clients.backup.createBackupVault({ BackupVaultName: "copies" });
  for (const { policyArn } of world.stack.attached)
    await clients.iam.attachRolePolicy({ RoleName: "backup", PolicyArn: policyArn });
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  subscriber.close();
});

/** @returns whether the subscriber is told something with this text, by who does it */
async function isTold(text: string, work: () => Promise<unknown>): Promise<string> {
  told.length = 0;
  await work();
  for (let waited = 0; waited < 1500; waited += 50) {
    if (told.some((message) => message.includes(text))) return "told";
    await sleep(50);
  }
  return "nobody is told";
}

const ways = {
  task: () => world.task(),
  stranger: () => world.stranger(),
  plainText: () => world.plainText(),
  alarm: () =>
    isTold("NewStateValue", async () => {
      await world.clients.cloudwatch.setAlarmState({ AlarmName: "cpu", StateValue: "OK", StateReason: "test" });
      await world.clients.cloudwatch.setAlarmState({ AlarmName: "cpu", StateValue: "ALARM", StateReason: "test" });
    }),
  event: () => isTold("ECS Task State Change", () => world.task()),
  backup: async () => {
    const job = { BackupVaultName: "copies", ResourceArn: world.fileSystem };
    const IamRoleArn = "arn:aws:iam::123456789012:role/backup";
    const started = await world.clients.backup.startBackupJob({ ...job, IamRoleArn }).catch(String);
    if (typeof started === "string") return started;
    const { State: state = "", StatusMessage: why } = await world.clients.backup.describeBackupJob({
      BackupJobId: started.BackupJobId,
    });
    return why ?? state;
  },
} as const;

/** By resource, kind and statement: who needs it, and what becomes of him without it. */
const needs: Readonly<Record<string, readonly [way: keyof typeof ways, without: RegExp]>> = {
  "gateway-execution trust EcsTasks": ["task", /^ECS was unable to assume the role '.*role\/execution'/],
  "gateway-task trust EcsTasks": ["task", /^ECS was unable to assume the role '.*role\/task'/],
  "gateway-execution role WriteLog": [
    "task",
    /^ResourceInitializationError: failed to validate logger args: .*logs:CreateLogStream/,
  ],
  "gateway-execution role ReadSecrets": [
    "task",
    /^ResourceInitializationError: unable to pull secrets or registry auth: .*secretsmanager:GetSecretValue/,
  ],
  "gateway-execution role DecryptSecrets": [
    "task",
    /^ResourceInitializationError: unable to pull secrets or registry auth: .*Access to KMS is not allowed/,
  ],
  "gateway-execution role LogInToRegistry": [
    "task",
    /^ResourceInitializationError: unable to pull secrets or registry auth: .*ecr:GetAuthorizationToken/,
  ],
  "gateway-execution role PullImage": ["task", /CannotPullContainerError: .*403 Forbidden/],
  "gateway-task role MountState": ["task", /^ResourceInitializationError: .*access denied by server/],
  "gateway-task role EcsExec": ["task", /^runs, but is not entered: .*execute command was not enabled/],
  "gateway-data file-system NoOtherWay": ["stranger", /^runs$/],
  "gateway-data file-system NoPlainText": ["plainText", /^mounts$/],
  "gateway-alarms topic Alarms": ["alarm", /^nobody is told$/],
  "gateway-alarms topic Events": ["event", /^nobody is told$/],
  "gateway-backup trust Backup": ["backup", /IAM Role .* cannot be assumed by AWS Backup/],
};

/** Who gets what he needs, and who must not get in. */
const whole: Readonly<Record<keyof typeof ways, RegExp>> = {
  task: /^runs$/,
  stranger: /^ResourceInitializationError: .*access denied by server/,
  plainText: /access denied by server/,
  alarm: /^told$/,
  event: /^told$/,
  backup: /^COMPLETED$/,
};

const statements = (): readonly (readonly [string, RenderedPolicy, string])[] =>
  world.stack.policies.flatMap((policy) =>
    policy.statements.map(({ Sid }) => [`${policy.resource} ${policy.kind} ${Sid}`, policy, Sid] as const),
  );

it("knows who needs each statement", () => {
  expect(
    statements()
      .map(([name]) => name)
      .sort(),
  ).toEqual(Object.keys(needs).sort());
});

it.each(Object.keys(whole) as (keyof typeof ways)[])("works whole: %s", async (way) => {
  expect(await ways[way]()).toMatch(whole[way]);
});

it.each(Object.keys(needs))("is noticed when it is gone: %s", async (name) => {
  const [way, without] = needs[name] ?? ["task", /./];
  const [, policy, sid] = statements().find(([each]) => each === name) ?? [];
  if (policy === undefined) throw new Error(`there is no ${name}`);
  const others = policy.statements.filter(({ Sid }) => Sid !== sid);
  await world.put(
    policy,
    others.length === 0 ? undefined : JSON.stringify({ Version: "2012-10-17", Statement: others }),
  );
  const came = await ways[way]();
  await world.put(policy, policy.document);
  expect(came).toMatch(without);
});

it("is noticed when the backup role has lost AWS's own policy", async () => {
  expect(world.stack.attached).toHaveLength(1);
  for (const { policyArn: PolicyArn } of world.stack.attached) {
    await world.clients.iam.detachRolePolicy({ RoleName: "backup", PolicyArn });
    expect(await ways.backup()).toMatch(/does not have sufficient permissions/);
    await world.clients.iam.attachRolePolicy({ RoleName: "backup", PolicyArn });
  }
  expect(await ways.backup()).toBe("COMPLETED");
});
