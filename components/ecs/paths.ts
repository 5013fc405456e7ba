/** Where things are on the file system and in the containers of a task. Pure. */
import type { GatewayPaths } from "../gateway/spec.ts";

/** Where the file system is mounted: the root of the access point. */
export const dataMount = "/data";

/** Directory of the entry point in the gateway's container; lost with it. */
export const runDirectory = "/tmp/openclaw-entrypoint";

/** XDG_CONFIG_HOME: OpenClaw keeps keys there. */
export const configHome = `${dataMount}/config`;

const state = `${dataMount}/state`;

/** Paths in the containers: what a `GatewaySpec` on ECS has. */
export const taskPaths: GatewayPaths = {
  stateDirectory: state,
  configFile: `${state}/openclaw.json`,
  workspaceDirectory: `${state}/workspace`,
  cacheDirectory: "/tmp/.cache",
  logFile: `${state}/logs/openclaw.log`,
};

/** Directory of the file system that holds the state, as its access point leads there. */
export const stateDirectory = "/openclaw";
