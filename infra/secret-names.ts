/** Names of secrets that are to take the place of values in `openclaw:config`. Pure. */
import { keyName, setCommand, type KeyPath } from "./config-faults.ts";

/** A name that a variable can have: `["models", "providers", "anthropic", "apiKey"]` → `MODELS_PROVIDERS_ANTHROPIC_API_KEY`. */
export const variable = (parts: KeyPath): string => {
  const name = parts
    .map((part) => String(part).replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2"))
    .join("_")
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, "_");
  return /^[A-Z]/.test(name) ? name : `_${name.replace(/^_/, "")}`;
};

/**
 * A name for each path below `config`: of its last two words, such as `ANTHROPIC_API_KEY`; of more where several have those, or
 * something else is called so already.
 *
 * @param taken names that are not free
 * @returns by the full name of each key, as {@link keyName} gives it
 */
export function secretNames(paths: readonly KeyPath[], taken: ReadonlySet<string>): ReadonlyMap<string, string> {
  const named = (path: KeyPath): string => {
    const words = path.slice(1);
    const other = paths.filter((each) => each !== path);
    const suffix = (length: number): string => variable(words.slice(-length));
    for (let length = 2; length < words.length; length += 1) {
      const name = suffix(length);
      if (name.startsWith("_") || taken.has(name)) continue;
      if (other.every((each) => variable(each.slice(1).slice(-length)) !== name)) return name;
    }
    return suffix(words.length);
  };
  return new Map(paths.map((path) => [keyName(path), named(path)]));
}

/**
 * The commands that make a value of `openclaw:config` a secret, and have OpenClaw read that one. Without `--plaintext` Pulumi takes
 * the reference for a secret too, and refuses to set it.
 */
export const moveToSecret = (path: KeyPath, name: string): string =>
  `${setCommand(["secrets", name], "", ["--secret"])} && ${setCommand(path, "'${" + name + "}'", ["--plaintext"])}`;
