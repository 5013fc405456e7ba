/** What runs on this machine, rendered from plain values; it reads nothing but this folder's own `agent/`. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gatewayArguments, gatewayEnvironment, type Environment } from "../gateway/environment.ts";
import { desiredConfig } from "../gateway/openclaw-json.ts";
import type { GatewaySpec } from "../gateway/spec.ts";
import type { LocalPaths } from "./paths.ts";
import type { LocalRelease, LocalRuntime } from "./release/contract.ts";
import { runtimeDirectoryName } from "./versions.ts";

const agentDirectory = join(import.meta.dirname, "agent");

/** The plain values of a release. */
export interface LocalReleaseArgs {
  /** Name of the stack: its directories and its unit are called after it. */
  readonly stack: string;
  /** Organization, project and stack: tells stacks of one name apart. */
  readonly owner: string;
  readonly spec: GatewaySpec;
  readonly paths: LocalPaths;
  readonly runtime: LocalRuntime;
  /** Plain environment variables of the gateway. */
  readonly env: Environment;
  /** Home directory of the user that runs the gateway. */
  readonly home: string;
}

/** SHA-256 of the files that are copied beside the state and keep the gateway running. */
function hashOfAgent(): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(agentDirectory).sort()) {
    hash.update(`${name}\0`).update(readFileSync(join(agentDirectory, name)));
  }
  return hash.digest("hex");
}

/**
 * The release that a stack's configuration means.
 *
 * @param token the stack's gateway token
 * @param secrets secret environment variables of the gateway
 */
export function localRelease(args: LocalReleaseArgs, token: string, secrets: Environment): LocalRelease {
  const { spec, paths } = args;
  const runtimeDirectory = join(paths.runtimes, runtimeDirectoryName(spec.version));
  const bin = join(runtimeDirectory, "node_modules/.bin");
  // The deployer's own PATH is left out: it differs from shell to shell, and each difference would be a change.
  const path = [
    bin,
    "/opt/homebrew/bin",
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
  ].join(":");
  return {
    stack: args.stack,
    owner: args.owner,
    version: spec.version,
    port: spec.port,
    runtime: args.runtime,
    paths,
    runtimeDirectory,
    config: desiredConfig(spec),
    agentSha256: hashOfAgent(),
    command: {
      node: join(bin, "node"),
      entry: join(runtimeDirectory, "node_modules/openclaw/openclaw.mjs"),
      arguments: gatewayArguments(spec),
      environment: gatewayEnvironment(spec, token, { ...args.env, ...secrets }, { home: args.home, path }),
      workingDirectory: spec.paths.workspaceDirectory,
    },
  };
}
