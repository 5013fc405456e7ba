/** A stack on ECS in a network that exists: an `up` that ends before anything but its data is there, other subnets, the end. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { region } from "../clouds/aws/clients.ts";
import { sampleNetwork, type SampleNetwork } from "../clouds/aws/sample-network.ts";
import type { EcsStack } from "../support/ecs-stack.ts";
import { ecsWithoutTasks, type EcsWithoutTasks } from "../support/ecs-without-tasks.ts";

let ecs: EcsWithoutTasks;
let prod: EcsStack;
let network: SampleNetwork;
/** In a third zone. */
let third: string;

beforeAll(async () => {
  ecs = await ecsWithoutTasks("ecs-adopted-network");
  const { ec2 } = ecs.clients;
  network = await sampleNetwork(ecs.clients, "10.80");
  await ec2.modifyVpcAttribute({ VpcId: network.vpc, EnableDnsHostnames: { Value: true } });
  const where = { CidrBlock: "10.80.3.0/24", AvailabilityZone: `${region}c` };
  third = (await ec2.createSubnet({ VpcId: network.vpc, ...where })).Subnet?.SubnetId ?? "";
  prod = await ecs.newStack("prod");
  prod.change({ "network.vpcId": network.vpc, "network.taskSubnetIds": network.subnets.slice(0, 2) });
});

afterAll(() => ecs[Symbol.asyncDispose]());

/** Ids of the mount targets, by zone. */
async function mountTargets(): Promise<Record<string, string | undefined>> {
  const { FileSystems = [] } = await ecs.clients.efs.describeFileSystems({});
  expect(FileSystems).toHaveLength(1);
  const { MountTargets = [] } = await ecs.clients.efs.describeMountTargets({
    FileSystemId: FileSystems[0]?.FileSystemId,
  });
  return Object.fromEntries(MountTargets.map((each) => [each.AvailabilityZoneName ?? "", each.MountTargetId]));
}

test("an up that may not make security groups leaves nothing that the next one takes for an earlier stack's", async () => {
  ecs.forbidden.add("ec2.CreateSecurityGroup");
  const { output, exitCode } = await prod.attempt("up");
  expect(exitCode, output).not.toBe(0);
  expect(output).toContain("You are not authorized");
  ecs.forbidden.clear();
  await prod.up();
  expect(Object.keys(await mountTargets()).sort()).toEqual([`${region}a`, `${region}b`]);
});

test("another subnet of a zone, and another zone: no mount target goes from under the gateway that runs", async () => {
  const before = await mountTargets();
  const [, , another] = network.subnets;
  prod.change({ "network.taskSubnetIds": [another, third] });
  expect(await prod.planned()).toEqual([
    `create efs.MountTarget gateway-mount-${region}c`,
    `delete efs.MountTarget gateway-mount-${region}b`,
    "update Command gateway-verified",
    "update ecs.Service gateway-service",
  ]);
  await prod.up();
  const after = await mountTargets();
  expect(Object.keys(after).sort()).toEqual([`${region}a`, `${region}c`]);
  expect(after[`${region}a`]).toBe(before[`${region}a`]);
  const running = ecs.tasks.tasks().filter(({ desired }) => desired === "RUNNING");
  expect(running.map(({ order }) => [...(order.network.subnets ?? [])].sort())).toEqual([[another, third].sort()]);
  expect(await prod.planned()).toEqual([]);
});

test("an up after a destroy that was cut short does not begin anew beside the state, and goes on with it when told to", async () => {
  const [{ FileSystemId: own } = {}] = (await ecs.clients.efs.describeFileSystems({})).FileSystems ?? [];
  ecs.forbidden.add("ec2.DeleteSecurityGroup");
  const { output, exitCode } = await prod.attempt("destroy");
  expect(exitCode, output).not.toBe(0);
  expect(output).toContain("You are not authorized");
  ecs.forbidden.clear();
  expect(await prod.pulumi("stack", "export")).not.toContain("aws:efs/fileSystem:FileSystem");
  const told = await prod.refusedWith({});
  expect(told.replaceAll(String(own), "<own>")).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:data.adopt
         got:     nothing
         allowed: <own>, to go on with it; or end the destroy that was interrupted, which left this stack's state there
         type:    npm run pulumi -- config set --stack prod --path openclaw:data.adopt <own>"
  `);
  expect(await prod.refusedWith({})).toBe(told);
  mkdirSync(join(ecs.clone.home, ".aws"));
  const credentials = "[work]\naws_access_key_id = AKIATESTS\naws_secret_access_key = any\n";
  writeFileSync(join(ecs.clone.home, ".aws/credentials"), credentials);
  await prod.pulumi("config", "set", "aws:profile", "work");
  prod.change({ "data.adopt": own });
  await prod.up();
  expect(Object.keys(await mountTargets()).sort()).toEqual([`${region}a`, `${region}c`]);
});

test("destroy names what it keeps, the vault of the copies too, and leaves the network as it was", async () => {
  const { backup, efs, ec2 } = ecs.clients;
  const { output, exitCode } = await prod.attempt("destroy");
  expect(exitCode, output).toBe(0);
  const { FileSystems: [data] = [] } = await efs.describeFileSystems({});
  const { BackupVaultList = [] } = await backup.listBackupVaults({});
  // The destroy that was cut short left one, too.
  const vault = BackupVaultList.find(({ BackupVaultName = "" }) => output.includes(`vault ${BackupVaultName};`));
  const [id, name] = [data?.FileSystemId ?? "no", vault?.BackupVaultName ?? "no"];
  const [told = output] = /The gateway's state was kept.*and then destroy\./s.exec(output) ?? [];
  expect(told.replaceAll(id, "<id>").replaceAll(name, "<vault>")).toMatchInlineSnapshot(`
    "The gateway's state was kept: the file system <id>, and AWS Backup's copies of it in the vault <vault>; both go on costing money. A new stack goes on with it after:

      npm run pulumi -- config set --stack prod --path openclaw:data.adopt <id>

    A new stack makes a vault of its own. The copies in this one go by themselves when their days are over; then delete it, or see what is left:

      aws --profile work --region eu-central-1 backup delete-backup-vault --backup-vault-name <vault>
      aws --profile work --region eu-central-1 backup list-recovery-points-by-backup-vault --backup-vault-name <vault>

    To have a stack's state deleted with it: openclaw:data.onDestroy delete, up, and then destroy."
  `);
  const { Subnets = [] } = await ec2.describeSubnets({ Filters: [{ Name: "vpc-id", Values: [network.vpc] }] });
  expect(Subnets).toHaveLength(4);
  const { SecurityGroups = [] } = await ec2.describeSecurityGroups({
    Filters: [{ Name: "vpc-id", Values: [network.vpc] }],
  });
  expect(SecurityGroups.map(({ GroupName }) => GroupName).sort()).toEqual(["default", "sample"]);
});
