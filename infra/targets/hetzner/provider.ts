/** Hetzner Cloud's provider. */
import * as pulumi from "@pulumi/pulumi";
import { hetznerAccess, tokenLength } from "../../../components/host/hetzner/access.ts";
import { configuredProvider } from "../../provider.ts";

/**
 * The provider with the settings `hcloud:…`, and with the token that the preflight has, of the variable `HCLOUD_TOKEN` too. The
 * state keeps it, encrypted: before the program runs, Pulumi refreshes with what the state has, and with the token of another
 * project it would find nothing of the stack there, and forget all of it.
 *
 * @returns undefined when there is no such token, which is a fault of the configuration
 */
export function hetznerProvider(): pulumi.ProviderResource | undefined {
  const settings = pulumi.runtime.allConfig() as Record<string, string>; // typed as { [key: string]: any }
  const { token, endpoint } = hetznerAccess(settings, process.env);
  if (token.length !== tokenLength) return undefined;
  return configuredProvider("hcloud", settings, { endpoint, token: pulumi.secret(token) });
}
