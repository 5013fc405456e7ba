/** The one place that reads Pulumi configuration: validated at once and completely, typed behind this file. */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { describeFaults, type KeyPath } from "./config-faults.ts";
import { isConfigSecret } from "./config-secret.ts";
import { parseConfig } from "./parse-config.ts";
import type { AwsEcsConfig } from "./targets/aws-ecs.ts";
import type { HetznerConfig } from "./targets/hetzner.ts";
import type { LocalConfig } from "./targets/local.ts";
import { userCli } from "./user-cli.ts";

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

/** What a stack's file tells of secrecy, and Pulumi does not: it marks a whole top-level key secret as soon as one of its leaves is. */
export interface FileSecrecy {
  /** Names under `openclaw:secrets` whose values are plain text. */
  readonly plainSecretNames: readonly string[];
  /** Secure values under any other key of `openclaw:`. */
  readonly securePaths: readonly KeyPath[];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Pulumi writes a secure value as an object with that one key. */
const isSecure = (value: unknown): boolean =>
  isObject(value) && typeof value["secure"] === "string" && Object.keys(value).length === 1;

function securePathsIn(value: unknown, path: KeyPath): KeyPath[] {
  if (isSecure(value)) return [path];
  if (Array.isArray(value)) return value.flatMap((child, index) => securePathsIn(child, [...path, index]));
  return isObject(value) ? Object.entries(value).flatMap(([key, child]) => securePathsIn(child, [...path, key])) : [];
}

/** See {@link FileSecrecy}; nothing without such a file: configuration that came another way (Automation API, ESC) cannot be looked at. */
export async function fileSecrecy(stackFile: string): Promise<FileSecrecy> {
  let text: string;
  try {
    text = readFileSync(stackFile, "utf8");
  } catch {
    return { plainSecretNames: [], securePaths: [] };
  }
  const { parse } = await import("yaml");
  const document = parse(text) as { config?: Record<string, unknown> } | null;
  const own = Object.entries(document?.config ?? {}).filter(([name]) => name.startsWith(prefix));
  const secrets = Object.fromEntries(own)[`${prefix}secrets`];
  return {
    plainSecretNames: isObject(secrets) ? Object.keys(secrets).filter((name) => !isSecure(secrets[name])) : [],
    securePaths: own
      .filter(([name]) => name !== `${prefix}secrets`)
      .flatMap(([name, value]) => securePathsIn(value, [strip(name)])),
  };
}

/**
 * Reads and validates the stack's configuration.
 *
 * @throws pulumi.RunError naming every fault, with what to type
 */
export async function loadConfig(): Promise<LoadedConfig> {
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
    ...(secretKeys.size === 0
      ? { plainSecretNames: [], securePaths: [] }
      : await fileSecrecy(`${import.meta.dirname}/../stacks/Pulumi.${stack}.yaml`)),
    platform: process.platform,
    providers,
    variables: process.env,
  });
  if ("faults" in parsed) throw new pulumi.RunError(describeFaults(stack, parsed.faults, userCli));
  const secrets = Object.fromEntries(
    Object.entries(parsed.config.secrets).map(([name, value]) => [name, pulumi.secret(value)]),
  );
  return {
    ...parsed.config,
    secrets,
    providers: Object.fromEntries(Object.entries(providers).map(([name, { value }]) => [name, value])),
  };
}
