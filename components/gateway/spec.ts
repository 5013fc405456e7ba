/** What is deployed, whatever the target: plain values, no Pulumi. */
import type { JsonObject } from "./openclaw-json.ts";

/** Directories and files of a gateway on the machine (or in the container) that runs it; absolute. */
export interface GatewayPaths {
  /** OPENCLAW_STATE_DIR: databases, openclaw.json, the workspace. Mode 0700. */
  readonly stateDirectory: string;
  readonly configFile: string;
  readonly workspaceDirectory: string;
  /** Throw-away files, such as compile caches. */
  readonly cacheDirectory: string;
  /** OpenClaw's own structured log. */
  readonly logFile: string;
}

/** Where the gateway listens. `lan` is every IPv4 address, for containers that publish on loopback only. */
export type GatewayBind = "loopback" | "lan";

/** One OpenClaw Gateway. */
export interface GatewaySpec {
  /** OpenClaw version, e.g. `2026.9.6`. */
  readonly version: string;
  /** TCP port; the 110 ports above it belong to browser control. */
  readonly port: number;
  readonly bind: GatewayBind;
  readonly paths: GatewayPaths;
  /** The user's values for openclaw.json. */
  readonly config: JsonObject;
}
