/** What zod found, as faults in the words of a Pulumi user. Pure. */
import type { z } from "zod";
import { shellQuoted } from "../components/local/shell-quoted.ts";
import { keyName, removeCommand, setCommand, shown, valueAt, type Fault, type KeyPath } from "./config-faults.ts";
import type { KeyHelp, Objection } from "./config-keys.ts";
import { likelyName } from "./likely-name.ts";

/** The schema of the chosen target, and those that have keys of their own. */
export interface Schemas {
  readonly chosen: z.ZodType;
  readonly others: readonly { readonly target: string; readonly schema: z.ZodType }[];
}

interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
}

/** A schema without its defaults. */
const core = (schema: z.ZodType): Definition => {
  const { def } = schema as unknown as { def: Definition }; // zod's documented introspection, untyped for a general schema
  return def.innerType === undefined ? def : core(def.innerType);
};

/** The schema of a key, or of the nearest one above it that has one. */
const schemaAt = (root: z.ZodType, path: KeyPath): z.ZodType =>
  path.reduce<z.ZodType>((schema, part) => {
    const { shape, element } = core(schema);
    return shape?.[part] ?? (typeof part === "number" ? element : undefined) ?? schema;
  }, root);

const keysAt = (root: z.ZodType, path: KeyPath): string[] => Object.keys(core(schemaAt(root, path)).shape ?? {});

/** What `key` or `section` declared; defaults lie around it. */
const metaOf = (schema: z.ZodType): Partial<KeyHelp> | undefined => {
  const { innerType } = (schema as unknown as { def: Definition }).def; // as in `core`
  return (schema.meta() as Partial<KeyHelp> | undefined) ?? (innerType === undefined ? undefined : metaOf(innerType)); // untyped by zod
};

/** The help of a key, or of the nearest one above it that has help. */
const helpAt = (root: z.ZodType, path: KeyPath): KeyHelp =>
  path.reduce<KeyHelp>(
    (help, _, index) => {
      const meta = metaOf(schemaAt(root, path.slice(0, index + 1)));
      return meta === undefined ? help : { ...help, ...meta, isText: meta.isText ?? false };
    },
    { allowed: "nothing", example: "" },
  );

const unknownKey = (
  { chosen, others }: Schemas,
  parent: KeyPath,
  name: string,
  raw: unknown,
  isSecret: (path: KeyPath) => boolean,
): Fault => {
  const path = [...parent, name];
  const value = shown(valueAt(raw, path), isSecret(path));
  const dotted = name.split(".");
  if (parent.length === 0 && dotted.length > 1) {
    const given = valueAt(raw, path);
    const meant = typeof given === "string" && !isSecret(dotted) ? shellQuoted(given) : helpAt(chosen, dotted).example;
    return {
      path,
      got: `one key with a dot in its name (it was set without --path), ${value}`,
      allowed: "--path before a key with dots",
      type: `pulumi config rm ${shellQuoted(`openclaw:${name}`)} && ${setCommand(dotted, meant)}`,
    };
  }
  const owners = others.filter(({ schema }) => keysAt(schema, parent).includes(name)).map(({ target }) => target);
  const known = keysAt(chosen, parent);
  const meant = likelyName(name, known);
  if (owners.length === 0 && meant !== undefined && valueAt(raw, [...parent, meant]) === undefined) {
    const given = valueAt(raw, path);
    const isPlain = ["string", "number", "boolean"].includes(typeof given) && !isSecret(path);
    const set = isPlain ? ` && ${setCommand([...parent, meant], shellQuoted(String(given)))}` : "";
    return {
      path,
      got: `an unknown key, ${value}`,
      allowed: `${meant}, or another of the keys ${known.join(", ")}`,
      type: `${removeCommand(path)}${set}`,
    };
  }
  return {
    path,
    got: owners.length === 0 ? `an unknown key, ${value}` : `${value}, for a key of the target ${owners.join(", ")}`,
    allowed: `the keys ${known.join(", ")}`,
    type: removeCommand(path),
  };
};

/** The command that repairs a value of the wrong kind: numbers where text is needed keep their digits when typed as text. */
const repair = (schema: z.ZodType, path: KeyPath, got: unknown, isSecret: boolean): string => {
  const { example, isText } = helpAt(schema, path);
  const { type, shape } = core(schemaAt(schema, path));
  if (path[0] === "secrets") {
    const remove = path.length === 1 && got !== undefined ? `${removeCommand(path)} && ` : "";
    return `${remove}${setCommand(path.length === 1 ? ["secrets", "NAME"] : path, "", ["--secret"])}`;
  }
  const firstKey = Object.keys(shape ?? {})[0];
  if (firstKey !== undefined && path.length > 0) {
    const child = [...path, firstKey];
    const remove = got === undefined ? "" : `${removeCommand(path)} && `;
    return `${remove}${repair(schema, child, undefined, isSecret)}`;
  }
  if (type === "array") {
    const remove = got === undefined || (Array.isArray(got) && got.length === 0) ? "" : `${removeCommand(path)} && `;
    return `${remove}${repair(schema, [...path, 0], undefined, isSecret)}`;
  }
  if (type === "record" && path.length === 1) return removeCommand(path);
  if (isText !== true) return setCommand(path, example);
  const keepsDigits = type === "record" && !isSecret && (typeof got === "number" || typeof got === "boolean");
  return setCommand(path, keepsDigits ? String(got) : example, ["--type string"]);
};

/** What is allowed at a key; a value of a list of names is another thing than the list. */
const allowedAt = (schema: z.ZodType, path: KeyPath): string => {
  const { allowed, isText } = helpAt(schema, path);
  const isNames = path.length === 1 && core(schemaAt(schema, path)).type === "record" && isText === true;
  return isNames ? `names, with ${allowed} each (${keyName([...path, "NAME"])})` : allowed;
};

/** What zod found, in the words of a Pulumi user. */
export function faultsOf(
  error: z.ZodError,
  raw: unknown,
  isSecret: (path: KeyPath) => boolean,
  schemas: Schemas,
): Fault[] {
  return error.issues.flatMap((issue): Fault[] => {
    const path = issue.path.filter((part) => typeof part !== "symbol");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((name) => unknownKey(schemas, path, name, raw, isSecret));
    }
    const value = valueAt(raw, path);
    const objection: Objection = issue.code === "custom" ? (issue.params?.["objection"] as Objection) : {}; // only `judged` makes custom issues
    return [
      {
        path,
        got: objection.got ?? shown(value, isSecret(path)),
        allowed: objection.allowed ?? allowedAt(schemas.chosen, path),
        type:
          objection.example === undefined
            ? repair(schemas.chosen, path, value, isSecret(path))
            : setCommand(path, objection.example),
      },
    ];
  });
}
