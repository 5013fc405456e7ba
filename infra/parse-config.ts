/** From what Pulumi delivers to a typed configuration, or to every fault at once. Pure. */
import { keyName, setCommand, type Fault, type KeyPath } from "./config-faults.ts";
import { commonSchema } from "./config-keys.ts";
import { commonFaults } from "./config-rules.ts";
import { isTarget, schemaWithoutTarget, targets, targetSchema, type OpenclawConfig } from "./config-schema.ts";
import { faultsOf, type Schemas } from "./schema-faults.ts";
import { secrecyFaults } from "./secrecy.ts";

/** What Pulumi hands to a program, and what it is judged against. */
export interface RawConfig {
  readonly stack: string;
  /** Everything under `openclaw:`, without the prefix; objects are JSON text, as Pulumi delivers them. */
  readonly values: Readonly<Record<string, string>>;
  /** Top-level keys that hold at least one secure value: Pulumi marks whole keys. */
  readonly secretKeys: ReadonlySet<string>;
  /** Names under `openclaw:secrets` that the stack's file holds in plain text. */
  readonly plainSecretNames: readonly string[];
  /** Secure values that the stack's file holds elsewhere. */
  readonly securePaths: readonly KeyPath[];
  readonly platform: NodeJS.Platform;
  /** Configuration of Pulumi's providers, such as `hcloud:token`. */
  readonly providers: Readonly<Record<string, ProviderValue>>;
  /** The deployer's environment, which providers read too. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** One value of a provider's configuration. */
export interface ProviderValue {
  readonly value: string;
  readonly isSecret: boolean;
}

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

/** The schema of the chosen target; the others' only when something is wrong. */
async function schemasFor(target: unknown): Promise<Schemas> {
  const others = await Promise.all(
    targets
      .filter((other) => other !== target)
      .map(async (other) => ({ target: other, schema: (await targetSchema(other)).schema })),
  );
  if (!isTarget(target)) return { chosen: await schemaWithoutTarget(), others };
  return { chosen: (await targetSchema(target)).schema, others };
}

/** One fault a key is enough: a later one judges what the first one would have replaced. */
const firstOfEach = (faults: readonly Fault[]): Fault[] => {
  const names = faults.map(({ path, name }) => name ?? keyName(path));
  return faults.filter((_, index) => names.indexOf(names[index] ?? "") === index);
};

/**
 * Validates a configuration.
 *
 * @returns the typed configuration, or every fault at once
 */
export async function parseConfig(raw: RawConfig): Promise<{ config: OpenclawConfig } | { faults: readonly Fault[] }> {
  const decoded: Record<string, unknown> = {};
  const faults: Fault[] = [];
  for (const [name, text] of Object.entries(raw.values)) {
    const result = decode(name, text, raw.secretKeys.has(name));
    decoded[name] = result.value;
    faults.push(...result.faults);
  }
  const target = isTarget(decoded["target"]) ? await targetSchema(decoded["target"]) : undefined;
  faults.push(...secrecyFaults(raw, decoded), ...(target?.providerFaults?.(raw) ?? []));
  const parsed = (target?.schema ?? (await schemaWithoutTarget())).safeParse(decoded);
  if (!parsed.success) {
    const isSecret = (path: KeyPath): boolean => path[0] === "secrets" || raw.secretKeys.has(String(path[0]));
    faults.push(...faultsOf(parsed.error, decoded, isSecret, await schemasFor(decoded["target"])));
    // What every target has may be well-formed though something else is not.
    const common = commonSchema.safeParse(decoded);
    if (common.success) faults.push(...commonFaults(common.data));
    return { faults: firstOfEach(faults) };
  }
  const config = parsed.data as OpenclawConfig; // its schema is the one of its target
  faults.push(...commonFaults(config), ...(target?.rules(config as never, raw.platform) ?? []));
  return faults.length === 0 ? { config } : { faults: firstOfEach(faults) };
}
