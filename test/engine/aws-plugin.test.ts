/** The stand-in for the aws plugin, the real engine and the simulated AWS: the life of every type of resource. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAws } from "../clouds/aws/front/aws.ts";
import type { Aws, Handler } from "../clouds/aws/front/handler.ts";
import { awsClients } from "../clouds/aws/clients.ts";
import { leftovers } from "../clouds/aws/plugin/leftovers.ts";
import type { ProgramInput } from "../clouds/aws/plugin/program.ts";
import { startAwsPlugin, type AwsPlugin } from "../clouds/aws/plugin/start.ts";
import { awsTasks, type AwsTasks } from "../clouds/aws/tasks/aws-tasks.ts";
import { recordedPark } from "../clouds/aws/tasks/recorded-park.ts";
import { pulumiProject, type PulumiProject } from "../support/pulumi-project.ts";

/** Tasks of this size end at once. */
const brokenMemory = "8192";

const first: ProgramInput = {
  ...{ tag: "1", cidr: "10.0.0.0/16", port: 443, publicSubnets: true, secret: "the first value", retention: 7 },
  ...{ memory: "3072", waitForSteadyState: true, threshold: 80, days: 35, idleTimeout: 60, protection: false },
  zone: "example.com",
};
const changed: ProgramInput = {
  ...{ ...first, tag: "2", port: 8443, publicSubnets: false, retention: 30, threshold: 90 },
  ...{ days: 40, idleTimeout: 90, protection: true },
};

let tasks: AwsTasks;
let aws: Aws;
let api: ReturnType<typeof awsClients>;
let plugin: AwsPlugin;
let project: PulumiProject;

/** Whether AWS never gets done with a file system. */
let stuck = false;
const describeFileSystems: Handler = async (_, forward) => {
  const answer = (await forward()) as { readonly FileSystems?: readonly object[] }; // as AWS's model says
  const creating = (file: object) => ({ ...file, LifeCycleState: "creating" });
  return stuck ? { ...answer, FileSystems: answer.FileSystems?.map(creating) } : answer;
};

/** What a deployment does, apart from which of the resources is the first. */
const sorted = (steps: readonly string[]) => steps.toSorted();
const updates = (...names: string[]) => names.map((name) => `update ${name}`).toSorted();
const replaced = (name: string) => [`create-replacement ${name}`, `delete-replaced ${name}`, `replace ${name}`];

async function vaultName(): Promise<string | undefined> {
  const { BackupVaultList: vaults = [] } = await api.backup.listBackupVaults({});
  return vaults.find(({ BackupVaultName }) => BackupVaultName?.startsWith("vault-"))?.BackupVaultName;
}

beforeAll(async () => {
  tasks = awsTasks({
    park: () =>
      recordedPark(({ definition }) =>
        definition.memory === brokenMemory ? { exits: { afterMs: 5, code: 1 } } : { stopsAfterMs: 5 },
      ),
  });
  aws = await startAws({ handlers: { ...tasks.handlers, "efs.DescribeFileSystems": describeFileSystems } });
  tasks.connect(aws);
  api = awsClients(aws.endpoint);
  await api.route53.createHostedZone({ Name: first.zone, CallerReference: "test" });
  plugin = await startAwsPlugin({
    ...{ AWS_ENDPOINT_URL: aws.endpoint, AWS_REGION: "eu-central-1" },
    ...{ AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "of the test" },
    AWS_STAND_IN_LONGEST_WAIT_SECONDS: "10",
  });
  Object.assign(process.env, plugin.environment);
  project = await pulumiProject(join(import.meta.dirname, "../clouds/aws/plugin/program.ts"), [], {});
  project.input = first;
});

afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await plugin[Symbol.asyncDispose]();
  await tasks.stop();
  await aws.stop();
});

