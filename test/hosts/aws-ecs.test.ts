/** A stack on ECS from nothing to verified: the real CLI and the real OpenClaw, in a simulated account whose tasks run. */
import { Route53 } from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startAwsPlugin, type AwsPlugin } from "../clouds/aws/plugin/start.ts";
import { fargateAws, type FargateAws } from "../clouds/aws/tasks/fargate-aws.ts";
import { openclawImage } from "../clouds/machines/images.ts";
import { deployer, type CommandResult, type Deployer } from "../support/deployer.ts";

const region = "eu-central-1";
const keys = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "test" };
let world: FargateAws;
let plugin: AwsPlugin;
let clone: Deployer;

beforeAll(async () => {
  world = await fargateAws({ region });
  await openclawImage("2026.9.6");
  const environment = { ...world.environment, ...keys };
  plugin = await startAwsPlugin(environment);
  clone = deployer("aws-ecs", { ...environment, ...plugin.environment });
  const credentials = { accessKeyId: keys.AWS_ACCESS_KEY_ID, secretAccessKey: keys.AWS_SECRET_ACCESS_KEY };
  const zones = new Route53({ endpoint: world.aws.endpoint, region, credentials });
  const { HostedZone } = await zones.createHostedZone({ Name: "example.com", CallerReference: "1" });
  await clone.npm("new", "prod", "--target", "aws-ecs");
  await set("access.mode", "https");
  await set("access.domain", "openclaw.example.com");
  await set("access.zoneId", (HostedZone?.Id ?? "").replace("/hostedzone/", ""));
});

afterAll(async () => {
  clone.remove();
  await plugin[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const set = (key: string, value: string): Promise<string> =>
  clone.pulumi("config", "set", "--stack", "prod", "--path", `openclaw:${key}`, value);
const up = (): Promise<CommandResult> => clone.npm("pulumi", "up", "--stack", "prod", "--yes", "--skip-preview");
it("goes from nothing to verified through the load balancer's name", async () => {
  const { output, exitCode } = await up();
  expect(exitCode, output).toBe(0);
  const outputs = JSON.parse(await clone.pulumi("stack", "output", "--stack", "prod", "--json")) as {
    gateway: object;
    token: string;
  };
  expect(outputs.gateway).toMatchObject({ url: "https://openclaw.example.com/", reach: "https", target: "aws-ecs" });
  expect(outputs.token).toBe("[secret]");
});

it("does nothing when nothing changed", async () => {
  const { output, exitCode } = await up();
  expect(exitCode, output).toBe(0);
  expect(output).toMatch(/Resources:\n {4}\d+ unchanged\n/);
});

it("goes back to the task and the state before when OpenClaw refuses the configuration, and says why", async () => {
  await set("config.nonsense.key", "text");
  const { output, exitCode } = await up();
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(
    /release [0-9a-f]{12} did not become the gateway: ECS went back to the task before, \S+:1, which runs again, with its state/,
  );
  expect(output).toContain("container gateway: ended with 78");
  await clone.pulumi("config", "rm", "--stack", "prod", "--path", "openclaw:config.nonsense");
  const again = await up();
  expect(again.exitCode, again.output).toBe(0);
});
