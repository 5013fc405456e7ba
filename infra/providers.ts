/** The providers of a stack's resources. Imports nothing but the SDK: what it starts is to start before anything else. */
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import { settingsOf, type Settings } from "./stack-settings.ts";

const require = createRequire(import.meta.url);

/** Packages that a target's resources are of. The engine itself starts those of a target that is not here. */
const packages: Readonly<Record<string, readonly string[]>> = {
  hetzner: ["command", "hcloud", "tls", "random"],
  "aws-ecs": ["aws", "command", "random"],
};

/** Takes what any package's provider takes: each value as the text that the configuration holds, JSON for more than a word. */
class Provider extends pulumi.ProviderResource {}

/**
 * Registers the providers of the target that the configuration names, before that is judged: the engine starts their plugins,
 * one after the other, while the program loads its modules and asks the cloud. It starts a default provider only when the first
 * resource of it comes, and everything waits. Each is configured as the default provider of that name would be: by the stack's
 * own `<name>:` keys and the environment.
 */
export const startProviders = (settings: Settings): pulumi.ProviderResource[] =>
  (packages[settings["openclaw:target"]?.value ?? ""] ?? []).map((name) => {
    const { version } = require(`@pulumi/${name}/package.json`) as { version: string }; // every package has one
    return new Provider(name, name, inputs(settingsOf(settings, name)), { version });
  });

const inputs = (settings: Settings): pulumi.Inputs =>
  Object.fromEntries(
    Object.entries(settings).map(([key, { value, isSecret }]) => [key, isSecret ? pulumi.secret(value) : value]),
  );
