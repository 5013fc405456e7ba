/** Which plugins a command needs: those of the stacks that it may touch, and of no other cloud. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Target } from "../infra/config-schema.ts";
import type { PluginName } from "../toolchain/main.ts";

/** Plugins whose resources a target's stack registers. */
const targetPlugins: Readonly<Record<Target, readonly PluginName[]>> = {
  local: ["command", "random"],
  hetzner: ["command", "random", "tls", "hcloud"],
  // aws itself is downloaded by the engine: there is no other way to it.
  "aws-ecs": ["command", "random"],
};

const isKnown = (name: string): name is Target => Object.hasOwn(targetPlugins, name);

/** The file of a stack's configuration. @param stacks directory of the stacks' files */
const fileOf = (stacks: string, stack: string): string => join(stacks, `Pulumi.${stack}.yaml`);

const targetIn = (file: string): string | undefined =>
  /^\s+"?openclaw:target"?:\s*["']?([\w-]+)/m.exec(readFileSync(file, "utf8"))?.[1];

/**
 * The target that a stack's file names; it need not be one that exists.
 *
 * @param stacks directory of the stacks' files
 * @returns undefined where there is no file
 */
export function targetOf(stacks: string, stack: string): string | undefined {
  const file = fileOf(stacks, stack);
  return existsSync(file) ? targetIn(file) : undefined;
}

/** The stack that a command names. */
export const namedStack = (words: readonly string[]): string | undefined => {
  for (const [index, word] of words.entries()) {
    const match = /^(?:--stack|-s)(?:=(.+))?$/.exec(word);
    if (match !== null) return (match[1] ?? words[index + 1])?.split("/").at(-1);
  }
  return undefined;
};

/**
 * The plugins that a call of Pulumi may need.
 *
 * @param stacks directory of the stacks' files
 * @param words Pulumi's arguments; when they name no stack, every stack of this clone counts
 */
export function neededPlugins(stacks: string, words: readonly string[]): PluginName[] {
  const named = namedStack(words);
  const files = readdirSync(stacks)
    .filter((name) => /^Pulumi\..+\.yaml$/.test(name))
    .map((name) => join(stacks, name));
  const own = named === undefined ? undefined : fileOf(stacks, named);
  const targets = (own !== undefined && existsSync(own) ? [own] : files).map(targetIn);
  const known = targets.filter((target) => target !== undefined).filter(isKnown);
  return [...new Set([...targetPlugins.local, ...known.flatMap((target) => targetPlugins[target])])];
}
