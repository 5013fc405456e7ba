/** The shape of the Pulumi configuration (namespace `openclaw`): every key, its type, its default, and what to type to set it. */
import { z } from "zod";
import { openclawVersions } from "../components/local/versions.ts";

/** Targets that this program can deploy to today. */
export const targets = ["local"] as const;

/** How the local target keeps the gateway running. */
export const localRuntimes = ["process", "systemd", "launchd"] as const;

/** What a fault says about a key: what is allowed, and a value that works. */
export interface KeyHelp {
  /** Completes the sentence "allowed: …". */
  readonly allowed: string;
  /** A value that can be pasted after `pulumi config set`. */
  readonly example: string;
}

const key = <T extends z.ZodType>(schema: T, description: string, help: KeyHelp): T =>
  schema.meta({ description, ...help });

/** Browser control and its debugging ports take the 110 ports above the gateway's own. */
export const highestPort = 65_535 - 110;

const gateway = z.strictObject({
  version: key(z.enum(openclawVersions).default(openclawVersions[0]), "OpenClaw version to run.", {
    allowed: `${openclawVersions.join(" or ")} (the versions whose dependencies this release locks)`,
    example: openclawVersions[0],
  }),
  port: key(z.int().min(1024).max(highestPort).default(18_789), "TCP port of the gateway, on loopback.", {
    allowed: `a whole number from 1024 to ${String(highestPort)}; two gateways on one machine at least 120 apart`,
    example: "18789",
  }),
  tokenVersion: key(z.int().min(1).default(1), "Raise it to replace the gateway token.", {
    allowed: "a whole number, 1 or more",
    example: "2",
  }),
});

const data = z.strictObject({
  onDestroy: key(z.enum(["retain", "delete"]).default("retain"), "What `destroy` does with the gateway's state.", {
    allowed: "retain or delete (run an up after changing it, before the destroy)",
    example: "retain",
  }),
  adopt: key(
    z.string().regex(/^\//, "not an absolute path").optional(),
    "Existing data directory that a new stack continues with.",
    { allowed: "the absolute path of the data directory of an earlier gateway", example: "/path/to/data" },
  ),
});

const local = z.strictObject({
  runtime: key(z.enum(localRuntimes), "What keeps the gateway running on this machine.", {
    allowed: "process, systemd (Linux) or launchd (macOS); `npm start` writes it once",
    example: "process",
  }),
});

const environmentValue = { allowed: "text", example: "'some text'" };

/** Every key under `openclaw:`. The committed `stacks/schema.json` is generated from it. */
export const configSchema = z.strictObject({
  target: key(z.enum(targets), "Where the gateway runs.", { allowed: targets.join(", "), example: targets[0] }),
  gateway: key(gateway.prefault({}), "The gateway itself.", {
    allowed: "an object with the keys version, port, tokenVersion",
    example: "18789",
  }),
  config: key(z.record(z.string(), z.unknown()).default({}), "Values for openclaw.json; they win over the defaults.", {
    allowed: "an object shaped like openclaw.json",
    example: "info",
  }),
  env: key(
    z.record(z.string(), z.string()).default({}),
    "Plain environment variables of the gateway.",
    environmentValue,
  ),
  secrets: key(
    z.record(z.string(), z.string().min(1)).default({}),
    "Secret environment variables of the gateway, e.g. ANTHROPIC_API_KEY.",
    { allowed: "text, set with --secret", example: "" },
  ),
  data: key(data.prefault({}), "The gateway's state.", {
    allowed: "an object with the keys onDestroy, adopt",
    example: "retain",
  }),
  local: key(local, "The local target.", { allowed: "an object with the key runtime", example: "process" }),
});

/** The validated configuration, with every default filled in. */
export type OpenclawConfig = z.output<typeof configSchema>;

/** JSON Schema of a stack's file (`stacks/Pulumi.<stack>.yaml`): our keys, and whatever else Pulumi keeps there. */
export function stackFileSchema(): object {
  const { properties } = z.toJSONSchema(configSchema, { io: "input", override: withoutHelp }) as {
    properties: Record<string, object>; // an object schema has properties
  };
  const keys = Object.entries(properties).map(([name, schema]) => [
    `openclaw:${name}`,
    name === "secrets" ? secureValues : schema,
  ]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Pulumi stack configuration of pulumi-openclaw",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(keys) as object,
        patternProperties: { "^(?!openclaw:)": true },
        additionalProperties: false,
      },
    },
  };
}

const secureValues = {
  type: "object",
  description:
    "Secret environment variables of the gateway, e.g. ANTHROPIC_API_KEY; written by `pulumi config set --secret`.",
  additionalProperties: { type: "object", properties: { secure: { type: "string" } }, required: ["secure"] },
};

/** What only error messages need. */
function withoutHelp({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void {
  delete jsonSchema["allowed"];
  delete jsonSchema["example"];
}
