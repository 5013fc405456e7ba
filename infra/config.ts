/** The one place that judges the Pulumi configuration: validated at once and completely, typed behind this file. */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { describeFaults } from "./config-faults.ts";
import { parseConfig } from "./parse-config.ts";
import { settingsOf, type Settings } from "./stack-settings.ts";
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
export async function loadConfig(settings: Settings): Promise<LoadedConfig> {
  const own = settingsOf(settings, "openclaw");
  const stack = pulumi.getStack();
  const secretKeys = new Set(Object.keys(own).filter((name) => own[name]?.isSecret));
  const providers = Object.fromEntries(Object.entries(settings).filter(([name]) => !name.startsWith("openclaw:")));
  const parsed = await parseConfig({
    stack,
    values: Object.fromEntries(Object.entries(own).map(([name, { value }]) => [name, value])),
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
