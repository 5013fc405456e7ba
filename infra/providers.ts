/** The providers of a stack's resources. */
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import type { LoadedConfig } from "./config.ts";

const require = createRequire(import.meta.url);

/** Takes what any package's provider takes: each value as the text that the configuration holds, JSON for more than a word. */
class Provider extends pulumi.ProviderResource {}

type Settings = Pick<LoadedConfig, "providers" | "secretProviderKeys">;

/**
 * Registers a stack's providers before anything else, so that the engine starts their plugins, one after the other, while the
 * program loads its modules and asks the cloud. It starts a default provider only when the first resource of it comes, and
 * everything waits. Each is configured as the default provider of that name would be: by the stack's own `<name>:` keys and
 * the environment.
 *
 * @param names of packages whose SDK is installed
 */
export const startProviders = (names: readonly string[], settings: Settings): pulumi.ProviderResource[] =>
  names.map((name) => {
    const { version } = require(`@pulumi/${name}/package.json`) as { version: string }; // every package has one
    return new Provider(name, name, settingsOf(name, settings), { version });
  });

const settingsOf = (name: string, { providers, secretProviderKeys }: Settings): pulumi.Inputs =>
  Object.fromEntries(
    Object.entries(providers).flatMap(([key, value]) =>
      key.startsWith(`${name}:`)
        ? [[key.slice(name.length + 1), secretProviderKeys.has(key) ? pulumi.secret(value) : value]]
        : [],
    ),
  );
