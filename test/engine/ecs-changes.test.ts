/** What each change of the configuration does to a stack on ECS that is deployed, and what is refused. */
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureToolchain } from "../../toolchain/main.ts";
import { startAwsPlugin } from "../clouds/aws/plugin/start.ts";
import { changing, type Change, type EcsStack, type Plan } from "../support/ecs-stack.ts";
import { ecsWithoutTasks, type EcsWithoutTasks } from "../support/ecs-without-tasks.ts";
import { until } from "../support/until.ts";

let ecs: EcsWithoutTasks;
let prod: EcsStack;

beforeAll(async () => {
  ecs = await ecsWithoutTasks("ecs-changes");
  prod = await ecs.newStack("prod");
  await prod.up();
});

afterAll(() => ecs[Symbol.asyncDispose]());

/** Another release: a revision of the task definition, for the same service. */
const release: Plan = [
  "replace ecs.TaskDefinition gateway-task",
  "update Command gateway-verified",
  "update ecs.Service gateway-service",
];

const plan = (...lines: readonly string[]): Plan => [...lines].sort();

/** Task definitions of the tasks that are to run. */
const running = (): readonly (string | undefined)[] =>
  ecs.tasks
    .tasks()
    .filter(({ desired }) => desired === "RUNNING")
    .map(({ order }) => order.definition.taskDefinitionArn);

/** What a stack keeps for good: ids of the service, of the file system, its access point, and the vault. */
async function kept(): Promise<object> {
  const { FileSystems = [] } = await ecs.clients.efs.describeFileSystems({});
  const { AccessPoints = [] } = await ecs.clients.efs.describeAccessPoints({});
  const { BackupVaultList = [] } = await ecs.clients.backup.listBackupVaults({});
  return {
    services: ecs.tasks.services().map(({ arn }) => arn),
    fileSystems: FileSystems.map(({ FileSystemId }) => FileSystemId),
    accessPoints: AccessPoints.map(({ AccessPointId }) => AccessPointId),
    vaults: BackupVaultList.map(({ BackupVaultName }) => BackupVaultName),
  };
}

test("nothing is done when nothing changed, and a refresh finds nothing", async () => {
  const before = ecs.aws.calls.length;
  expect(await prod.up()).toMatch(/Resources:\n {4}\d+ unchanged\n/);
  await prod.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes");
  expect(changing(ecs.aws.calls.slice(before))).toEqual([]);
});

