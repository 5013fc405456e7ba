/** What those who look for interrupted creations at a provider are told, and what they answer. */
import type { PulumiCli } from "../pulumi-cli.ts";

/** A resource of Pulumi's state that was being created, as far as it is read here. */
export interface Pending {
  readonly urn: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What was made after all: its id, and what else only the provider's answer would have told. */
export interface Made {
  readonly id: string;
  readonly known?: Readonly<Record<string, unknown>>;
}

/**
 * Looks for one resource.
 *
 * @returns undefined when it was not made, or when what is there is a stranger's
 */
export type Look = (pending: Pending) => Promise<Made | undefined>;

/** The stack whose command was interrupted. */
export interface PendingStack {
  readonly name: string;
  readonly pulumi: Pick<PulumiCli, "read">;
  /** Provider's ids that the stack's state has already. */
  readonly known: ReadonlySet<string>;
}

/** A setting of a provider, as the stack's file has it. */
export async function providerSettings({ pulumi, name }: PendingStack): Promise<Record<string, string>> {
  const text = await pulumi.read("config", "--json", "--show-secrets", "--stack", name);
  const values = JSON.parse(text) as Record<string, { value?: string }>; // Pulumi's own format
  return Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value ?? ""]));
}
