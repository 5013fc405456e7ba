/** A stack at the simulated AWS, as its deployer works on it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { parseDocument } from "yaml";
import type { Aws, Call } from "../clouds/aws/front/handler.ts";
import type { CommandResult, Deployer, RunningCommand } from "./deployer.ts";

/** Values of keys by their path under `openclaw:`; undefined removes the key. */
export type Change = Readonly<Record<string, unknown>>;

/** What a preview announces, such as `update ecs.Service gateway-service`, sorted; what stays the same is left out. */
export type Plan = readonly string[];

/** See the file's comment. */
export interface EcsStack {
  readonly name: string;
  /** Writes keys into the stack's file; for what is no secret. */
  readonly change: (change: Change) => void;
  /** `pulumi config set --secret` */
  readonly setSecret: (key: string, value: string) => Promise<string>;
  /** Standard output of the Pulumi CLI on this stack. @throws Error when it fails */
  readonly pulumi: (...words: string[]) => Promise<string>;
  /** `up` or `destroy` without a preview before it. */
  readonly attempt: (command: "up" | "destroy") => Promise<CommandResult>;
  /** The same; returns what it said. @throws Error with it when it fails */
  readonly up: () => Promise<string>;
  /** `up` in the background, in a process group of its own. */
  readonly launchUp: () => RunningCommand;
  readonly planned: () => Promise<Plan>;
  /** What a preview with these keys announces; they are as before afterwards. */
  readonly plannedWith: (change: Change) => Promise<Plan>;
  /** The fault that an `up` tells, with these keys. @throws when it changes anything at AWS */
  readonly refusedWith: (change: Change) => Promise<string>;
}

/** Operations that change something. */
export const changing = (calls: readonly Call[]): string[] =>
  calls
    .filter(({ operation }) => !/^(Describe|Get|List)/.test(operation))
    .map(({ service, operation }) => `${service}.${operation}`);

/** `aws:ecs/service:Service` → `ecs.Service` */
const shortType = (type: string): string => type.replace(/^aws:(\w+)\/\w+:/, "$1.").replace(/^\w+:\w+(\/\w+)?:/, "");

/** The program's own error in what Pulumi printed. */
const faultIn = (text: string): string =>
  (/ {4}error: (.*?)\n\s*\n(?:Resources|Outputs):/s.exec(text)?.[1] ?? text).replaceAll(/^ {4}/gm, "").trim();

/** Makes a stack with `npm run new`; nothing is deployed yet. */
export async function ecsStack(clone: Deployer, aws: Aws, name: string): Promise<EcsStack> {
  const made = await clone.npm("new", name, "--target", "aws-ecs");
  expect(made.exitCode, made.output).toBe(0);
  const file = join(clone.checkout, `stacks/Pulumi.${name}.yaml`);
  const pulumi: EcsStack["pulumi"] = (...words) => clone.pulumi(...words, "--stack", name);
  const words = (command: "up" | "destroy") => ["pulumi", command, "--stack", name, "--yes", "--skip-preview"] as const;
  const attempt: EcsStack["attempt"] = (command) => clone.npm(...words(command));
  const change: EcsStack["change"] = (values) => {
    const document = parseDocument(readFileSync(file, "utf8"));
    for (const [key, value] of Object.entries(values)) {
      const [first = "", ...rest] = key.split(".");
      const path = ["config", `openclaw:${first}`, ...rest];
      if (value === undefined) document.deleteIn(path);
      else document.setIn(path, document.createNode(value));
    }
    writeFileSync(file, document.toString());
  };
  const during = async <T>(values: Change, work: () => Promise<T>): Promise<T> => {
    const before = readFileSync(file, "utf8");
    change(values);
    try {
      return await work();
    } finally {
      writeFileSync(file, before);
    }
  };
  const planned: EcsStack["planned"] = async () => {
    const { steps } = JSON.parse(await clone.cli("preview", "--json", "--refresh=false", "--stack", name)) as {
      steps: { op: string; urn: string }[];
    };
    const changes = steps.filter(({ op }) => !["same", "read", "refresh"].includes(op));
    const line = ({ op, urn }: { op: string; urn: string }): string => {
      const [, , types = "", resource = ""] = urn.split("::");
      return `${op} ${shortType(types.split("$").at(-1) ?? "")} ${resource}`;
    };
    return changes.map(line).sort();
  };
  return {
    ...{ name, change, pulumi, attempt, planned },
    setSecret: (key, value) =>
      clone.cli("config", "set", "--secret", "--path", `openclaw:${key}`, value, "--stack", name),
    up: async () => {
      const { output, exitCode } = await attempt("up");
      if (exitCode !== 0) throw new Error(`up ended with ${String(exitCode)}:\n${output}`);
      return output;
    },
    launchUp: () => clone.launch(...words("up")),
    plannedWith: (values) => during(values, planned),
    refusedWith: (values) =>
      during(values, async () => {
        const before = aws.calls.length;
        const { output, exitCode } = await attempt("up");
        expect(exitCode, output).not.toBe(0);
        expect(changing(aws.calls.slice(before))).toEqual([]);
        return faultIn(output);
      }),
  };
}
