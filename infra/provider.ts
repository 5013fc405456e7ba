/** A provider that the program registers itself. */
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import { isConfigSecret } from "./config-secret.ts";
import { engineKeys } from "./engine-keys.ts";

const require = createRequire(import.meta.url);

/** For any package: its own class is all of its SDK. */
class Provider extends pulumi.ProviderResource {}

/** The version of a package's SDK, which wants that of its plugin. */
function versionOf(name: string): string {
  const { version } = require(`@pulumi/${name}/package.json`) as { version: string }; // every package has one
  return version;
}

/** A provider that takes no configuration. @param name its package */
export const plainProvider = (name: string): pulumi.ProviderResource =>
  new Provider(name, name, {}, { version: versionOf(name) });

/**
 * A provider with the settings `<name>:…`, as the engine's own would have them, and more.
 *
 * @param name its package
 * @param settings configuration of Pulumi's providers
 * @param more takes precedence; a provider's settings are texts, everything else is JSON in one
 */
export function configuredProvider(
  name: string,
  settings: Readonly<Record<string, string>>,
  more: Readonly<Record<string, pulumi.Input<string>>>,
): pulumi.ProviderResource {
  const prefix = `${name}:`;
  const own = Object.entries(settings)
    .filter(([key]) => key.startsWith(prefix) && !engineKeys.includes(key.slice(prefix.length)))
    .map(([key, value]) => [key.slice(prefix.length), isConfigSecret(key) ? pulumi.secret(value) : value]);
  const given = Object.fromEntries(own) as Readonly<Record<string, pulumi.Input<string>>>; // entries of such
  const { [`${prefix}version`]: version = versionOf(name), [`${prefix}pluginDownloadURL`]: pluginDownloadURL = "" } =
    settings;
  return new Provider(name, name, { ...given, ...more }, { version, pluginDownloadURL });
}
