/** How a key of the configuration is declared: its type, its description, and what a fault says about it. Pure. */
import { z } from "zod";

/** What a fault says about a key. */
export interface KeyHelp {
  /** Completes the sentence "allowed: …". */
  readonly allowed: string;
  /** A value that can be pasted after `pulumi config set`. */
  readonly example: string;
  /** The value has to stay text: YAML would read it as a number. */
  readonly isText?: boolean;
}

/** What is wrong with one value, more exactly than its key's help says. */
export interface Objection {
  /** Replaces the value in "got: …". @default the value */
  readonly got?: string;
  /** @default what the key's help says */
  readonly allowed?: string;
  /** What to type instead. @default the key's example */
  readonly example?: string;
}

/** Declares a key. */
export const key = <T extends z.ZodType>(schema: T, description: string, help: KeyHelp): T =>
  schema.meta({ description, ...help });

/** Declares an object of keys; what is allowed there are its keys. A missing one is judged like an empty one. */
export const section = <T extends z.ZodRawShape>(description: string, shape: T) => {
  const names = Object.keys(shape);
  const allowed = `an object with the ${names.length === 1 ? "key" : "keys"} ${names.join(", ")}`;
  return z.strictObject(shape).meta({ description, allowed });
};

/** Text that a function judges; its objections reach the user through `faultsOf`. */
export const judged = (judge: (text: string) => Objection | undefined): z.ZodString =>
  z.string().superRefine((text, context) => {
    const objection = judge(text);
    if (objection !== undefined) context.addIssue({ code: "custom", params: { objection } });
  });

/**
 * A number that may have a fraction, which `pulumi config set --path` writes as text: it makes numbers of whole ones alone.
 * (`adjustObjectValue` in https://github.com/pulumi/pulumi/tree/v3.259.0/sdk/go/common/resource/config)
 */
export const decimal = (least = 0) => {
  const number = z.number().min(least);
  const text = z.string().regex(/^\d{1,6}\.\d{1,6}$/);
  return z.union([number, text.transform(Number).pipe(number)]);
};

/** Browser control and its debugging ports take the 110 ports above the gateway's own. */
export const highestPort = 65_535 - 110;

/** OpenClaw that every target runs unless the configuration says otherwise; the tests run it. */
export const defaultVersion = "2026.9.6";

/** Keys under `gateway` that every target has. */
export const gatewayKeys = {
  port: key(z.int().min(1024).max(highestPort).default(18_789), "TCP port of the gateway, on loopback.", {
    allowed: `a whole number from 1024 to ${String(highestPort)}; two gateways on one machine at least 120 apart`,
    example: "18789",
  }),
  tokenVersion: key(z.int().min(1).default(1), "Raise it to replace the gateway token.", {
    allowed: "a whole number, 1 or more",
    example: "2",
  }),
};

/** Top-level keys that every target has. */
export const commonKeys = {
  config: key(z.record(z.string(), z.unknown()).default({}), "Values for openclaw.json; they win over the defaults.", {
    allowed: "an object shaped like openclaw.json",
    example: "info",
  }),
  env: key(z.record(z.string(), z.string()).default({}), "Plain environment variables of the gateway.", {
    allowed: "text",
    example: "'some text'",
    isText: true,
  }),
  secrets: key(
    z.record(z.string(), z.string().min(1)).default({}),
    "Secret environment variables of the gateway, e.g. ANTHROPIC_API_KEY.",
    { allowed: "text, set with --secret", example: "" },
  ),
};

/** `data.onDestroy`, which every target has. */
export const onDestroy = key(
  z.enum(["retain", "delete"]).default("retain"),
  "What `destroy` does with the gateway's state.",
  { allowed: "retain or delete (run an up after changing it, before the destroy)", example: "retain" },
);

/** {@link commonKeys} alone, whatever else there is. */
export const commonSchema = z.object(commonKeys);

/** What every target's configuration has in common. */
export type CommonConfig = z.output<typeof commonSchema>;
