/** The shape of the Pulumi configuration (namespace `openclaw`) of every target. */
import { z } from "zod";
import type { Fault } from "./config-faults.ts";
import { commonKeys, judged, key } from "./config-keys.ts";
import { likelyName } from "./likely-name.ts";
import type { RawConfig } from "./parse-config.ts";
import type { AwsEcsConfig } from "./targets/aws-ecs.ts";
import type { HetznerConfig } from "./targets/hetzner.ts";
import type { LocalConfig } from "./targets/local.ts";

/** The validated configuration, with every default filled in; `target` tells which it is. */
export type OpenclawConfig = LocalConfig | HetznerConfig | AwsEcsConfig;

/** What a target brings. */
export interface TargetSchema {
  readonly schema: z.ZodObject;
  /** Faults that no single key can express. */
  readonly rules: (config: never, platform: NodeJS.Platform) => Fault[];
  /** Faults of what the provider's own configuration lacks. */
  readonly providerFaults?: (raw: Pick<RawConfig, "providers" | "variables">) => Fault[];
}

/** Imported when it is chosen: nobody waits for another target's schema. */
const modules = {
  local: () => import("./targets/local.ts"),
  hetzner: () => import("./targets/hetzner.ts"),
  "aws-ecs": () => import("./targets/aws-ecs.ts"),
} as const satisfies Record<string, () => Promise<TargetSchema>>;

/** Where this program can deploy to today. */
export type Target = keyof typeof modules;

/** Targets that this program can deploy to today. */
export const targets = Object.keys(modules) as Target[]; // its keys are exactly those

/** Whether something names a target. */
export const isTarget = (name: unknown): name is Target => targets.some((target) => target === name);

/** The keys and rules of one target. */
export const targetSchema = (target: Target): Promise<TargetSchema> => modules[target]();

/** Judges what it can of a configuration whose target is not known. */
export async function schemaWithoutTarget(): Promise<z.ZodObject> {
  const all = await Promise.all(targets.map(targetSchema));
  const names = all.flatMap(({ schema }) => Object.keys(schema.shape));
  return z.strictObject({
    ...Object.fromEntries(names.map((name) => [name, z.unknown().optional()])),
    ...commonKeys,
    // No target is proposed that nobody meant: the next command would deploy there.
    target: key(
      judged((text) => (isTarget(text) ? undefined : { example: likelyName(text, targets) ?? "<target>" })),
      "Where the gateway runs.",
      { allowed: targets.join(", "), example: "<target>" },
    ),
  });
}
