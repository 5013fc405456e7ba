/** The one place that reads Pulumi configuration: validated at once and completely, typed behind this file. */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { configSchema, type OpenclawConfig } from "./config-schema.ts";
import {
  describeFaults,
  faultsOf,
  removeCommand,
  setCommand,
  shown,
  type Fault,
  type KeyPath,
} from "./config-faults.ts";
import { ruleFaults } from "./config-rules.ts";

/** What Pulumi hands to a program, and what it is judged against. */
export interface RawConfig {
  readonly stack: string;
  /** Everything under `openclaw:`, without the prefix; objects are JSON text, as Pulumi delivers them. */
  readonly values: Readonly<Record<string, string>>;
  /** Top-level keys that hold at least one secure value: Pulumi marks whole keys. */
  readonly secretKeys: ReadonlySet<string>;
  /** Names under `openclaw:secrets` that the stack's file holds in plain text. */
  readonly plainSecretNames: readonly string[];
  readonly platform: NodeJS.Platform;
}

/** Configuration after validation; what `loadConfig` gives has its secrets wrapped. */
export type LoadedConfig = Omit<OpenclawConfig, "secrets"> & {
  readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
};

interface Lossy {
  readonly key: string;
  readonly source: string;
}

/** JSON numbers that do not survive reading: chat ids are often longer than 53 bits. */
const lossyNumbers = (text: string): Lossy[] => {
  const found: Lossy[] = [];
  // ES2025 "JSON.parse source text access"; the library typings do not have the third argument yet.
  const reviver = (key: string, value: unknown, context?: { source?: string }): unknown => {
    const source = context?.source;
    if (source !== undefined && /^-?\d+$/.test(source) && !Number.isSafeInteger(value)) {
      found.push({ key, source });
    }
    return value;
  };
  JSON.parse(text, reviver);
  return found;
};

const pathOfKey = (value: unknown, key: string, path: KeyPath): KeyPath | undefined => {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, child] of Object.entries(value)) {
    const part = Array.isArray(value) ? Number(name) : name;
    if (name === key && typeof child === "number" && !Number.isSafeInteger(child)) return [...path, part];
    const found = pathOfKey(child, key, [...path, part]);
    if (found !== undefined) return found;
  }
  return undefined;
};

const decode = (name: string, text: string, isSecret: boolean): { value: unknown; faults: Fault[] } => {
  if (name === "target" || !/^\s*[[{]/.test(text)) return { value: text, faults: [] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { value: text, faults: [] }; // text that begins with a bracket: the schema says what is wanted
  }
  const faults = lossyNumbers(text).map(({ key, source }): Fault => {
    const path = pathOfKey(value, key, [name]) ?? [name, key];
    return {
      path,
      got: isSecret ? "[secret]" : `${source}, which a number cannot hold exactly`,
      allowed: "whole numbers up to 9007199254740991; longer ones (chat ids) as text",
      type: setCommand(path, isSecret ? "" : source, isSecret ? ["--secret", "--type string"] : ["--type string"]),
    };
  });
  return { value, faults };
};

const secrecyFaults = (raw: RawConfig, decoded: Readonly<Record<string, unknown>>): Fault[] => {
  const secrets = decoded["secrets"];
  const names = typeof secrets === "object" && secrets !== null ? Object.keys(secrets) : [];
  const plain = raw.secretKeys.has("secrets") ? raw.plainSecretNames : names;
  return [
    ...plain.map((name): Fault => {
      const path = ["secrets", name];
      return {
        path,
        got: "[hidden], in plain text",
        allowed: "a value set with --secret",
        type: setCommand(path, "", ["--secret"]),
      };
    }),
    ...[...raw.secretKeys]
      .filter((name) => name !== "secrets")
      .map((name): Fault => ({
        path: [name],
        got: "a secure value",
        allowed: "plain values here; a secret goes to openclaw:secrets, and ${NAME} stands for it in openclaw:config",
        type: `${removeCommand([name])} && ${setCommand(["secrets", "NAME"], "", ["--secret"])}`,
      })),
  ];
};

/**
 * Validates a configuration.
 *
 * @returns the typed configuration, or every fault at once
 */
export function parseConfig(raw: RawConfig): { config: OpenclawConfig } | { faults: readonly Fault[] } {
  const decoded: Record<string, unknown> = {};
  const faults: Fault[] = [];
  for (const [name, text] of Object.entries(raw.values)) {
    const result = decode(name, text, raw.secretKeys.has(name));
    decoded[name] = result.value;
    faults.push(...result.faults);
  }
  faults.push(...secrecyFaults(raw, decoded));
  if (decoded["local"] === undefined && decoded["target"] === "local") {
    const path = ["local", "runtime"];
    faults.push({
      path,
      got: shown(undefined, false),
      allowed: "process, systemd (Linux) or launchd (macOS); `npm start` writes it once",
      type: setCommand(path, "process"),
    });
    decoded["local"] = { runtime: "process" };
  }
  const parsed = configSchema.safeParse(decoded);
  const isSecret = (path: KeyPath): boolean => path[0] === "secrets" || raw.secretKeys.has(String(path[0]));
  if (!parsed.success) faults.push(...faultsOf(parsed.error, decoded, isSecret));
  else faults.push(...ruleFaults(parsed.data, raw.platform));
  return faults.length === 0 && parsed.success ? { config: parsed.data } : { faults };
}

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
  const parsed = parseConfig({
    stack,
    values: Object.fromEntries(names.map((name) => [strip(name), all[name] ?? ""])),
    secretKeys,
    plainSecretNames: secretKeys.has("secrets")
      ? await plainSecretNames(`${import.meta.dirname}/../stacks/Pulumi.${stack}.yaml`)
      : [],
    platform: process.platform,
  });
  if ("faults" in parsed)
    throw new pulumi.RunError(describeFaults(stack, parsed.faults, process.env["OPENCLAW_PULUMI_CLI"]));
  const secrets = Object.fromEntries(
    Object.entries(parsed.config.secrets).map(([name, value]) => [name, pulumi.secret(value)]),
  );
  return { ...parsed.config, secrets };
}
