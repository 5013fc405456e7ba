/** AWS's provider, bound to the account that the stack is in. */
import * as pulumi from "@pulumi/pulumi";
import type { AwsPlace } from "../../../components/ecs/policies.ts";
import { isConfigSecret } from "../../config.ts";
import { Provider, versionOf } from "../../providers.ts";
import { engineKeys } from "./provider-rules.ts";

/** Who sets one of these has said himself which accounts are meant, or that nobody is to ask. */
const binding = ["allowedAccountIds", "forbiddenAccountIds", "skipRequestingAccountId"];

/**
 * The provider with the settings `aws:…`, as the engine's own would have them, that works in this account only. The state keeps
 * that: before the program runs, Pulumi refreshes with what the state has, and with another account's credentials it would find
 * nothing of the stack there, and forget all of it.
 *
 * @param settings configuration of Pulumi's providers
 * @param place what the preflight found
 */
export function awsProvider(settings: Readonly<Record<string, string>>, place: AwsPlace): pulumi.ProviderResource {
  const own = Object.entries(settings).flatMap(([name, value]) => {
    const [, key = ""] = /^aws:(.*)$/.exec(name) ?? [];
    return key === "" || engineKeys.includes(key) ? [] : [[key, isConfigSecret(name) ? pulumi.secret(value) : value]];
  });
  const given = Object.fromEntries(own) as Readonly<Record<string, pulumi.Input<string>>>; // entries of such
  // A provider's settings are texts; everything else is JSON in one.
  const bound = binding.some((key) => key in given) ? {} : { allowedAccountIds: JSON.stringify([place.account]) };
  const { "aws:version": version = versionOf("aws"), "aws:pluginDownloadURL": pluginDownloadURL = "" } = settings;
  return new Provider("aws", "aws", { ...given, ...bound, region: place.region }, { version, pluginDownloadURL });
}
