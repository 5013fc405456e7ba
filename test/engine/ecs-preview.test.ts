/** A stack on ECS as its deployer begins it: made with `npm run new`, previewed by the real engine, refused before anything is made. */
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateFileSystemCommand, EFSClient } from "@aws-sdk/client-efs";
import { Route53 } from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stateFileOf } from "../../commands/state-files.ts";
import { startAws } from "../clouds/aws/front/aws.ts";
import type { Aws } from "../clouds/aws/front/handler.ts";
import { startAwsPlugin, type AwsPlugin } from "../clouds/aws/plugin/start.ts";
import { deployer, type Deployer } from "../support/deployer.ts";

const credentials = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "test" };
let aws: Aws;
let plugin: AwsPlugin;
let clone: Deployer;
let zoneId = "";
const client = () => ({
  endpoint: aws.endpoint,
  region: "eu-central-1",
  credentials: { accessKeyId: credentials.AWS_ACCESS_KEY_ID, secretAccessKey: credentials.AWS_SECRET_ACCESS_KEY },
});

beforeAll(async () => {
  aws = await startAws();
  const environment = { AWS_ENDPOINT_URL: aws.endpoint, AWS_REGION: "eu-central-1", ...credentials };
  plugin = await startAwsPlugin(environment);
  // Of another project of the same person.
  const theirs = { PULUMI_BACKEND_URL: "s3://states", PULUMI_CONFIG_PASSPHRASE: "canary-passphrase" };
  clone = deployer("ecs-preview", { ...environment, ...plugin.environment, ...theirs });
  const zone = await new Route53(client()).createHostedZone({ Name: "example.com", CallerReference: "1" });
  zoneId = (zone.HostedZone?.Id ?? "").replace("/hostedzone/", "");
});

afterAll(async () => {
  clone.remove();
  await plugin[Symbol.asyncDispose]();
  await aws.stop();
});

const set = (stack: string, key: string, value: string): Promise<string> =>
  clone.pulumi("config", "set", "--stack", stack, "--path", `openclaw:${key}`, value);

/** Previews a stack. @returns what it would create, by type; AWS was asked and not changed */
async function previewed(stack: string): Promise<Record<string, number>> {
  const before = aws.calls.length;
  const { steps } = JSON.parse(await clone.pulumi("preview", "--stack", stack, "--json")) as {
    steps: { op: string; newState: { type: string } }[];
  };
  expect(aws.calls.slice(before).filter(({ operation }) => !/^(Describe|Get|List)/.test(operation))).toEqual([]);
  expect(new Set(steps.map(({ op }) => op))).toEqual(new Set(["create"]));
  const counts: Record<string, number> = {};
  for (const { newState } of steps) counts[newState.type] = (counts[newState.type] ?? 0) + 1;
  return counts;
}

it("is made by npm run new, and previews as it is made: nothing but the region has to be set", async () => {
  const { output, exitCode } = await clone.npm("new", "tunnel", "--target", "aws-ecs");
  expect(exitCode, output).toBe(0);
  expect(output).toContain("config set --stack tunnel aws:region eu-central-1");
  expect(output).toMatch(/^PULUMI_BACKEND_URL and PULUMI_CONFIG_PASSPHRASE of this shell are not used: /m);
  expect(output).not.toContain("canary-passphrase");
  expect(existsSync(stateFileOf(join(clone.home, ".local/share/pulumi-openclaw/backend"), "tunnel"))).toBe(true);
  const counts = await previewed("tunnel");
  expect(counts).toMatchObject({
    "aws:ecs/service:Service": 1,
    "aws:efs/fileSystem:FileSystem": 1,
    "aws:efs/mountTarget:MountTarget": 2,
    "aws:ec2/natGateway:NatGateway": 1,
    "command:local:Command": 1,
  });
  expect(counts).not.toHaveProperty("aws:lb/loadBalancer:LoadBalancer");
});

it("is nothing that npm start and npm run stop touch: they ask nothing", async () => {
  expect((await clone.npm("new", "local", "--target", "aws-ecs")).output).toContain("npm run new -- prod --target");
  const stacks = join(clone.checkout, "stacks");
  copyFileSync(join(stacks, "examples/aws-ecs.yaml"), join(stacks, "Pulumi.local.yaml"));
  const before = aws.calls.length;
  for (const command of ["start", "stop"]) {
    const { output, exitCode } = await clone.npm(command);
    expect(output).toContain('the stack "local" has the target aws-ecs');
    expect(exitCode).toBe(1);
  }
  expect(aws.calls.slice(before)).toEqual([]);
});

