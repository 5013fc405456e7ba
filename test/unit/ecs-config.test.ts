/** The configuration of a stack on ECS: what it becomes, and what it is told. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { describeFaults } from "../../infra/config-faults.ts";
import { parseConfig } from "../../infra/parse-config.ts";
import { adoptCommand } from "../../infra/targets/aws-ecs/adopt-command.ts";
import { messagesOf, raw } from "../support/raw-config.ts";
import { objectionCommand } from "../../infra/targets/objections.ts";
import { providerKeys } from "../../infra/targets/aws-ecs/provider-rules.ts";
import { adopted, badConfigurations, ecs, region } from "./ecs/bad-configurations.ts";

const accepted = async (values: Readonly<Record<string, unknown>>) => {
  const parsed = await parseConfig(raw(values, { providers: region }));
  if ("faults" in parsed) throw new Error(describeFaults("dev", parsed.faults));
  return parsed.config;
};

describe("a good configuration", () => {
  const defaults = {
    target: "aws-ecs",
    gateway: {
      version: "2026.9.6",
      port: 18_789,
      tokenVersion: 1,
      cpus: 1,
      memoryMiB: 3072,
      image: { packages: [], binaries: [] },
    },
    config: {},
    env: {},
    secrets: {},
    access: { mode: "tunnel", allowedCidrs: [], deletionProtection: false },
    network: {
      cidr: "10.71.0.0/24",
      zones: [],
      egress: "nat",
      endpoints: false,
      taskSubnetIds: [],
      loadBalancerSubnetIds: [],
    },
    data: { onDestroy: "retain", path: "/openclaw", archives: { everyHours: 24, keep: 7 }, backupDays: 35 },
    monitoring: { logDays: 30 },
    tags: {},
  };

  it("needs nothing but its target: every default is the safe one", async () => {
    expect(await accepted(ecs)).toEqual(defaults);
  });

  it("is the example, which shows the defaults", async () => {
    const file = join(import.meta.dirname, "../../stacks/examples/aws-ecs.yaml");
    const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
    const values = Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key.slice("openclaw:".length), value]),
    );
    expect(await accepted(values)).toEqual(defaults);
  });

  it("may use a network that exists", async () => {
    expect(await accepted(adopted)).toMatchObject(adopted);
  });

  it("takes a fraction as pulumi config set --path writes it, which is text", async () => {
    const { gateway } = await accepted({ ...ecs, gateway: { cpus: "0.5", memoryMiB: 2048 } });
    expect(gateway).toMatchObject({ cpus: 0.5 });
  });

  it("takes the region of the environment too", async () => {
    expect(await parseConfig(raw(ecs, { variables: { AWS_DEFAULT_REGION: "us-gov-west-1" } }))).toHaveProperty(
      "config",
    );
  });
});

describe("bad configurations", () => {
  it("are at least thirty", () => {
    expect(badConfigurations.length).toBeGreaterThanOrEqual(30);
  });

  it("each have their exact message", async () => {
    const all = await messagesOf(badConfigurations);
    expect(all).not.toContain("canary");
    await expect(all).toMatchFileSnapshot("golden/ecs-bad-configurations.txt");
  });
});

it("knows what Pulumi's provider of AWS knows", () => {
  const file = join(import.meta.dirname, "../../node_modules/@pulumi/aws/config/vars.d.ts");
  const declared = [...readFileSync(file, "utf8").matchAll(/^export declare const (\w+):/gm)].map(([, name]) => name);
  expect(declared.length).toBeGreaterThan(30);
  expect([...providerKeys].sort()).toEqual(declared.sort());
});

it.each([
  [{ value: "Z1" }, "--path openclaw:access.zoneId Z1"],
  [{ value: "<zone id>" }, "--path openclaw:access.zoneId '<zone id>'"],
  [{ value: "<profile>", name: "aws:profile" }, "aws:profile '<profile>'"],
])("types against what AWS knows can be pasted: %j", (objection, words) => {
  expect(objectionCommand({ path: ["access", "zoneId"], ...objection })).toBe(`pulumi config set ${words}`);
});

it("tells a new stack the directory that the state is in, too, when it is not the usual one", () => {
  const usual = "npm run pulumi -- config set --stack prod --path openclaw:data.adopt fs-1";
  expect(adoptCommand("fs-1", "/openclaw", "prod", "npm run pulumi --")).toBe(usual);
  expect(adoptCommand("fs-1", "/elsewhere", "prod", "npm run pulumi --")).toBe(
    `${usual} && npm run pulumi -- config set --stack prod --path openclaw:data.path /elsewhere`,
  );
});
