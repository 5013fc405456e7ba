import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unusedSettings } from "../../commands/embedded-backend.ts";
import { requireThisMachine } from "../../commands/local-stack.ts";
import { neededPlugins } from "../../commands/plugins.ts";
import { wantedStack } from "../../commands/wanted-stack.ts";
import { likelyName } from "../../infra/likely-name.ts";

const stacks = (files: Readonly<Record<string, string>>): string => {
  const directory = mkdtempSync(join(tmpdir(), "stacks-"));
  for (const [name, target] of Object.entries(files)) {
    writeFileSync(join(directory, `Pulumi.${name}.yaml`), `config:\n  openclaw:target: ${target}\n`);
  }
  return directory;
};

describe("G8: the plugins of a command", () => {
  const own = ["command", "random"];
  const hetzner = [...own, "tls", "hcloud"];

  it.each([
    ["no stack yet", {}, [], own],
    ["a local one only", { local: "local" }, ["up"], own],
    ["a stack that is named", { local: "local", prod: "hetzner" }, ["up", "--stack", "prod"], hetzner],
    ["the other one", { local: "local", prod: "hetzner" }, ["up", "-s", "local"], own],
    ["a stack with its organization", { prod: "hetzner" }, ["up", "--stack=organization/openclaw/prod"], hetzner],
    ["the selected stack, which may be any", { local: "local", prod: "hetzner" }, ["up"], hetzner],
    ["a stack without a file", { prod: "hetzner" }, ["stack", "init", "-s", "new"], hetzner],
    ["a target that does not exist", { prod: "azure" }, ["up"], own],
  ])("%s", (_, files, words, plugins) => {
    expect(neededPlugins(stacks(files), words)).toEqual(plugins);
  });
});

describe("settings of the user's shell that are not used", () => {
  const own = { PULUMI_BACKEND_URL: "file:///data/backend", PULUMI_CONFIG_PASSPHRASE_FILE: "/data/passphrase" };
  const backend = { directory: "/data/backend", environment: { ...own, PULUMI_CONFIG_PASSPHRASE: undefined } };

  it.each<[string, Readonly<Record<string, string>>]>([
    ["none at all", { HOME: "/home/me" }],
    ["the same ones", own],
  ])("%s: nothing is said", (_, variables) => {
    expect(unusedSettings(variables, backend)).toBeUndefined();
  });

  it("are told by name, and where the state is instead; no passphrase is told", () => {
    expect(unusedSettings({ PULUMI_BACKEND_URL: "s3://states" }, backend)).toBe(
      "PULUMI_BACKEND_URL of this shell is not used: this project keeps Pulumi's state in /data/backend, and its passphrase beside it",
    );
    expect(unusedSettings({ PULUMI_CONFIG_PASSPHRASE: "very secret", PULUMI_BACKEND_URL: "" }, backend)).toBe(
      "PULUMI_BACKEND_URL and PULUMI_CONFIG_PASSPHRASE of this shell are not used: this project keeps Pulumi's state in /data/backend, and its passphrase beside it",
    );
  });
});

describe("the stack that npm run new is asked for", () => {
  const asked = (...words: string[]) => wantedStack(words, "help");

  it("has a name and a target", () => {
    expect(asked("prod", "--target", "aws-ecs")).toEqual({ stack: "prod", target: "aws-ecs" });
  });

  it("is not this machine's, which npm start and npm run stop work on without asking", () => {
    expect(() => asked("local", "--target", "aws-ecs")).toThrow(
      '"local" is the stack of this machine, which npm start deploys and npm run stop destroys, without asking.\nType: npm run new -- prod --target aws-ecs',
    );
  });

  it.each([
    ["aws", "aws-ecs"],
    ["AWS_ECS", "aws-ecs"],
    ["Hetzner", "hetzner"],
    ["azure", "<target>"],
    ["", "<target>"],
  ])("of %j is told the nearest target, of none no other cloud's", (target, meant) => {
    expect(() => asked("prod", "--target", target)).toThrow(`Type: npm run new -- prod --target ${meant}`);
  });
});

describe("a command that asks nothing", () => {
  it("refuses a stack of another target, and names the command that asks", () => {
    expect(() => {
      requireThisMachine("npm start", "aws-ecs");
    }).toThrow(
      'npm start is for the gateway on this machine, without asking; the stack "local" has the target aws-ecs.\nType: npm run pulumi -- up --stack local',
    );
    expect(() => {
      requireThisMachine("npm run stop", "hetzner");
    }).toThrow("npm run pulumi -- destroy --stack local");
  });

  it.each(["local", "Local", "azure", undefined])("leaves %j to the program's own judgement", (target) => {
    requireThisMachine("npm start", target);
  });
});

describe("the name that was meant", () => {
  const keys = ["port", "portRange", "memoryMiB", "cpus", "image"];

  it.each([
    ["memoryMib", "memoryMiB"],
    ["memory_mib", "memoryMiB"],
    ["memory", "memoryMiB"],
    ["cpu", "cpus"],
    ["images", "image"],
    ["PORT", "port"],
    ["por", undefined],
    ["im", undefined],
    ["vresion", undefined],
  ])("of %j is %j", (typed, meant) => {
    expect(likelyName(typed, keys)).toBe(meant);
  });
});
