/** An `up` of a stack on ECS that was killed, and the next one: what AWS had accepted is gone on with, nothing is made twice. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { settlePendingCreates } from "../../commands/pending-creates.ts";
import type { PulumiCli } from "../../commands/pulumi-cli.ts";
import { leftovers } from "../clouds/aws/plugin/leftovers.ts";
import type { CommandResult } from "../support/deployer.ts";
import type { EcsStack } from "../support/ecs-stack.ts";
import { ecsWithoutTasks, type EcsWithoutTasks } from "../support/ecs-without-tasks.ts";
import { until } from "../support/until.ts";

let ecs: EcsWithoutTasks;
let prod: EcsStack;

beforeAll(async () => {
  ecs = await ecsWithoutTasks("ecs-interrupted");
  prod = await ecs.newStack("prod");
  prod.change({ "access.mode": "https", "access.domain": "openclaw.example.com", "access.zoneId": ecs.zoneId });
});

afterAll(() => ecs[Symbol.asyncDispose]());

/** What is interrupted: data, secrets, roles, what costs money, what others hang on. */
const kinds = [
  ...["backup.CreateBackupVault", "efs.CreateFileSystem", "iam.CreateRole", "secretsmanager.CreateSecret"],
  ...["ec2.CreateSecurityGroup", "ec2.CreateNatGateway", "elbv2.CreateLoadBalancer", "ecs.CreateService"],
] as const;

/**
 * An `up` that is killed, its whole process group at once, when AWS has done what nobody gets the answer to.
 *
 * @returns what it said, and its exit code; undefined when it was killed
 */
async function interrupted(isHeld: () => boolean): Promise<{ output: string; exitCode: number | undefined }> {
  const running = prod.launchUp();
  let ended: CommandResult | undefined;
  void running.result.then((result) => (ended = result));
  await until(
    "an answer that is kept back, or the end",
    () => (isHeld() || ended !== undefined ? true : undefined),
    120,
  );
  if (ended === undefined) process.kill(-running.pid, "SIGKILL");
  return running.result;
}

test("killed inside eight kinds of creation, one after the other, it finds what was made each time", async () => {
  const waiting = new Set<(typeof kinds)[number]>(kinds);
  let said = "";
  for (let killed = 0; killed <= kinds.length; killed += 1) {
    const held = [...waiting].map((kind) => ({ kind, ...ecs.holdAnswer(kind) }));
    const { output, exitCode } = await interrupted(() => held.some(({ isHeld }) => isHeld()));
    said += output;
    for (const { kind, isHeld, release } of held) {
      if (isHeld()) waiting.delete(kind);
      release();
    }
    if (exitCode === 0) break;
    expect(exitCode, output).toBeUndefined();
  }
  expect([...waiting]).toEqual([]);
  expect(said).toMatch(/an interrupted run was creating .*\bgateway-service\b.*: looking what became of it/);
});

test("in the end there is one of everything, and nothing left to do", async () => {
  const found = Object.entries(await leftovers(ecs.clients)).map(([name, items]) => [name, items.length]);
  expect(Object.fromEntries(found)).toEqual({
    ...{ networks: 1, subnets: 5, addresses: 1, natGateways: 1, gateways: 1, groups: 3, fileSystems: 1 },
    ...{ secrets: 1, roles: 3, logGroups: 1, metricFilters: 1, loadBalancers: 1, targetGroups: 1, certificates: 1 },
    ...{ records: 2, clusters: 1, tasks: 1, vaults: 1, plans: 1, topics: 1, alarms: 8, rules: 1 },
  });
  expect(ecs.tasks.services()).toHaveLength(1);
  // A group lets everything out when AWS makes it; the one of the mount targets lets nothing out.
  const { SecurityGroups = [] } = await ecs.clients.ec2.describeSecurityGroups({});
  const open = SecurityGroups.filter(({ IpPermissionsEgress: out = [] }) =>
    out.some(({ IpProtocol }) => IpProtocol === "-1"),
  ).map(({ GroupName }) => GroupName?.replace(/-[0-9a-f]{7}$/, ""));
  expect(open.filter((name) => name !== "default")).toEqual(["gateway-task"]);
  expect(await prod.planned()).toEqual([]);
});

test("what another stack made is not taken", async () => {
  Object.assign(process.env, ecs.environment);
  const tags = { Name: "openclaw-prod-data", "openclaw-stack": "openclaw/prod" };
  const Tags = [
    { Key: "Name", Value: tags.Name },
    { Key: "openclaw-stack", Value: "openclaw/other" },
  ];
  await ecs.clients.efs.createFileSystem({ CreationToken: "a stranger's", Tags });
  const resource = { urn: "urn:pulumi:prod::openclaw::f::gateway-data", type: "aws:efs/fileSystem:FileSystem" };
  const deployment = { pending_operations: [{ type: "creating", resource: { ...resource, inputs: { tags } } }] };
  let imported: unknown;
  const read: PulumiCli["read"] = (...words) => {
    if (words.includes("import")) imported = JSON.parse(readFileSync(words[words.indexOf("--file") + 1] ?? "", "utf8"));
    return Promise.resolve(JSON.stringify(words[0] === "config" ? {} : { version: 3, deployment }));
  };
  await settlePendingCreates({ read }, "prod");
  expect(imported).toEqual({ version: 3, deployment: { resources: [], pending_operations: [] } });
});