test("everything is made, stays the same, and a refresh finds nothing", async () => {
  const up = await project.deploy("up");
  expect(up, up.messages).toMatchObject({ succeeded: true, messages: "" });
  expect(up.steps.every((step) => step.startsWith("create "))).toBe(true);
  expect(await project.deploy("up")).toMatchObject({ succeeded: true, steps: [] });
  const refresh = await project.deploy("refresh", "--expect-no-changes");
  expect(refresh, refresh.messages).toMatchObject({ succeeded: true });
  expect(await project.deploy("up")).toMatchObject({ succeeded: true, steps: [] });
});

test("the state has no secret in plain text, and generated names", async () => {
  const state = await project.pulumi("stack", "export");
  expect(state).not.toContain(first.secret);
  const names = JSON.parse(await project.pulumi("stack", "output", "--json")) as object; // JSON of outputs
  expect(names).toMatchObject({ names: { logs: expect.stringMatching(/^logs-[0-9a-f]{7}$/) as string } });
});

test("what AWS changes in place is previewed and made as updates", async () => {
  project.input = changed;
  const expected = updates(
    ...["alarm", "balancer", "certificate", "cluster", "files", "in", "logs", "metric", "network", "plan"],
    ...["role", "rule", "secret", "subnet-0", "subnet-1", "topic", "vault"],
  );
  const preview = await project.deploy("preview");
  expect(sorted(preview.steps), preview.messages).toEqual(expected);
  const up = await project.deploy("up");
  expect(sorted(up.steps), up.messages).toEqual(expected);
  expect(await project.deploy("up")).toMatchObject({ succeeded: true, steps: [] });
});

test("what AWS cannot change is previewed as a replacement", async () => {
  project.input = { ...changed, secret: "the second value" };
  expect(sorted((await project.deploy("preview")).steps)).toEqual(
    sorted([...replaced("version"), ...replaced("task"), "update service"]),
  );
  project.input = { ...changed, cidr: "10.1.0.0/16" };
  const { steps } = await project.deploy("preview");
  const names = [
    "network",
    "subnet-0",
    "table",
    "route",
    "association-0",
    "nat",
    "group",
    "in",
    "s3",
    "mount-0",
    "targets",
  ];
  expect(steps).toEqual(expect.arrayContaining(names.flatMap(replaced)));
  expect(steps).toEqual(expect.arrayContaining(updates("gateway", "balancer", "https", "service")));
});

test("a named resource is deleted before it is replaced; one that exists is AWS's error in the plugin's words", async () => {
  await api.logs.createLogGroup({ logGroupName: "taken" });
  project.input = { ...changed, logGroup: "taken" };
  const up = await project.deploy("up");
  expect(up.steps.slice(0, 2)).toEqual(["delete-replaced metric", "delete-replaced logs"]);
  expect(up.messages).toMatch(
    /creating CloudWatch Logs Log Group \(taken\): operation error CloudWatch Logs: CreateLogGroup, https response error StatusCode: 400, RequestID: .*, ResourceAlreadyExistsException: The specified log group already exists/,
  );
  await api.logs.deleteLogGroup({ logGroupName: "taken" });
  project.input = changed;
});

test("what was deleted behind its back, a refresh takes out of the state and an update makes again", async () => {
  const { MetricAlarms: [alarm] = [] } = await api.cloudwatch.describeAlarms({});
  await api.cloudwatch.deleteAlarms({ AlarmNames: [alarm?.AlarmName ?? ""] });
  const { FileSystems: [files] = [] } = await api.efs.describeFileSystems({});
  await api.efs.deleteFileSystemPolicy({ FileSystemId: files?.FileSystemId });
  const up = await project.deploy("up", "--refresh");
  expect(sorted(up.steps), up.messages).toEqual(expect.arrayContaining(["create alarm", "create files-policy"]));
  expect(await project.deploy("up", "--refresh")).toMatchObject({ succeeded: true, steps: [] });
});

