/** Where a stack's secrets are on ECS: in Secrets Manager, and nowhere else in plain text. The tasks are only written down. */
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { executionCharacters } from "../../components/ecs/execution-size.ts";
import { startAws } from "../clouds/aws/front/aws.ts";
import type { Aws } from "../clouds/aws/front/handler.ts";
import { startAwsPlugin, type AwsPlugin } from "../clouds/aws/plugin/start.ts";
import { awsTasks, type AwsTasks } from "../clouds/aws/tasks/aws-tasks.ts";
import { recordedPark } from "../clouds/aws/tasks/recorded-park.ts";
import { deployer, type Deployer } from "../support/deployer.ts";
import { sampleKeyArn } from "../support/ecs-policies.ts";

const region = "eu-central-1";
const keys = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "canary-of-the-deployer" };
const canary = "canary-of-a-secret-5f0c";
const park = recordedPark();
let tasks: AwsTasks;
let aws: Aws;
let plugin: AwsPlugin;
let clone: Deployer;

beforeAll(async () => {
  tasks = awsTasks({ park: () => park, timings: { schedulerMs: 50 } });
  aws = await startAws({
    handlers: {
      ...tasks.handlers,
      // What the entry point of the task tells its log.
      "logs.GetLogEvents": () => {
        const { healthCheck } = park.tasks.at(-1)?.order.definition.containerDefinitions?.[0] ?? {};
        const { release } = JSON.parse(healthCheck?.command?.at(-1) ?? "{}") as { release?: string }; // bundle.ts wrote it
        const message = `[entrypoint] release ${release ?? ""} is verified: OpenClaw takes the stack's token and no other`;
        return Promise.resolve({ events: [{ message, timestamp: 1 }], nextForwardToken: "f", nextBackwardToken: "b" });
      },
    },
  });
  tasks.connect(aws);
  const environment = { AWS_ENDPOINT_URL: aws.endpoint, AWS_REGION: region, ...keys };
  plugin = await startAwsPlugin(environment);
  clone = deployer("ecs-secrets", {
    ...{ ...environment, ...plugin.environment, OPENCLAW_VERIFY_POLL_MILLISECONDS: "100" },
  });
});

afterAll(async () => {
  clone.remove();
  await plugin[Symbol.asyncDispose]();
  await tasks.stop();
  await aws.stop();
});

/** Every file below, without links. */
const filesBelow = (directory: string): readonly string[] =>
  readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    const stat = lstatSync(path);
    return stat.isDirectory() ? filesBelow(path) : stat.isFile() ? [path] : [];
  });

it("are in no task definition, no file of the deployer's, no output but the token, and in one operation's input", async () => {
  await clone.npm("new", "prod", "--target", "aws-ecs");
  await clone.pulumi("config", "set", "--stack", "prod", "--secret", "--path", "openclaw:secrets.API_KEY", canary);
  await clone.pulumi("config", "set", "--stack", "prod", "--path", "openclaw:gateway.kmsKeyArn", sampleKeyArn);
  const up = await clone.npm("pulumi", "up", "--stack", "prod", "--yes", "--skip-preview");
  expect(up.exitCode, up.output).toBe(0);
  const token = (await clone.pulumi("stack", "output", "token", "--stack", "prod", "--show-secrets")).trim();
  expect(token).toMatch(/^[0-9a-f]{96}$/);

  const secrets = { canary, token, key: keys.AWS_SECRET_ACCESS_KEY };
  /** Their names: a failure tells no value. */
  const held = (text: string): readonly string[] =>
    Object.entries(secrets).flatMap(([name, secret]) => (text.includes(secret) ? [name] : []));
  const told = aws.calls.filter(({ input }) => held(JSON.stringify(input)).length > 0);
  expect(told.map(({ service, operation }) => `${service}.${operation}`)).toEqual([
    "secretsmanager.PutSecretValue",
    "secretsmanager.PutSecretValue",
  ]);
  expect(held(told.map(({ input }) => JSON.stringify(input)).join(""))).toEqual(["canary", "token"]);

  const made = aws.calls.filter(({ operation }) => operation === "CreateSecret").map(({ input }) => input["KmsKeyId"]);
  expect(made).toEqual([sampleKeyArn, sampleKeyArn]);

  const permission = aws.calls.flatMap(({ operation, input }) =>
    operation === "PutRolePolicy"
      ? [String(input["PolicyDocument"])].filter((text) => text.includes("ReadSecrets"))
      : [],
  );
  // What is reckoned is for regions and partitions with longer names: 9 characters in each of three ARNs, 2 in a condition.
  expect(permission.map(({ length }) => length)).toEqual([
    executionCharacters({ secrets: ["API_KEY"], image: "", secretsKeyArn: sampleKeyArn }) - 3 * 9 - 2,
  ]);

  expect(park.tasks).toHaveLength(1);
  expect(held(JSON.stringify(park.tasks.map(({ order }) => order)))).toEqual([]);
  expect(held(up.output)).toEqual([]);
  expect(held(await clone.pulumi("stack", "export", "--stack", "prod"))).toEqual([]);
  expect(held(await clone.pulumi("stack", "output", "--stack", "prod", "--json"))).toEqual([]);
  const files = [...filesBelow(clone.checkout), ...filesBelow(clone.home)];
  expect(files.some((path) => path.endsWith("Pulumi.prod.yaml"))).toBe(true);
  expect(files.filter((path) => held(readFileSync(path, "latin1")).length > 0)).toEqual([]);
});
