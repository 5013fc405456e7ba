/** What a gateway on ECS is made from, and what it is told. Pure but for Pulumi's types. */
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../gateway/environment.ts";
import { merge, type Json, type JsonObject } from "../gateway/openclaw-json.ts";
import type { ArchiveSchedule } from "./entrypoint/archives.mts";
import type { AdoptedFileSystem } from "./file-system.ts";
import type { GatewayNetwork } from "./network.ts";
import type { AwsPlace } from "./policies.ts";

/** The way in from the internet. */
export interface HttpsAccess {
  readonly domain: string;
  readonly zoneId?: string | undefined;
  readonly certificateArn?: string | undefined;
  /** IPv4. */
  readonly allowedCidrs: readonly string[];
  readonly deletionProtection: boolean;
  readonly accessLogsBucket?: string | undefined;
}

/** Arguments of {@link EcsGateway}. */
export interface EcsGatewayArgs {
  readonly place: AwsPlace;
  /** Profile of AWS's own configuration files, for the verification. @default - the default one */
  readonly profile?: string | undefined;
  /** Project and stack. */
  readonly owner: string;
  readonly version: string;
  /** Reference of the image, pinned. */
  readonly image: string;
  readonly port: number;
  /** vCPU. */
  readonly cpus: number;
  readonly memoryMiB: number;
  /** The user's values for openclaw.json. */
  readonly config: JsonObject;
  readonly env: Environment;
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
  /** ARN of a KMS key that encrypts the secrets. @default - AWS's own of the account */
  readonly secretsKeyArn?: string | undefined;
  /** Raise it to replace the token. */
  readonly tokenVersion: number;
  readonly network: GatewayNetwork;
  /** Gives the task a public address, which nothing can connect to. */
  readonly publicAddress: boolean;
  readonly endpoints: boolean;
  /** @default - none: the gateway is reached by Session Manager */
  readonly https?: HttpsAccess | undefined;
  readonly shell: boolean;
  readonly data: {
    readonly onDestroy: "retain" | "delete";
    readonly adopt?: AdoptedFileSystem | undefined;
    /** Directory of the file system that holds the state. @default "/openclaw" */
    readonly path?: string | undefined;
    /** 0 makes no copies. */
    readonly backupDays: number;
    /** @default - one a day, and seven stay */
    readonly archives?: ArchiveSchedule | undefined;
    /** Name of an archive whose state the release begins with. @default - it goes on with the state that is there */
    readonly restore?: string | undefined;
  };
  readonly monitoring: { readonly email?: string | undefined; readonly logDays: number };
  readonly tags: Readonly<Record<string, string>>;
}

/** Who may reach the load balancer: the configured ranges, each once, or everybody. */
export const allowedRanges = ({ allowedCidrs }: HttpsAccess): string[] =>
  allowedCidrs.length === 0 ? ["0.0.0.0/0"] : [...new Set(allowedCidrs)].sort();

/** Origins that the user allows beside the gateway's own. */
function ownOrigins(config: JsonObject): readonly Json[] {
  const gateway = config["gateway"] as { controlUi?: { allowedOrigins?: unknown } } | undefined; // looked into with care
  const origins = gateway?.controlUi?.allowedOrigins;
  return Array.isArray(origins) ? (origins as Json[]) : [];
}

/**
 * The user's values for openclaw.json, and what the gateway has to be told behind a load balancer: whose X-Forwarded-For
 * counts, and by which address browsers come.
 *
 * @param trusted ranges of the load balancer's subnets
 */
export function toldConfig(config: JsonObject, https: HttpsAccess | undefined, trusted: readonly string[]): JsonObject {
  if (https === undefined) return config;
  const origin = `https://${https.domain}`;
  const allowedOrigins = [...new Set([origin, ...ownOrigins(config)])];
  return merge(config, {
    gateway: { trustedProxies: [...trusted], publicOrigin: origin, controlUi: { allowedOrigins } },
  });
}
