/** Faults in the configuration, and how they are told: key, value got, what is allowed, what to type. Pure. */
import type { z } from "zod";
import { shellQuoted } from "../components/local/shell-quoted.ts";
import { configSchema, type KeyHelp } from "./config-schema.ts";

/** Where in the configuration something is: `["gateway", "port"]` is the key `openclaw:gateway.port`. */
export type KeyPath = readonly (string | number)[];

/** One thing that is wrong with the configuration. */
export interface Fault {
  readonly path: KeyPath;
  /** The value as the user gave it, already shortened or replaced by `[secret]`. */
  readonly got: string;
  /** Completes the sentence "allowed: …". */
  readonly allowed: string;
  /** The command, or commands, that repair it. */
  readonly type: string;
}

/** A path segment that `pulumi config --path` would split or misread has to be written in brackets. */
const segment = (part: string | number, first: boolean): string =>
  typeof part === "number"
    ? `[${String(part)}]`
    : /^[A-Za-z_][\w-]*$/.test(part)
      ? `${first ? "" : "."}${part}`
      : `["${part}"]`;

/** `["config", "channels", "a.b"]` → `openclaw:config.channels["a.b"]`, the form that `pulumi config --path` reads. */
export const keyName = (path: KeyPath): string =>
  `openclaw:${path.map((part, index) => segment(part, index === 0)).join("")}`;

/** The command that sets a key to a value; dotted keys need `--path`, else Pulumi stores one literal key with dots in it. */
export const setCommand = (path: KeyPath, value: string, flags: readonly string[] = []): string =>
  ["pulumi config set", ...(path.length > 1 ? ["--path"] : []), ...flags, shellQuoted(keyName(path)), value]
    .filter((word) => word !== "")
    .join(" ");

/** The command that removes a key. */
export const removeCommand = (path: KeyPath): string =>
  `pulumi config rm ${path.length > 1 ? "--path " : ""}${shellQuoted(keyName(path))}`;

/** A value as it may be shown: shortened, and never a secret's. */
export function shown(value: unknown, isSecret: boolean): string {
  if (value === undefined) return "nothing";
  if (isSecret) return "[secret]";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

const valueAt = (raw: unknown, path: KeyPath): unknown =>
  path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, part)
        ? (value as Record<string | number, unknown>)[part] // an own key of an object, checked in the line above
        : undefined,
    raw,
  );

const shapeOf = (schema: z.ZodType): Record<string, z.ZodType> | undefined => {
  const { def } = schema as unknown as { def: { innerType?: z.ZodType; shape?: Record<string, z.ZodType> } }; // zod's documented introspection, untyped for a general schema
  return def.shape ?? (def.innerType === undefined ? undefined : shapeOf(def.innerType));
};

const helpAt = (path: KeyPath): KeyHelp => {
  let schema: z.ZodType = configSchema;
  for (const part of path) schema = shapeOf(schema)?.[part] ?? schema;
  return schema.meta() as unknown as KeyHelp; // every key of the schema is declared with its help
};

const keysAt = (path: KeyPath): string => {
  let schema: z.ZodType = configSchema;
  for (const part of path) schema = shapeOf(schema)?.[part] ?? schema;
  return Object.keys(shapeOf(schema) ?? {}).join(", ");
};

const unknownKey = (parent: KeyPath, name: string, raw: unknown, isSecret: (path: KeyPath) => boolean): Fault => {
  const path = [...parent, name];
  const dotted = name.split(".");
  const meant = parent.length === 0 && dotted.length > 1;
  return {
    path,
    got: meant
      ? `one key with a dot in its name (it was set without --path), ${shown(valueAt(raw, path), isSecret(path))}`
      : `an unknown key, ${shown(valueAt(raw, path), isSecret(path))}`,
    allowed: meant ? `--path before a key with dots` : `the keys ${keysAt(parent)}`,
    type: meant
      ? `pulumi config rm ${shellQuoted(`openclaw:${name}`)} && ${setCommand(dotted, helpAt(dotted).example)}`
      : removeCommand(path),
  };
};

/** The command that repairs a value of the wrong kind: numbers where text is needed keep their digits when typed as text. */
const repair = (path: KeyPath, got: unknown, isSecret: boolean): string => {
  const { example } = helpAt(path);
  if (path[0] === "secrets") return setCommand(path, "", ["--secret"]);
  if (path[0] === "env" && path.length > 1 && !isSecret) {
    return setCommand(path, typeof got === "number" || typeof got === "boolean" ? String(got) : example, [
      "--type string",
    ]);
  }
  if (path[0] === "gateway" && path[1] === "version") return setCommand(path, example, ["--type string"]);
  const objectKey = path.length === 1 && shapeOf(configSchema)?.[String(path[0])];
  const firstKey = objectKey ? Object.keys(shapeOf(objectKey) ?? {})[0] : undefined;
  if (firstKey !== undefined) {
    const child = [...path, firstKey];
    const remove = got === undefined ? "" : `${removeCommand(path)} && `;
    return `${remove}${setCommand(child, helpAt(child).example)}`;
  }
  if (path[0] === "config" || path[0] === "env") return removeCommand(path);
  return setCommand(path, example);
};

/** What zod found, in the words of a Pulumi user. */
export function faultsOf(error: z.ZodError, raw: unknown, isSecret: (path: KeyPath) => boolean): Fault[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.filter((part) => typeof part !== "symbol");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((name) => unknownKey(path, name, raw, isSecret));
    }
    const value = valueAt(raw, path);
    return [
      {
        path,
        got: shown(value, isSecret(path)),
        allowed: helpAt(path).allowed,
        type: repair(path, value, isSecret(path)),
      },
    ];
  });
}

/**
 * All faults as one message.
 *
 * @param cli how this user calls Pulumi, e.g. `npm run pulumi --`
 */
export function describeFaults(stack: string, faults: readonly Fault[], cli = "pulumi"): string {
  const count = faults.length === 1 ? "1 fault" : `${String(faults.length)} faults`;
  const list = faults.map(({ path, got, allowed, type }, index) => {
    const command = type.replaceAll(/pulumi config (set|rm)/g, `${cli} config $1 --stack ${stack}`);
    return `  ${String(index + 1)}. ${keyName(path)}\n     got:     ${got}\n     allowed: ${allowed}\n     type:    ${command}`;
  });
  return `the configuration of stack "${stack}" has ${count}; nothing was changed\n\n${list.join("\n\n")}\n`;
}
