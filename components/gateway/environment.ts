/** The gateway's environment and arguments. Pure. */
import type { GatewaySpec } from "./spec.ts";

/** Environment variables, by name. */
export type Environment = Readonly<Record<string, string>>;

/** What the machine contributes: nothing else of the deployer's own environment reaches the gateway. */
export interface HostEnvironment {
  readonly home: string;
  /** Search path, the runtime's own Node first. */
  readonly path: string;
}

const own = (spec: GatewaySpec, token: string): Environment => ({
  OPENCLAW_STATE_DIR: spec.paths.stateDirectory,
  OPENCLAW_CONFIG_PATH: spec.paths.configFile,
  OPENCLAW_WORKSPACE_DIR: spec.paths.workspaceDirectory,
  OPENCLAW_GATEWAY_TOKEN: token,
  OPENCLAW_GATEWAY_PORT: String(spec.port),
  // The program decides the version: an update that installs itself would be undone or half-done.
  OPENCLAW_NO_AUTO_UPDATE: "1",
  OPENCLAW_DISABLE_BONJOUR: "1",
  // Start-up writes ~/.cache/openclaw-<uid> otherwise, which a read-only root file system refuses (exit 78).
  XDG_CACHE_HOME: spec.paths.cacheDirectory,
  // One process for life, as the supervisor knows it; OpenClaw's own advice for managed gateways (docs/vps.md). For the
  // same reason NODE_COMPILE_CACHE is reserved and not set: with it, openclaw.mjs runs the gateway as a child that gets
  // 2 s instead of 330 s to stop, and that goes on alone when its parent is killed.
  OPENCLAW_NO_RESPAWN: "1",
  // OpenClaw calls npm for its plugins; npm writes ~/.npm otherwise.
  NPM_CONFIG_CACHE: `${spec.paths.cacheDirectory}/npm`,
});

/** Names that `openclaw:env` and `openclaw:secrets` may not set. */
export const reservedVariables: ReadonlySet<string> = new Set([
  "OPENCLAW_STATE_DIR",
  "OPENCLAW_CONFIG_PATH",
  "OPENCLAW_WORKSPACE_DIR",
  "OPENCLAW_GATEWAY_TOKEN",
  "OPENCLAW_GATEWAY_PASSWORD",
  "OPENCLAW_GATEWAY_PORT",
  "OPENCLAW_NO_AUTO_UPDATE",
  "OPENCLAW_DISABLE_BONJOUR",
  "XDG_CACHE_HOME",
  "NODE_COMPILE_CACHE",
  "OPENCLAW_NO_RESPAWN",
  "NPM_CONFIG_CACHE",
  "HOME",
  "PATH",
]);

/**
 * The complete environment of the gateway.
 *
 * @param token the stack's gateway token; it lives here and nowhere else, because a token in openclaw.json wins over it
 * @param user `openclaw:env` and `openclaw:secrets`; they cannot replace what the program sets
 */
export const gatewayEnvironment = (
  spec: GatewaySpec,
  token: string,
  user: Environment,
  host: HostEnvironment,
): Environment => ({
  LANG: "C.UTF-8",
  ...user,
  HOME: host.home,
  PATH: host.path,
  ...own(spec, token),
});

/**
 * Arguments after `openclaw`. The bind is an argument because the gateway reads no variable for it; there is no
 * `--allow-unconfigured`, because the program always writes a configuration; there is no token, because arguments are
 * readable by every user of the machine.
 */
export const gatewayArguments = (spec: GatewaySpec): string[] => [
  "gateway",
  "--bind",
  spec.bind,
  "--port",
  String(spec.port),
];