it("previews with a load balancer, a certificate and endpoints", async () => {
  await clone.npm("new", "https", "--target", "aws-ecs");
  for (const [key, value] of [
    ["access.mode", "https"],
    ["access.domain", "openclaw.example.com"],
    ["access.zoneId", zoneId],
    ["network.egress", "public"],
    ["network.endpoints", "true"],
  ] as const)
    await set("https", key, value);
  const counts = await previewed("https");
  expect(counts).toMatchObject({
    "aws:lb/loadBalancer:LoadBalancer": 1,
    "aws:lb/listener:Listener": 2,
    "aws:acm/certificateValidation:CertificateValidation": 1,
    "aws:route53/record:Record": 2,
    "aws:ec2/vpcEndpoint:VpcEndpoint": 6,
  });
  expect(counts).not.toHaveProperty("aws:ec2/natGateway:NatGateway");
});

it("goes on with a file system as AWS Backup restores it: in a directory of its own, with tags that only AWS may set", async () => {
  const directory = "/aws-backup-restore_2026-11-21T03-10-00-123Z/openclaw";
  const archive = "2026-11-21T03-00-00-000Z-openclaw-2026.9.6.tar.gz";
  const { FileSystemId = "" } = await new EFSClient(client()).send(
    new CreateFileSystemCommand({
      ...{ CreationToken: "restored", Encrypted: true, PerformanceMode: "generalPurpose", Backup: true },
      Tags: [{ Key: "restored", Value: "by us" }],
    }),
  );
  await clone.npm("new", "restored", "--target", "aws-ecs");
  await set("restored", "data.adopt", FileSystemId);
  await set("restored", "data.path", directory);
  await set("restored", "data.restore", archive);
  const { steps } = JSON.parse(await clone.pulumi("preview", "--stack", "restored", "--json")) as {
    steps: { op: string; newState: { type: string; inputs: Record<string, unknown> } }[];
  };
  const one = (type: string) => steps.filter(({ newState }) => newState.type === type);
  const files = one("aws:efs/fileSystem:FileSystem").map(({ op, newState }) => [op, newState.inputs["tags"]]);
  expect(files).toEqual([["import", { restored: "by us" }]]);
  const rootDirectory = { path: directory, creationInfo: { ownerUid: 1000, ownerGid: 1000, permissions: "0700" } };
  const points = one("aws:efs/accessPoint:AccessPoint").map(({ newState }) => newState.inputs["rootDirectory"]);
  expect(points).toEqual([rootDirectory]);
});

it("is refused for everything that AWS knows at once, before anything is made", async () => {
  await new EC2Client(client()).send(new CreateVpcCommand({ CidrBlock: "10.71.0.0/16" }));
  const elsewhere = "arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef";
  for (const [key, value] of [
    ["access.domain", "openclaw.example.org"],
    ["access.certificateArn", elsewhere],
    ["network.zones[0]", "eu-central-1a"],
    ["network.zones[1]", "eu-central-1x"],
  ] as const)
    await set("https", key, value);
  const before = aws.calls.length;
  const { output, exitCode } = await clone.npm("pulumi", "up", "--stack", "https", "--yes", "--skip-preview");
  expect(exitCode).not.toBe(0);
  expect(output).toContain("has 4 faults; nothing was changed");
  expect(output).toMatch(
    /openclaw:network\.cidr\s+got: {5}"10\.71\.0\.0\/24", which overlaps 10\.71\.0\.0\/16 of vpc-/,
  );
  expect(output).toMatch(/openclaw:network\.zones\[1\]\s+got: {5}"eu-central-1x", which eu-central-1 does not have/);
  expect(output).toMatch(/openclaw:access\.certificateArn\s+got: {5}a certificate of us-east-1/);
  expect(output).toMatch(/openclaw:access\.zoneId\s+got: {5}"[A-Z0-9]+", which holds example\.com/);
  expect(output).toContain("npm run pulumi -- config set --stack https --path openclaw:network.cidr 10.72.0.0/24");
  expect(aws.calls.slice(before).filter(({ operation }) => !/^(Describe|Get|List)/.test(operation))).toEqual([]);
});

it("is refused for everything that the file says wrong at once, before AWS is asked", async () => {
  for (const [key, value] of [
    ["access.mode", "https"],
    ["gateway.memoryMiB", "9000"],
    ["gateway.image.packages[0]", "ripgrep"],
  ] as const)
    await set("tunnel", key, value);
  const before = aws.calls.length;
  const { output, exitCode } = await clone.npm("pulumi", "up", "--stack", "tunnel", "--yes", "--skip-preview");
  expect(exitCode).not.toBe(0);
  for (const key of ["gateway\\.memoryMiB", "gateway\\.image\\.packages", "access\\.domain"])
    expect(output).toMatch(new RegExp(`openclaw:${key}\\s+got:`));
  expect(output).toMatch(/has \d+ faults; nothing was changed/);
  expect(aws.calls.slice(before)).toEqual([]);
});
