/** Where the local target keeps everything: outside the clone, and not in ~/.openclaw. Pure. */
import { isAbsolute, join, resolve } from "node:path";
import type { GatewayPaths } from "../gateway/spec.ts";

/** Directories and files of one local stack; absolute. */
export interface LocalPaths {
  /** `${XDG_DATA_HOME:-~/.local/share}/pulumi-openclaw`. */
  readonly root: string;
  /** OPENCLAW_STATE_DIR. */
  readonly data: string;
  /** Copies of the state from before each release; beside `data`, so on the same volume. */
  readonly restorePoints: string;
  /** State that a rejected release wrote. */
  readonly rejected: string;
  /** The release that runs, the supervisor's own files and the launcher. */
  readonly run: string;
  readonly logs: string;
  readonly cache: string;
  /** Installed OpenClaw versions, shared by all stacks. */
  readonly runtimes: string;
}

/**
 * The directory under which everything lives.
 *
 * @param variables process environment; a relative XDG_DATA_HOME is ignored, as the XDG specification says
 */
export function dataRoot(variables: Readonly<Record<string, string | undefined>>, home: string): string {
  const base = variables["XDG_DATA_HOME"];
  return join(base !== undefined && isAbsolute(base) ? base : join(home, ".local", "share"), "pulumi-openclaw");
}

/** @param adopt a data directory that exists elsewhere; a slash at its end is dropped */
export function localPaths(root: string, stack: string, adopt?: string): LocalPaths {
  const own = join(root, "stacks", stack);
  const data = adopt === undefined ? join(own, "data") : resolve(adopt);
  return {
    root,
    data,
    restorePoints: `${data}.restore-points`,
    rejected: `${data}.rejected`,
    run: join(own, "run"),
    logs: join(own, "logs"),
    cache: join(own, "cache"),
    runtimes: join(root, "runtimes"),
  };
}

/** The gateway's own paths within a stack's. */
export const gatewayPaths = (paths: LocalPaths): GatewayPaths => ({
  stateDirectory: paths.data,
  configFile: join(paths.data, "openclaw.json"),
  workspaceDirectory: join(paths.data, "workspace"),
  cacheDirectory: paths.cache,
  logFile: join(paths.logs, "openclaw.log"),
});

/** The files that the release, the supervisor and the program share; all under `run`. */
export const runFiles = (run: string) => ({
  /** What runs, its environment included: mode 0600. */
  release: join(run, "release.json"),
  /** How often the gateway was started by the program; see `liveness.ts`. */
  generation: join(run, "generation"),
  supervisor: join(run, "supervisor.json"),
  journal: join(run, "journal.json"),
  ownedConfig: join(run, "owned-config.json"),
  lastGoodConfig: join(run, "last-good-openclaw.json"),
  agent: join(run, "agent"),
  /** `openclaw` with this gateway's environment. */
  launcher: join(run, "openclaw"),
  /** Prints a dashboard link that pairs the browser it is opened in. */
  dashboard: join(run, "dashboard"),
});
