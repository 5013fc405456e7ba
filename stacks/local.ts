/** The gateway on this machine. */
import { homedir } from "node:os";
import * as pulumi from "@pulumi/pulumi";
import type { JsonObject } from "../components/gateway/openclaw-json.ts";
import type { GatewaySpec } from "../components/gateway/spec.ts";
import { wantedGeneration } from "../components/local/liveness.ts";
import { LocalGateway } from "../components/local/local-gateway.ts";
import { dataRoot, gatewayPaths, localPaths, runFiles } from "../components/local/paths.ts";
import { shellQuoted } from "../components/local/shell-quoted.ts";
import { systemdUnitName } from "../components/local/units/systemd-unit.ts";
import type { Loaded } from "../infra/config.ts";
import { contractVersion, type StackOutputs } from "../infra/outputs.ts";
import type { LocalConfig } from "../infra/targets/local.ts";

/** Deploys the gateway and says how to use it. */
export async function localStack(config: Loaded<LocalConfig>): Promise<StackOutputs> {
  const stack = pulumi.getStack();
  const home = homedir();
  const paths = localPaths(dataRoot(process.env, home), stack, config.data.adopt);
  const { version, port, tokenVersion } = config.gateway;
  const { runtime } = config.local;
  const spec: GatewaySpec = {
    version,
    port,
    bind: "loopback",
    paths: gatewayPaths(paths),
    config: config.config as JsonObject, // it came out of JSON.parse
  };
  const gateway = new LocalGateway("gateway", {
    stack,
    owner: `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`,
    spec,
    paths,
    runtime,
    tokenVersion,
    generation: await wantedGeneration(paths.run, runtime),
    env: config.env,
    secrets: config.secrets,
    data: { onDestroy: config.data.onDestroy, adopt: config.data.adopt },
    home,
  });
  const files = runFiles(paths.run);
  const [launcher, dashboard] = [shellQuoted(files.launcher), shellQuoted(files.dashboard)];
  return {
    contract: contractVersion,
    gateway: gateway.url.apply((url) => ({
      name: stack,
      target: config.target,
      version,
      url,
      reach: "local" as const,
      healthUrl: `${url}healthz`,
    })),
    token: gateway.token,
    data: { kind: "directory", id: paths.data, path: paths.data, onDestroy: config.data.onDestroy },
    commands: {
      open: dashboard,
      status: `${launcher} health`,
      logs: runtime === "systemd" ? systemdLogs(stack) : `tail -n 100 -F ${shellQuoted(`${paths.logs}/gateway.log`)}`,
      cli: launcher,
      approveDevice: `${launcher} devices approve`,
    },
  };
}

const systemdLogs = (stack: string): string =>
  `journalctl ${process.getuid?.() === 0 ? "--unit" : "--user-unit"} ${systemdUnitName(stack)} --lines 100 --follow`;
