/** A stack at the simulated Hetzner Cloud, as its deployer works on it. */
import { expect } from "vitest";
import type { CommandOutputs, DataOutputs, GatewayOutputs, HostOutputs } from "../../infra/outputs.ts";
import type { HetznerCloud } from "../clouds/hetzner/hetzner-cloud.ts";
import type { CommandResult, Deployer, RunningCommand } from "./deployer.ts";

/** What `pulumi stack output --json --show-secrets` gives. */
export interface HetznerOutputs {
  readonly contract: number;
  readonly gateway: GatewayOutputs;
  readonly token: string;
  readonly host: HostOutputs;
  readonly data: DataOutputs;
  readonly commands: Required<CommandOutputs>;
  readonly release: { readonly id: string };
}

/** See the file's comment. */
export interface HetznerStack {
  readonly name: string;
  /** Standard output of the Pulumi CLI on this stack. @throws Error when it fails */
  readonly pulumi: (...words: string[]) => Promise<string>;
  readonly set: (key: string, value: string, ...flags: string[]) => Promise<string>;
  readonly unset: (key: string) => Promise<string>;
  /** `up` or `destroy` without a preview before it. */
  readonly attempt: (command: "up" | "destroy") => Promise<CommandResult>;
  /** The same; returns what it said. @throws Error with it when it fails */
  readonly up: () => Promise<string>;
  readonly destroy: () => Promise<string>;
  /** `up` in the background, in a process group of its own. */
  readonly launchUp: () => RunningCommand;
  /** What a preview announces, by resource; what stays the same is left out. */
  readonly planned: () => Promise<Readonly<Record<string, string>>>;
  /** The fault that a preview and an `up` both tell, with `<id>` for ids. @throws when either changes anything */
  readonly refused: () => Promise<string>;
  readonly outputs: () => Promise<HetznerOutputs>;
  /** Everything that `up` and `destroy` printed so far. */
  readonly said: () => string;
}

/** How a stack is deployed by a test. */
export interface HetznerStackSettings {
  /** Settings of the provider. */
  readonly poll: Readonly<Record<string, string>>;
  /** One range that may reach SSH. */
  readonly allowedCidr: string;
  /** One public key. */
  readonly authorizedKey: string;
}

/** Makes a stack with `npm run new`, and sets what has no default; nothing is deployed yet. */
export async function hetznerStack(
  clone: Deployer,
  cloud: HetznerCloud,
  name: string,
  { poll, allowedCidr, authorizedKey }: HetznerStackSettings,
): Promise<HetznerStack> {
  const pulumi: HetznerStack["pulumi"] = (...words) => clone.pulumi(...words, "--stack", name);
  const cli = (...words: string[]) => clone.cli(...words, "--stack", name);
  const config = (...words: string[]) => cli("config", "set", ...words);
  const set: HetznerStack["set"] = (key, value, ...flags) => config("--path", ...flags, `openclaw:${key}`, value);
  const changing = (command: "up" | "destroy") =>
    ["pulumi", command, "--stack", name, "--yes", "--skip-preview"] as const;
  let said = "";
  const attempt: HetznerStack["attempt"] = async (command) => {
    const result = await clone.npm(...changing(command));
    said += result.output;
    return result;
  };
  const succeed = async (command: "up" | "destroy"): Promise<string> => {
    const { output, exitCode } = await attempt(command);
    if (exitCode !== 0) throw new Error(`${command} ended with ${String(exitCode)}:\n${output}`);
    return output;
  };

  const made = await clone.npm("new", name, "--target", "hetzner");
  expect(made.output).toContain(`config set --stack ${name} --secret hcloud:token`);
  await config("--secret", "hcloud:token", cloud.token);
  await config("hcloud:endpoint", cloud.endpoint);
  for (const [key, value] of Object.entries(poll)) await config(`hcloud:${key}`, value);
  await set("ssh.allowedCidrs[0]", allowedCidr);
  await set("ssh.authorizedKeys[0]", authorizedKey);

  return {
    name,
    pulumi,
    set,
    attempt,
    unset: (key) => cli("config", "rm", "--path", `openclaw:${key}`),
    up: () => succeed("up"),
    destroy: () => succeed("destroy"),
    launchUp: () => clone.launch(...changing("up")),
    planned: async () => {
      const { steps } = JSON.parse(await cli("preview", "--json")) as { steps: { op: string; urn: string }[] };
      const changes = steps.filter(({ op }) => !["same", "read", "refresh"].includes(op));
      return Object.fromEntries(changes.map(({ op, urn }) => [urn.split("::").at(-1) ?? "", op]));
    },
    refused: async () => {
      const before = cloud.requests.length;
      const previewed = await clone.npm("pulumi", "preview", "--stack", name);
      const applied = await attempt("up");
      for (const { output, exitCode } of [previewed, applied]) expect(exitCode, output).not.toBe(0);
      const changes = cloud.requests.slice(before).filter(({ method }) => method !== "GET");
      expect(changes).toEqual([]);
      expect(faultIn(applied.output)).toBe(faultIn(previewed.output));
      return faultIn(applied.output).replaceAll(/\b1\d{7}\b/g, "<id>");
    },
    said: () => said,
    outputs: async () => JSON.parse(await cli("stack", "output", "--json", "--show-secrets")) as HetznerOutputs,
  };
}

/** The program's own error in what Pulumi printed. */
const faultIn = (text: string): string =>
  (/ {4}error: (.*?)\n\s*\n(?:Resources|Outputs):/s.exec(text)?.[1] ?? text).replaceAll(/^ {4}/gm, "").trim();