describe("behind a tunnel", () => {
  test.each<[string, Change, Plan]>([
    ["another version", { "gateway.version": "2026.9.5" }, release],
    [
      "an image in ECR, which ECS has to be let to",
      { "gateway.image.reference": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/openclaw:2026.9.6" },
      plan(...release, "replace iam.RolePolicy gateway-execution"),
    ],
    ["the configuration, and a variable", { "config.logging.level": "debug", "env.TZ": "UTC" }, release],
    ["another port", { "gateway.port": 20_000 }, release],
    ["another size", { "gateway.cpus": 2, "gateway.memoryMiB": 8192 }, release],
    [
      "another token",
      { "gateway.tokenVersion": 2 },
      plan(
        ...release,
        "replace RandomBytes gateway-token",
        "replace secretsmanager.SecretVersion gateway-OPENCLAW_GATEWAY_TOKEN",
      ),
    ],
    [
      "the way out, with which the service is verified again",
      { "network.egress": "public" },
      plan(
        "update Command gateway-verified",
        "update ecs.Service gateway-service",
        "update ec2.RouteTableAssociation network-task-0",
        "update ec2.RouteTableAssociation network-task-1",
        "delete ec2.Eip network-nat",
        "delete ec2.NatGateway network-nat",
        "delete ec2.Route network-task",
        "delete ec2.RouteTable network-task",
        "delete ec2.RouteTableAssociation network-nat",
        "delete ec2.Subnet network-nat",
      ),
    ],
    [
      "endpoints",
      { "network.endpoints": true },
      plan(
        "create Endpoints gateway",
        "create ec2.SecurityGroup gateway-endpoint",
        "create vpc.SecurityGroupIngressRule gateway-endpoint",
        ...["ecr-api", "ecr-dkr", "logs", "s3", "secretsmanager", "ssmmessages"].map(
          (service) => `create ec2.VpcEndpoint gateway-${service}`,
        ),
      ),
    ],
    [
      "who is told, and how long logs and copies are kept",
      { "monitoring.email": "me@example.com", "monitoring.logDays": 60, "data.backupDays": 7 },
      plan(
        "create sns.TopicSubscription gateway-email",
        "update backup.Plan gateway-daily",
        "update cloudwatch.LogGroup gateway-log",
      ),
    ],
    [
      "no more copies, of data that goes with the stack: those that were made stay until then",
      { "data.backupDays": 0, "data.onDestroy": "delete" },
      plan(
        "update backup.Vault gateway-copies",
        "delete backup.Plan gateway-daily",
        "delete backup.Selection gateway-state",
      ),
    ],
  ])("%s", async (_, change, expected) => {
    expect(await prod.plannedWith(change)).toEqual(expected);
  });

  test("its own network and file system by name change nothing; others are refused before anything is done", async () => {
    const { efs, ec2 } = ecs.clients;
    const zones = ["eu-central-1a", "eu-central-1b"];
    const { FileSystems: [own] = [] } = await efs.describeFileSystems({});
    expect(await prod.plannedWith({ "network.zones": zones, "data.adopt": own?.FileSystemId })).toEqual([]);
    const { FileSystemId: other = "" } = await efs.createFileSystem({ CreationToken: "other", Encrypted: true });
    const { Vpc } = await ec2.createVpc({ CidrBlock: "10.99.0.0/24" });
    const told = await prod.refusedWith({
      ...{ "network.cidr": "10.72.0.0/24", "network.zones": zones.toReversed(), "data.adopt": other },
    });
    const ids = (text: string) => text.replaceAll(other, "<other>").replaceAll(String(own?.FileSystemId), "<own>");
    expect(ids(told)).toMatchInlineSnapshot(`
      "the configuration of stack "prod" has 3 faults; nothing was changed

        1. openclaw:network.cidr
           got:     "10.72.0.0/24" for a stack that is in 10.71.0.0/24
           allowed: 10.71.0.0/24: a stack stays in its network, a new one can go on with its file system (openclaw:data.adopt)
           type:    npm run pulumi -- config set --stack prod --path openclaw:network.cidr 10.71.0.0/24

        2. openclaw:network.zones
           got:     eu-central-1b, eu-central-1a for a stack that is in eu-central-1a, eu-central-1b
           allowed: eu-central-1a, eu-central-1b: a stack stays in its network, a new one can go on with its file system (openclaw:data.adopt)
           type:    npm run pulumi -- config rm --stack prod --path openclaw:network.zones

        3. openclaw:data.adopt
           got:     "<other>", for a stack whose state is on <own>
           allowed: <own>: a stack keeps its file system; a new one can go on with <other>
           type:    npm run pulumi -- config set --stack prod --path openclaw:data.adopt <own>"
    `);
    const change = { "network.vpcId": Vpc?.VpcId, "network.taskSubnetIds": ["subnet-01234567", "subnet-89abcdef"] };
    expect(await prod.refusedWith(change)).toContain(
      `got:     "${String(Vpc?.VpcId)}" for a stack that is in a network of its own`,
    );
    await efs.deleteFileSystem({ FileSystemId: other });
    await ec2.deleteVpc({ VpcId: Vpc?.VpcId });
  });

  test("another region is refused before anything is done, there or here", async () => {
    const { FileSystems: [own] = [] } = await ecs.clients.efs.describeFileSystems({});
    const ids = (text: string) => text.replaceAll(String(own?.FileSystemId), "<own>");
    const before = ecs.aws.calls.length;
    await prod.pulumi("config", "set", "aws:region", "eu-west-1");
    expect(ids(await prod.refusedWith({}))).toMatchInlineSnapshot(`
      "the configuration of stack "prod" has 1 fault; nothing was changed

        1. aws:region
           got:     "eu-west-1" for a stack whose state is on <own> in eu-central-1
           allowed: eu-central-1: a file system stays in its region. To move, have AWS Backup copy it to eu-west-1 and restore it there, destroy this stack, and let a new one go on with what was restored (docs/aws-ecs.md, "Archives, and the way back")
           type:    npm run pulumi -- config set --stack prod aws:region eu-central-1"
    `);
    expect(new Set(ecs.aws.calls.slice(before).map(({ region: of }) => of))).toEqual(new Set(["eu-central-1"]));
    await prod.pulumi("config", "rm", "aws:region");
  });

  test("with another account's credentials, nothing that is not found there is forgotten", async () => {
    const role = { RoleArn: "arn:aws:iam::222222222222:role/deployer", RoleSessionName: "other" };
    const { Credentials: other } = await ecs.clients.sts.assumeRole(role);
    const credentials = {
      AWS_ACCESS_KEY_ID: other?.AccessKeyId ?? "",
      AWS_SECRET_ACCESS_KEY: other?.SecretAccessKey ?? "",
      AWS_SESSION_TOKEN: other?.SessionToken ?? "",
    };
    await using plugin = await startAwsPlugin({ ...ecs.environment, ...credentials });
    const toolchain = await ensureToolchain({ plugins: [], report: () => undefined });
    const env = { ...ecs.clone.cliEnvironment(toolchain), ...credentials, ...plugin.environment };
    const inState = async (): Promise<unknown> => {
      const state = JSON.parse(await prod.pulumi("stack", "export")) as {
        deployment: { resources: { urn: string; id?: string }[] };
      }; // Pulumi's own format
      return state.deployment.resources.map(({ urn, id }) => ({ urn, id }));
    };
    const [before, calls] = [await inState(), ecs.aws.calls.length];
    for (const command of ["up", "refresh", "destroy"]) {
      const words = [command, "--yes", "--skip-preview", "--stack", "prod"];
      const options = { cwd: ecs.clone.checkout, env, extendEnv: false, reject: false, all: true } as const;
      const { all, exitCode } = await execa(toolchain.pulumi, words, options);
      expect(exitCode, all).not.toBe(0);
      expect(all).toContain("AWS account ID not allowed: 222222222222");
    }
    expect(await inState()).toEqual(before);
    expect(changing(ecs.aws.calls.slice(calls))).toEqual([]);
    expect(await prod.planned()).toEqual([]);
  });

  test("tags are set on what is there; no task is started for them", async () => {
    const started = ecs.tasks.tasks().length;
    prod.change({ "tags.team": "a" });
    const planned = await prod.planned();
    expect(planned.filter((line) => !line.startsWith("update "))).toEqual([]);
    expect(planned).toContain("update efs.FileSystem gateway-data");
    expect(planned).not.toContain("update Command gateway-verified");
    await prod.up();
    expect(ecs.tasks.tasks()).toHaveLength(started);
  });
});

test("a secret is added, changed and taken away, with the service and the state as they are", async () => {
  const before = await kept();
  const secret = (op: string, version: string) => [
    `${op} secretsmanager.Secret gateway-API_KEY`,
    `${version} secretsmanager.SecretVersion gateway-API_KEY`,
    "replace iam.RolePolicy gateway-execution",
  ];
  await prod.setSecret("secrets.API_KEY", "the first");
  expect(await prod.planned()).toEqual(plan(...release, ...secret("create", "create")));
  const image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/openclaw:2026.9.6";
  prod.change({ "env.TZ": "UTC", "gateway.image.reference": image, "config.logging.level": "debug" });
  // Killed where one permission is made that another one goes for afterwards.
  const { isHeld, release: answer } = ecs.holdAnswer("iam.PutRolePolicy");
  const killed = prod.launchUp();
  await until("the new permission", () => isHeld() || undefined, 120);
  process.kill(-killed.pid, "SIGKILL");
  await killed.result;
  answer();
  await prod.up();
  await prod.setSecret("secrets.API_KEY", "the second");
  expect(await prod.planned()).toEqual(plan(...release, "replace secretsmanager.SecretVersion gateway-API_KEY"));
  await prod.setSecret("secrets.API_KEY", "the first");
  expect(await prod.plannedWith({ secrets: undefined })).toEqual(plan(...release, ...secret("delete", "delete")));
  expect(await kept()).toEqual(before);
  expect(running()).toHaveLength(1);
});

test("a bad image, and a secret and a registry given up with it: the task before starts again, with both", async () => {
  const before = running();
  const reference = "ghcr.io/openclaw/openclaw:2026.9.7";
  ecs.missingImages.add(reference);
  prod.change({ secrets: undefined, "gateway.image": undefined, "gateway.version": "2026.9.7" });
  const { output, exitCode } = await prod.attempt("up");
  expect(exitCode).not.toBe(0);
  expect(output).toContain("which runs again, with its state");
  expect(output).toContain(`CannotPullContainerError: failed to resolve ref ${reference}`);
  expect(running()).toEqual(before);

  prod.change({ "gateway.version": undefined });
  await prod.up();
  const { iam, secretsmanager } = ecs.clients;
  const { SecretList = [] } = await secretsmanager.listSecrets({});
  expect(SecretList.map(({ Name }) => Name)).toEqual([expect.stringMatching(/^gateway-OPENCLAW_GATEWAY_TOKEN-/)]);
  const { Roles = [] } = await iam.listRoles({});
  const RoleName = Roles.find((each) => each.RoleName?.startsWith("gateway-execution-"))?.RoleName;
  expect((await iam.listRolePolicies({ RoleName })).PolicyNames).toHaveLength(1);
});

describe("behind a load balancer", () => {
  const door = [
    ..."LoadBalancer gateway,acm.Certificate gateway-certificate,acm.CertificateValidation gateway-certificate".split(
      ",",
    ),
    ...["load-balancer-5xx", "target-5xx", "unhealthy"].map((name) => `cloudwatch.MetricAlarm gateway-${name}`),
    ...[0, 1].flatMap((zone) => [
      `ec2.RouteTableAssociation network-load-balancer-${String(zone)}`,
      `ec2.Subnet network-load-balancer-${String(zone)}`,
    ]),
    ..."ec2.SecurityGroup gateway-load-balancer,lb.Listener gateway-http,lb.Listener gateway-https".split(","),
    ..."lb.LoadBalancer gateway-alb,lb.TargetGroup gateway-alb".split(","),
    ..."route53.Record gateway-address,route53.Record gateway-validation".split(","),
    "vpc.SecurityGroupEgressRule gateway-gateway-18789",
    ...["443-0-0-0-0-0", "80-0-0-0-0-0", "gateway-18789"].map((name) => `vpc.SecurityGroupIngressRule gateway-${name}`),
  ];
  const doing = (op: string) => door.map((line) => `${op} ${line}`);
  const shell = "update iam.RolePolicy gateway-task";

  test("the way there, and back", async () => {
    const before = await kept();
    const https = { "access.mode": "https", "access.domain": "openclaw.example.com", "access.zoneId": ecs.zoneId };
    prod.change(https);
    expect(await prod.planned()).toEqual(plan(...release, shell, ...doing("create")));
    await prod.up();
    expect(await kept()).toEqual(before);
    expect(await prod.planned()).toEqual([]);
    const tunnel = Object.fromEntries(Object.keys(https).map((key) => [key, undefined]));
    expect(await prod.plannedWith(tunnel)).toEqual(plan(...release, shell, ...doing("delete")));
  });

  test.each<[string, Change, Plan]>([
    [
      "who may connect",
      { "access.allowedCidrs": ["203.0.113.0/24"] },
      plan(
        ...["443", "80"].flatMap((port) => [
          `create vpc.SecurityGroupIngressRule gateway-${port}-203-0-113-0-24`,
          `delete vpc.SecurityGroupIngressRule gateway-${port}-0-0-0-0-0`,
        ]),
      ),
    ],
    [
      "another domain",
      { "access.domain": "claw.example.com" },
      plan(
        ...release,
        "replace acm.Certificate gateway-certificate",
        "replace acm.CertificateValidation gateway-certificate",
        "replace route53.Record gateway-address",
        "replace route53.Record gateway-validation",
        "update lb.Listener gateway-https",
      ),
    ],
    [
      "another port",
      { "gateway.port": 20_000 },
      plan(
        ...release,
        ...["Egress", "Ingress"].flatMap((way) => [
          `create vpc.SecurityGroup${way}Rule gateway-gateway-20000`,
          `delete vpc.SecurityGroup${way}Rule gateway-gateway-18789`,
        ]),
      ),
    ],
    ["ECS Exec", { "access.exec": true }, plan(...release, shell)],
    ["deletion protection", { "access.deletionProtection": true }, plan("update lb.LoadBalancer gateway-alb")],
  ])("%s", async (_, change, expected) => {
    expect(await prod.plannedWith(change)).toEqual(expected);
  });

  test("a bad image with another port: the load balancer reaches the task before on its own", async () => {
    const before = running();
    ecs.missingImages.add("ghcr.io/openclaw/openclaw:2026.9.7");
    prod.change({ "gateway.port": 20_000, "gateway.version": "2026.9.7" });
    const { output, exitCode } = await prod.attempt("up");
    expect(exitCode).not.toBe(0);
    expect(output).toContain("which runs again, with its state");
    expect(running()).toEqual(before);
    const [service] = ecs.tasks.services();
    expect(service?.settings.loadBalancers?.map(({ containerPort }) => containerPort)).toEqual([18_789]);
    const { SecurityGroupRules: rules = [] } = await ecs.clients.ec2.describeSecurityGroupRules({});
    const ways = rules.filter(({ FromPort, IsEgress }) => FromPort === 18_789 && IsEgress !== undefined);
    expect(ways.map(({ IsEgress }) => IsEgress).sort()).toEqual([false, true]);
  });
});
