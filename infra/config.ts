/** The one place that reads Pulumi configuration: validated at once and completely, typed behind this file. */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { describeFaults } from "./config-faults.ts";
import { parseConfig } from "./parse-config.ts";
import type { AwsEcsConfig } from "./targets/aws-ecs.ts";
import type { HetznerConfig } from "./targets/hetzner.ts";
import type { LocalConfig } from "./targets/local.ts";

/** Configuration of one target after validation. */
export type Loaded<Config> = Omit<Config, "secrets"> & {
  /** `openclaw:secrets`, each wrapped. */
  readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
  /** Configuration of Pulumi's providers, such as `hcloud:endpoint`; plain, secrets too. */
  readonly providers: Readonly<Record<string, string>>;
};

/** Configuration after validation; `target` tells whose it is. */
export type LoadedConfig = Loaded<LocalConfig> | Loaded<HetznerConfig> | Loaded<AwsEcsConfig>;

const prefix = "openclaw:";
const strip = (name: string): string => name.slice(prefix.length);

/**
 * Names under `openclaw:secrets` that a stack file holds as plain text. Pulumi marks a whole top-level key secret as
 * soon as one of its leaves is, so only the file can tell.
 */
export async function plainSecretNames(stackFile: string): Promise<string[]> {
  let text: string;
  try {
    text = readFileSync(stackFile, "utf8");
  } catch {
    return []; // no such file: configuration came another way (Automation API, ESC), which has no plain text to look at
  }
  const { parse } = await import("yaml");
  const document = parse(text) as { config?: Record<string, unknown> } | null;
  const secrets = document?.config?.["openclaw:secrets"];
  if (typeof secrets !== "object" || secrets === null) return [];
  return Object.entries(secrets as Record<string, unknown>).flatMap(([name, value]) =>
    typeof value === "object" && value !== null && Object.hasOwn(value, "secure") ? [] : [name],
  );
}

/**
 * Reads and validates the stack's configuration.
 *
 * @throws pulumi.RunError naming every fault, with what to type
 */
export async function loadConfig(): Promise<LoadedConfig> {
  // Exported by the SDK but marked internal in its typings; the public API gives secretness only a key at a time and as an Output.
  const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };
  const all = pulumi.runtime.allConfig() as Record<string, string>; // typed as { [key: string]: any }
  const names = Object.keys(all).filter((name) => name.startsWith(prefix));
  const stack = pulumi.getStack();
  const secretKeys = new Set(names.filter(isConfigSecret).map(strip));
  const providers = Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [] : [[name, { value, isSecret: isConfigSecret(name) }]],
    ),
  );
  const parsed = await parseConfig({
    stack,
    values: Object.fromEntries(names.map((name) => [strip(name), all[name] ?? ""])),
    secretKeys,
    plainSecretNames: secretKeys.has("secrets")
      ? await plainSecretNames(`${import.meta.dirname}/../stacks/Pulumi.${stack}.yaml`)
      : [],
    platform: process.platform,
    providers,
    variables: process.env,
  });
  if ("faults" in parsed)
    throw new pulumi.RunError(describeFaults(stack, parsed.faults, process.env["OPENCLAW_PULUMI_CLI"]));
  const secrets = Object.fromEntries(
    Object.entries(parsed.config.secrets).map(([name, value]) => [name, pulumi.secret(value)]),
  );
  return {
    ...parsed.config,
    secrets,
    providers: Object.fromEntries(Object.entries(providers).map(([name, { value }]) => [name, value])),
  };
}
