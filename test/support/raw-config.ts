/** Configurations as Pulumi delivers them, and what a user is told of bad ones. */
import { describeFaults } from "../../infra/config-faults.ts";
import { parseConfig, type RawConfig } from "../../infra/parse-config.ts";

/** A configuration that is refused. */
export interface BadConfiguration extends Partial<Omit<RawConfig, "stack" | "values">> {
  readonly name: string;
  /** As in the stack's file, without `openclaw:`. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** A configuration of the stack `dev` on Linux, of these values under `openclaw:`. */
export const raw = (values: Readonly<Record<string, unknown>>, change: Partial<RawConfig> = {}): RawConfig => ({
  stack: "dev",
  values: Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  ),
  secretKeys: new Set(),
  plainSecretNames: [],
  securePaths: [],
  platform: "linux",
  providers: {},
  variables: {},
  ...change,
});

/**
 * What is told of each, under its name.
 *
 * @throws Error naming one that is accepted
 */
export async function messagesOf(badConfigurations: readonly BadConfiguration[]): Promise<string> {
  const messages: string[] = [];
  for (const { name, values, ...change } of badConfigurations) {
    const parsed = await parseConfig(raw(values, change));
    if ("config" in parsed) throw new Error(`"${name}" was accepted`);
    messages.push(`### ${name}\n${describeFaults("dev", parsed.faults)}`);
  }
  return messages.join("\n");
}
