/** An OpenClaw Gateway on this machine, without containers. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "@pulumi/command/local/index.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomBytes } from "@pulumi/random/randomBytes.js";
import { gatewayArguments, gatewayEnvironment, type Environment } from "../gateway/environment.ts";
import { desiredConfig } from "../gateway/openclaw-json.ts";
import type { GatewaySpec } from "../gateway/spec.ts";
import type { LocalPaths } from "./paths.ts";
import type { LocalRelease, LocalRuntime, ReleaseRequest } from "./release/contract.ts";
import { runtimeDirectoryName } from "./versions.ts";

const tokenBytes = 48;
const agentDirectory = join(import.meta.dirname, "agent");

/** Arguments of {@link LocalGateway}. */
export interface LocalGatewayArgs {
  /** Name of the stack: its directories and its unit are called after it. */
  readonly stack: string;
  /** Organization, project and stack: tells stacks of one name apart. */
  readonly owner: string;
  readonly spec: GatewaySpec;
  readonly paths: LocalPaths;
  readonly runtime: LocalRuntime;
  /** Raise it to replace the token. */
  readonly tokenVersion: number;
  /** From `wantedGeneration`. */
  readonly generation: number;
  /** Plain environment variables of the gateway. */
  readonly env: Environment;
  /** Secret environment variables of the gateway. */
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
  readonly data: ReleaseRequest["data"];
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

function localRelease(
  args: LocalGatewayArgs,
  runtimeDirectory: string,
  token: string,
  secrets: Environment,
): LocalRelease {
  const { spec, paths } = args;
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

/**
 * An OpenClaw Gateway on this machine: its token, and the release that runs.
 *
 * Errors come from the release (`release/apply.ts`) as the failure of the child `<name>-release`.
 */
export class LocalGateway extends pulumi.ComponentResource {
  /** The gateway's token, 96 hexadecimal digits; secret. */
  public readonly token: pulumi.Output<string>;
  /** URL of the dashboard and of the WebSocket, once the release is verified. */
  public readonly url: pulumi.Output<string>;

  constructor(name: string, args: LocalGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw:local:Gateway", name, {}, opts);
    const runtimeDirectory = join(args.paths.runtimes, runtimeDirectoryName(args.spec.version));

    const token = new RandomBytes(
      `${name}-token`,
      { length: tokenBytes, keepers: { tokenVersion: String(args.tokenVersion) } },
      { parent: this },
    );
    const stdin = pulumi.secret(
      pulumi.all([token.hex, pulumi.output(args.secrets)]).apply(([hex, secrets]) => {
        const request: ReleaseRequest = {
          generation: args.generation,
          release: localRelease(args, runtimeDirectory, hex, secrets),
          data: args.data,
        };
        return JSON.stringify(request);
      }),
    );
    // Paths of scripts are relative to the program's directory, so that a clone that moves changes nothing.
    const release = new Command(
      `${name}-release`,
      {
        create: "node ../components/local/release/apply.ts",
        update: "node ../components/local/release/apply.ts",
        delete: "node ../components/local/release/remove.ts",
        stdin,
      },
      { parent: this, additionalSecretOutputs: ["stdin"] },
    );

    this.token = pulumi.secret(token.hex);
    this.url = release.id.apply(() => `http://127.0.0.1:${String(args.spec.port)}/`);
    this.registerOutputs({ token: this.token, url: this.url });
  }
}
