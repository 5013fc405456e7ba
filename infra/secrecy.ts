/** Values that are secret where plain ones belong, and the other way round. Pure. */
import { keyName, removeCommand, setCommand, type Fault } from "./config-faults.ts";
import type { RawConfig } from "./parse-config.ts";
import { moveToSecret, secretNames } from "./secret-names.ts";

/** What is plain and should be secret, and the other way round. */
export const secrecyFaults = (raw: RawConfig, decoded: Readonly<Record<string, unknown>>): Fault[] => {
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
    ...[...raw.secretKeys].filter((name) => name !== "secrets").flatMap((name) => misplaced(raw, name, names)),
  ];
};

/** Secure values under a key that holds plain ones. @param taken names of secrets that are there */
function misplaced(raw: RawConfig, key: string, taken: readonly string[]): Fault[] {
  const got = "a secure value";
  const allowed = "plain values here; a secret goes to openclaw:secrets, and ${NAME} stands for it in openclaw:config";
  const paths = raw.securePaths.filter(([first]) => first === key);
  if (paths.length === 0) {
    const type = `${removeCommand([key])} && ${setCommand(["secrets", "NAME"], "", ["--secret"])}`;
    return [{ path: [key], got, allowed, type }];
  }
  const secrets = secretNames(paths, new Set(taken));
  return paths.map((path): Fault => {
    const [, variable = "NAME"] = path;
    const name = key === "config" && path.length > 1 ? secrets.get(keyName(path)) : undefined;
    if (name !== undefined) return { path, got, allowed, type: moveToSecret(path, name) };
    const set = key === "env" || key === "config" ? ` && ${setCommand(["secrets", variable], "", ["--secret"])}` : "";
    return { path, got, allowed, type: `${removeCommand(path)}${set}` };
  });
}
