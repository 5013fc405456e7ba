/** Rules that no single key can express. Pure: each takes the parsed configuration and returns its faults. */
import { programOwnedKeys } from "../components/gateway/openclaw-json.ts";
import { reservedVariables } from "../components/gateway/environment.ts";
import type { CommonConfig } from "./config-keys.ts";
import { keyName, removeCommand, setCommand, shown, type Fault, type KeyPath } from "./config-faults.ts";
import { moveToSecret, secretNames, variable as variableName } from "./secret-names.ts";

const secretName = /(token|secret|password|passphrase|api_?key|private_?key)$/i;
const placeholder = /^(change-?me.*|your[-_ ].*|replace-?me.*|xxx+|<.*>|todo|placeholder)$/i;
const variable = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

interface Leaf {
  readonly path: KeyPath;
  readonly value: unknown;
}

/** Every leaf of a JSON value with its path. */
function* leaves(value: unknown, path: KeyPath): Generator<Leaf> {
  if (typeof value !== "object" || value === null) {
    yield { path, value };
    return;
  }
  for (const [key, child] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    yield* leaves(child, [...path, key]);
  }
}

const variableFaults = (config: CommonConfig): Fault[] =>
  (["env", "secrets"] as const).flatMap((section) =>
    Object.entries(config[section]).flatMap(([name, value]): Fault[] => {
      const path = [section, name];
      const got = shown(value, section === "secrets");
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        const again =
          section === "secrets" ? ` && ${setCommand(["secrets", variableName([name])], "", ["--secret"])}` : "";
        const allowed = "letters, digits and _ in a variable's name";
        return [{ path, got, allowed, type: `${removeCommand(path)}${again}` }];
      }
      if (reservedVariables.has(name)) {
        return [{ path, got, allowed: "any name but this one: the program sets it", type: removeCommand(path) }];
      }
      if (value.includes("\0")) {
        return [{ path, got: "a NUL character", allowed: "text without NUL", type: removeCommand(path) }];
      }
      if (section === "secrets" && placeholder.test(value)) {
        return [{ path, got: "a placeholder", allowed: "the real secret", type: setCommand(path, "", ["--secret"]) }];
      }
      if (section === "env" && secretName.test(name)) {
        const secret = ["secrets", name];
        return [
          {
            path,
            got: "[hidden]",
            allowed: "plain values only; a name like this one holds a secret",
            type: `${removeCommand(path)} && ${setCommand(secret, "", ["--secret"])}`,
          },
        ];
      }
      if (section === "env" && Object.hasOwn(config.secrets, name)) {
        return [{ path, got, allowed: `one value: secrets.${name} is set too`, type: removeCommand(path) }];
      }
      return [];
    }),
  );

const ownedKeyFaults = (config: CommonConfig): Fault[] =>
  programOwnedKeys.flatMap(({ path, instead }) => {
    const value = path.reduce<unknown>(
      (parent, part) => (typeof parent === "object" && parent !== null ? Reflect.get(parent, part) : undefined),
      config.config,
    );
    if (value === undefined) return [];
    const full = ["config", ...path];
    const isSecret = secretName.test(path.at(-1) ?? "");
    return [
      { path: full, got: isSecret ? "[hidden]" : shown(value, false), allowed: instead, type: removeCommand(full) },
    ];
  });

const isProgramOwned = ([, ...path]: KeyPath): boolean =>
  programOwnedKeys.some((owned) => owned.path.join() === path.join());

const isLiteralSecret = ({ path, value }: Leaf): boolean =>
  typeof value === "string" &&
  !isProgramOwned(path) &&
  secretName.test(String(path.at(-1))) &&
  value !== "" &&
  !value.startsWith("${");

const configValueFaults = (config: CommonConfig): Fault[] => {
  const all = [...leaves(config.config, ["config"])];
  const literal = all.filter(isLiteralSecret).map(({ path }) => path);
  const names = secretNames(literal, new Set([...Object.keys(config.env), ...Object.keys(config.secrets)]));
  return all.flatMap(({ path, value }): Fault[] => {
    if (typeof value !== "string" || isProgramOwned(path)) return [];
    const secret = names.get(keyName(path));
    if (secret !== undefined) {
      const allowed = "a reference to a secret, such as ${" + secret + "}";
      return [{ path, got: "[hidden]", allowed, type: moveToSecret(path, secret) }];
    }
    return [...value.matchAll(variable)].flatMap(([reference, wanted = ""]): Fault[] =>
      reservedVariables.has(wanted) || Object.hasOwn(config.env, wanted) || Object.hasOwn(config.secrets, wanted)
        ? []
        : [
            {
              path,
              got: reference,
              allowed: "a variable that openclaw:env or openclaw:secrets sets",
              type: setCommand(["secrets", wanted], "", ["--secret"]),
            },
          ],
    );
  });
};

/** Faults between keys, and faults inside the free-form ones, whatever the target. */
export const commonFaults = (config: CommonConfig): Fault[] => [
  ...variableFaults(config),
  ...ownedKeyFaults(config),
  ...configValueFaults(config),
];
