/** The release that a stack's configuration means, rendered from plain values. Pure. */
import { createHash } from "node:crypto";
import { renderCompose, type ContainerLimits } from "../gateway/compose.ts";
import { renderDockerfile, type GatewayImage } from "../gateway/dockerfile.ts";
import { gatewayEnvironment, type Environment } from "../gateway/environment.ts";
import { renderGatewayUnit } from "../gateway/gateway-unit.ts";
import { desiredConfig } from "../gateway/openclaw-json.ts";
import type { GatewayPaths, GatewaySpec } from "../gateway/spec.ts";
import { hostPaths } from "../host/gateway-host.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { ContainerRelease } from "./release.ts";

const home = "/home/node";
const state = `${home}/.openclaw`;

/** Paths in the container: what a `GatewaySpec` of a container target has. */
export const containerPaths: GatewayPaths = {
  stateDirectory: state,
  configFile: `${state}/openclaw.json`,
  workspaceDirectory: `${state}/workspace`,
  cacheDirectory: "/tmp/.cache",
  logFile: `${state}/logs/openclaw.log`,
};

/** The plain values of a release. */
export interface ContainerReleaseArgs extends ContainerLimits {
  /** With `bind: "lan"` and {@link containerPaths}; the port is published on loopback only. */
  readonly spec: GatewaySpec;
  readonly image: GatewayImage;
  /** Plain environment variables of the gateway. */
  readonly env: Environment;
}

/** The journal shows lines with escape sequences as "[blob data]". */
const journalFriendly: Environment = { NO_COLOR: "1" };

const digits = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 12);

/**
 * @param token the stack's gateway token
 * @param secrets secret environment variables of the gateway
 * @throws Error naming every fault of the image
 */
export function containerRelease(args: ContainerReleaseArgs, token: string, secrets: Environment): ContainerRelease {
  const { spec, image } = args;
  const dockerfile = renderDockerfile(image, spec.version);
  const tag = `openclaw-gateway:${digits(dockerfile)}`;
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const release = {
    version: spec.version,
    port: spec.port,
    image: { reference: image.reference, dockerfile, tag },
    compose: renderCompose(spec, tag, args),
    unit: renderGatewayUnit({ composeFile: `${hostPaths.data}/current/compose.yaml`, data: hostPaths.data }),
    config: desiredConfig(spec),
    environment: gatewayEnvironment(spec, token, { ...journalFriendly, ...args.env, ...secrets }, { home, path }),
    secrets: ["OPENCLAW_GATEWAY_TOKEN", ...Object.keys(secrets).sort()],
  };
  return { id: digits(canonicalJson(release)), ...release };
}
