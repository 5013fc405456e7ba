import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
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
