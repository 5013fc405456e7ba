/** AWS's provider, bound to the account that the stack is in. */
import type * as pulumi from "@pulumi/pulumi";
import type { AwsPlace } from "../../../components/ecs/policies.ts";
import { configuredProvider } from "../../provider.ts";

/** Who sets one of these has said himself which accounts are meant, or that nobody is to ask. */
const binding = ["aws:allowedAccountIds", "aws:forbiddenAccountIds", "aws:skipRequestingAccountId"];

/**
 * The provider with the settings `aws:…` that works in this account only. The state keeps that: before the program runs, Pulumi
 * refreshes with what the state has, and with another account's credentials it would find nothing of the stack there, and forget
 * all of it.
 *
 * @param settings configuration of Pulumi's providers
 * @param place what the preflight found
 */
export function awsProvider(settings: Readonly<Record<string, string>>, place: AwsPlace): pulumi.ProviderResource {
  const bound = binding.some((key) => key in settings) ? {} : { allowedAccountIds: JSON.stringify([place.account]) };
  return configuredProvider("aws", settings, { ...bound, region: place.region });
}
