/** An `up` of a stack on ECS that was killed, and the next one: what AWS had accepted is gone on with, nothing is made twice. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { settlePendingCreates } from "../../commands/pending-creates.ts";
import type { PulumiCli } from "../../commands/pulumi-cli.ts";
import { stateFileOf } from "../../commands/state-files.ts";
import type { CommandResult } from "../support/deployer.ts";
import { checkpointIn, watchCheckpoints } from "../support/ecs/checkpoints.ts";
import { inventory } from "../support/ecs/inventory.ts";
import type { EcsStack } from "../support/ecs-stack.ts";
import { ecsWithoutTasks, type EcsWithoutTasks } from "../support/ecs-without-tasks.ts";
import { argumentsOf, kill, processesOf } from "../support/processes.ts";
import { until } from "../support/until.ts";

let ecs: EcsWithoutTasks;
let prod: EcsStack;
let state: string;
/** What every account has. */
let before: Readonly<Record<string, number>>;

const newStack = async (name: string): Promise<EcsStack> => {
  const stack = await ecs.newStack(name);
  stack.change({ "access.mode": "https", "access.domain": `${name}.example.com`, "access.zoneId": ecs.zoneId });
  return stack;
};

beforeAll(async () => {
  ecs = await ecsWithoutTasks("ecs-interrupted");
  before = await inventory(ecs.clients);
  prod = await newStack("prod");
  state = stateFileOf(join(ecs.clone.home, ".local/share/pulumi-openclaw/backend"), "prod");
});

afterAll(() => ecs[Symbol.asyncDispose]());

/** Creations that are interrupted inside, too: data, secrets, roles, what costs money, what others hang on, what has a new name each time. */
const kinds = [
  ...["backup.CreateBackupVault", "efs.CreateFileSystem", "iam.CreateRole", "secretsmanager.CreateSecret"],
  ...["ec2.CreateSecurityGroup", "ec2.CreateNatGateway", "elbv2.CreateLoadBalancer", "ecs.CreateService"],
  ...["iam.PutRolePolicy", "events.PutTargets"],
] as const;

/**
 * An `up` that is killed, its whole process group at once.
 *
 * @param when what is waited for
 * @returns what it said, and its exit code; undefined when it was killed
 */
async function killed(when: () => boolean): Promise<CommandResult> {
  const running = prod.launchUp();
  let ended: CommandResult | undefined;
  void running.result.then((result) => (ended = result));
  await until("the moment to kill it, or its end", () => (ended !== undefined || when() ? true : undefined), 240);
  kill(-running.pid);
  return running.result;
}

test("killed after each checkpoint that has more resources, and inside ten kinds of creation, it goes on until all is there", async () => {
  const waiting = new Set<(typeof kinds)[number]>(kinds);
  const said: string[] = [];
  let atCheckpoints = 0;
  for (;;) {
    const held = [...waiting].map((kind) => ({ kind, ...ecs.holdAnswer(kind) }));
    const hasMore = watchCheckpoints(state);
    const { output, exitCode } = await killed(() => held.some(({ isHeld }) => isHeld()) || hasMore());
    said.push(output);
    if (!held.some(({ isHeld }) => isHeld())) atCheckpoints += 1;
    for (const { kind, isHeld, release } of held) {
      if (isHeld()) waiting.delete(kind);
      release();
    }
    if (exitCode === 0) break;
    expect(exitCode, output).toBeUndefined();
    expect(said.length, output).toBeLessThan(200);
    // What a kill leaves between two of the backend's system calls.
    if (said.length === 1) writeFileSync(`${state}.attrs`, "");
  }
  console.info(`ended by attempt ${String(said.length)}`);
  expect([...waiting]).toEqual([]);
  expect(atCheckpoints).toBeGreaterThan(10);
  // A program notices that its engine is gone.
  const programs = async () =>
    (await processesOf(ecs.clone.checkout)).filter((pid) => argumentsOf(pid).includes("cmd/run/index.js"));
  await expect.poll(programs, { timeout: 120_000, interval: 500 }).toEqual([]);
  expect(said.join("\n")).toMatch(/an interrupted run was creating .*\bgateway-service\b.*: looking what became of it/);
});

test("in the end nothing is left to do, and there is what another stack made that nobody interrupted", async () => {
  const { resources, pending } = checkpointIn(state);
  expect(pending).toBe(0);
  expect(new Set(resources).size).toBe(resources.length);
  expect(await prod.planned()).toEqual([]);
  const interrupted = await inventory(ecs.clients);
  const twin = await newStack("twin");
  twin.change({ "network.cidr": "10.72.0.0/24" });
  await twin.up();
  const both = await inventory(ecs.clients);
  const more = (all: typeof both, less: typeof both) =>
    Object.fromEntries(Object.entries(all).map(([name, count]) => [name, count - (less[name] ?? 0)]));
  expect(more(interrupted, before)).toEqual(more(both, interrupted));
  expect(more(interrupted, before)).toMatchObject({ fileSystems: 1, mountTargets: 2, secrets: 1, natGateways: 1 });
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
