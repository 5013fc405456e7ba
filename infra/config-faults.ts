/** Faults in the configuration, and how they are told: key, value got, what is allowed, what to type. Pure. */
import { shellQuoted } from "../components/local/shell-quoted.ts";

/** Where in the configuration something is: `["gateway", "port"]` is the key `openclaw:gateway.port`. */
export type KeyPath = readonly (string | number)[];

/** One thing that is wrong with the configuration. */
export interface Fault {
  readonly path: KeyPath;
  /** The key's full name, where it is not under `openclaw:`. */
  readonly name?: string;
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

/** The value of a key, if it is there. */
export const valueAt = (raw: unknown, path: KeyPath): unknown =>
  path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, part)
        ? (value as Record<string | number, unknown>)[part] // an own key of an object, checked in the line above
        : undefined,
    raw,
  );

/**
 * A command as this user types it, for one stack whichever is selected.
 *
 * @param cli how this user calls Pulumi, e.g. `npm run pulumi --`
 */
export const stackCommand = (command: string, stack: string, cli = "pulumi"): string =>
  command.replaceAll(/pulumi config (set|rm)/g, `${cli} config $1 --stack ${stack}`);

/**
 * All faults as one message.
 *
 * @param cli how this user calls Pulumi, e.g. `npm run pulumi --`
 */
export function describeFaults(stack: string, faults: readonly Fault[], cli = "pulumi"): string {
  const count = faults.length === 1 ? "1 fault" : `${String(faults.length)} faults`;
  const list = faults.map(({ path, name, got, allowed, type }, index) => {
    const command = stackCommand(type, stack, cli);
    return `  ${String(index + 1)}. ${name ?? keyName(path)}\n     got:     ${got}\n     allowed: ${allowed}\n     type:    ${command}`;
  });
  return `the configuration of stack "${stack}" has ${count}; nothing was changed\n\n${list.join("\n\n")}\n`;
}
