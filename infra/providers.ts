/** The providers of a stack's resources. */
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";

const require = createRequire(import.meta.url);

/**
 * Those that take no configuration. What a provider is configured with stays in the state, and a refresh uses it: the cloud's own
 * is registered when the preflight had nothing against its settings, by the engine where nothing is to be added to them.
 */
const packages: Readonly<Record<string, readonly string[]>> = {
  hetzner: ["command", "tls", "random"],
  "aws-ecs": ["command", "random"],
};

/** For any package: its own class is all of its SDK. */
export class Provider extends pulumi.ProviderResource {}

/** The version of a package's SDK, which wants that of its plugin. */
export function versionOf(name: string): string {
  const { version } = require(`@pulumi/${name}/package.json`) as { version: string }; // every package has one
  return version;
}

/**
 * The providers of the target that the configuration names. In a preview they are registered at once, before that is judged:
 * the engine starts their plugins, one after the other, while the program loads its modules and asks the cloud. It starts a
 * default provider only when the first resource of it comes, and everything waits. In an update they are registered when they
 * are asked for, so that one that is refused leaves the state as it was.
 */
export function providersOfTarget(): () => pulumi.ProviderResource[] {
  const target = new pulumi.Config("openclaw").get("target") ?? "";
  let registered: pulumi.ProviderResource[] | undefined;
  const register = (): pulumi.ProviderResource[] => {
    registered ??= (packages[target] ?? []).map((name) => new Provider(name, name, {}, { version: versionOf(name) }));
    return registered;
  };
  if (pulumi.runtime.isDryRun()) register();
  return register;
}