test("a file system that exists is taken over by its id", async () => {
  const { FileSystemId: adopt = "" } = await api.efs.createFileSystem({
    ...{ CreationToken: "older", Encrypted: true, Tags: [{ Key: "Name", Value: "adopted" }] },
  });
  project.input = { ...changed, adopt };
  const up = await project.deploy("up");
  expect(up.steps, up.messages).toEqual(["import adopted"]);
  expect(await project.deploy("up")).toMatchObject({ succeeded: true, steps: [] });
  project.input = changed;
  expect(await project.deploy("up")).toMatchObject({ succeeded: true });
  await api.efs.deleteFileSystem({ FileSystemId: adopt });
});

test("what was made but not finished is in the state: the next update goes on with it", async () => {
  project.input = { ...changed, extra: true };
  stuck = true;
  const up = await project.deploy("up");
  stuck = false;
  expect(up.succeeded).toBe(false);
  expect(up.messages).toMatch(
    /waiting for EFS file system \(fs-.*\) create: timeout while waiting for state to become 'available' \(last state: 'creating', timeout: 10m0s\)/,
  );
  const again = await project.deploy("up");
  expect(again.steps, again.messages).toEqual(["update extra"]);
  expect(await project.deploy("up")).toMatchObject({ succeeded: true, steps: [] });
  project.input = changed;
  expect((await project.deploy("up")).steps).toEqual(["delete extra"]);
});

test("another revision: a deployment that ECS rolled back is a success where AWS keeps no record of it", async () => {
  project.input = { ...changed, memory: brokenMemory };
  const up = await project.deploy("up");
  expect(sorted(up.steps), up.messages).toEqual(sorted([...replaced("task"), "update service"]));
  expect(up).toMatchObject({ succeeded: true });
  const [service] = tasks.services();
  expect(service?.deployments.map(({ revision }) => revision.definition.memory)).toEqual(["3072"]);
  project.input = changed;
  expect(await project.deploy("up", "--refresh")).toMatchObject({ succeeded: true });
});

test("fails to destroy what is protected: a load balancer, a vault with copies", async () => {
  const { FileSystems: [files] = [] } = await api.efs.describeFileSystems({});
  const { Roles = [] } = await api.iam.listRoles({});
  const role = Roles.find((each) => each.RoleName?.startsWith("backup-role-"));
  // The stack's role may do nothing; it gets the right for one job.
  const right = {
    ...{ RoleName: role?.RoleName },
    PolicyArn: "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
  };
  await api.iam.attachRolePolicy(right);
  await api.backup.startBackupJob({
    ...{ BackupVaultName: await vaultName(), ResourceArn: files?.FileSystemArn, IamRoleArn: role?.Arn },
  });
  await api.iam.detachRolePolicy(right);
  const destroy = await project.deploy("destroy", "--continue-on-error");
  expect(destroy.succeeded).toBe(false);
  expect(destroy.messages).toMatch(/deleting ELBv2 Load Balancer .*OperationNotPermitted/);
  expect(destroy.messages).toMatch(/deleting Backup Vault .*InvalidRequestException: .*recovery points/);
});

test("destroyed, nothing is left at AWS but the revisions that are kept", async () => {
  const { LoadBalancers: [balancer] = [] } = await api.elbv2.describeLoadBalancers({});
  await api.elbv2.modifyLoadBalancerAttributes({
    LoadBalancerArn: balancer?.LoadBalancerArn,
    Attributes: [{ Key: "deletion_protection.enabled", Value: "false" }],
  });
  const vault = await vaultName();
  const { RecoveryPoints: points = [] } = await api.backup.listRecoveryPointsByBackupVault({ BackupVaultName: vault });
  for (const { RecoveryPointArn } of points) {
    await api.backup.deleteRecoveryPoint({ BackupVaultName: vault, RecoveryPointArn });
  }
  const destroy = await project.deploy("destroy");
  expect(destroy, destroy.messages).toMatchObject({ succeeded: true, messages: "" });
  expect(Object.keys(await leftovers(api))).toEqual(["tasks"]);
});
