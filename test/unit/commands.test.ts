import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unusedSettings } from "../../commands/embedded-backend.ts";
import { neededPlugins } from "../../commands/plugins.ts";

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
