/** The providers of a stack's resources. */
import * as pulumi from "@pulumi/pulumi";
import { plainProvider } from "./provider.ts";
import { hetznerProvider } from "./targets/hetzner/provider.ts";

/** By target. AWS's own is missing: it is bound to the account that the preflight finds. */
const ofTarget: Readonly<Record<string, () => readonly (pulumi.ProviderResource | undefined)[]>> = {
  hetzner: () => [...["command", "tls", "random"].map(plainProvider), hetznerProvider()],
  "aws-ecs": () => ["command", "random"].map(plainProvider),
};

/**
 * The providers of the target that the configuration names. In a preview they are registered at once, before that is judged:
 * the engine starts their plugins, one after the other, while the program loads its modules and asks the cloud. It starts a
 * default provider only when the first resource of it comes, and everything waits. In an update they are registered when they
 * are asked for, so that one that is refused leaves the state as it was: what a provider is configured with stays in there, and
 * a refresh uses it.
 */
export function providersOfTarget(): () => pulumi.ProviderResource[] {
  const target = new pulumi.Config("openclaw").get("target") ?? "";
  let registered: pulumi.ProviderResource[] | undefined;
  const register = (): pulumi.ProviderResource[] => {
    registered ??= (ofTarget[target]?.() ?? []).filter((provider) => provider !== undefined);
    return registered;
  };
  if (pulumi.runtime.isDryRun()) register();
  return register;
}
