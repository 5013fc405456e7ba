/** The gateway in a container on a server at Hetzner Cloud. */
import * as pulumi from "@pulumi/pulumi";
import { dockerRepository, tunnelUser } from "../cloud-init/baseline.ts";
import { hostCommands } from "../components/container/commands.ts";
import { ContainerGateway, type ContainerGatewayArgs } from "../components/container/container-gateway.ts";
import { containerPaths } from "../components/container/container-release.ts";
import type { JsonObject } from "../components/gateway/openclaw-json.ts";
import { hostPaths } from "../components/host/gateway-host.ts";
import { HetznerApi, hetznerAccess, HetznerError } from "../components/host/hetzner/api.ts";
import { hetznerObjections, hetznerWarnings } from "../components/host/hetzner/checks.ts";
import type { Wanted } from "../components/host/hetzner/wanted.ts";
import { look, type Found } from "../components/host/hetzner/found.ts";
import { hetznerNames, type HetznerNames } from "../components/host/hetzner/names.ts";
import { HetznerHost } from "../components/host/hetzner.ts";
import { describeFaults, removeCommand, setCommand, stackCommand } from "../infra/config-faults.ts";
import type { Loaded } from "../infra/config.ts";
import { contractVersion, type StackOutputs } from "../infra/outputs.ts";
import type { HetznerConfig } from "../infra/targets/hetzner.ts";

/** How this user calls Pulumi; undefined is `pulumi` itself. */
const cli = process.env["OPENCLAW_PULUMI_CLI"];

/**
 * Deploys the gateway and says how to use it.
 *
 * @param providers registers those of its resources that are not the engine's own
 */
export async function hetznerStack(
  config: Loaded<HetznerConfig>,
  providers: () => pulumi.ProviderResource[],
): Promise<StackOutputs> {
  const stack = pulumi.getStack();
  const { gateway: wanted, ssh, data } = config;
  const names = namesOf(stack);
  const api = new HetznerApi({
    ...hetznerAccess(config.providers, process.env),
    setToken: stackCommand("pulumi config set --secret hcloud:token", stack, cli),
  });
  const found = await preflight(
    api,
    { names, ...config.host, ...data, memoryMiB: wanted.memoryMiB, cpus: wanted.cpus },
    stack,
  );

  const image = { ...wanted.image, reference: wanted.image.reference ?? `ghcr.io/openclaw/openclaw:${wanted.version}` };
  const hostArgs = { names, ...config.host, ssh, data, tags: config.tags, found, api };
  const own = { providers: providers() };
  const host = new HetznerHost("host", hostArgs, own);
  const gatewayArgs: ContainerGatewayArgs = {
    host,
    owner: `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`,
    spec: {
      version: wanted.version,
      port: wanted.port,
      bind: "lan",
      paths: containerPaths,
      config: config.config as JsonObject, // it came out of JSON.parse
    },
    image,
    memoryMiB: wanted.memoryMiB,
    cpus: wanted.cpus,
    env: config.env,
    secrets: config.secrets,
    tokenVersion: wanted.tokenVersion,
    adopt: data.adopt !== undefined,
    release: wanted.release,
    restoreState: wanted.restoreState,
    baseline: {
      ssh,
      docker: { source: config.host.dockerSource, ...dockerRepository },
      reboot: { time: "04:00" },
      logs: { journalMaxMiB: 500, containerMaxMiB: 10, containerFiles: 3 },
    },
  };
  const gateway = new ContainerGateway("gateway", gatewayArgs, own);
  const commands = pulumi.all([host.address, host.hostKey, host.data]).apply(([address, hostKey, { id }]) => {
    const access = { user: host.sshUser, address, port: host.sshPort, hostKey, gatewayPort: wanted.port };
    return {
      ...hostCommands(access),
      ...(ssh.tunnelKeys.length === 0 ? {} : { tunnelForOthers: hostCommands({ ...access, user: tunnelUser }).tunnel }),
      ...(data.onDestroy === "delete" ? {} : { adopt: stackCommand(setCommand(["data", "adopt"], id), stack, cli) }),
    };
  });
  return {
    contract: contractVersion,
    gateway: gateway.url.apply((url) => ({
      name: stack,
      target: config.target,
      version: wanted.version,
      url,
      reach: "tunnel" as const,
      healthUrl: `${url}healthz`,
      image: image.reference,
    })),
    token: gateway.token,
    host: pulumi.all([host.serverId, host.address, host.hostKey]).apply(([id, address, hostKey]) => ({
      provider: host.provider,
      id,
      address,
      sshUser: host.sshUser,
      hostKey,
    })),
    data: host.data.apply(({ id }) => ({
      kind: "volume" as const,
      id,
      path: hostPaths.data,
      onDestroy: data.onDestroy,
    })),
    commands,
    release: gateway.releaseId.apply((id) => ({ id })),
  };
}

/** @throws pulumi.RunError when the stack's name is too long */
function namesOf(stack: string): HetznerNames {
  try {
    return hetznerNames(pulumi.getProject(), stack);
  } catch (error) {
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Asks Hetzner Cloud before anything is created, also in a preview.
 *
 * @throws pulumi.RunError naming everything that speaks against the configuration
 */
async function preflight(api: HetznerApi, wanted: Wanted, stack: string): Promise<Found> {
  const found = await look(api, wanted.names, wanted).catch((error: unknown) => {
    throw error instanceof HetznerError ? new pulumi.RunError(error.message) : error;
  });
  const now = new Date();
  const faults = hetznerObjections(found, wanted, now).map(({ path, got, allowed, value }) => ({
    path,
    got,
    allowed,
    type: value === undefined ? removeCommand(path) : setCommand(path, value),
  }));
  if (faults.length > 0) throw new pulumi.RunError(describeFaults(stack, faults, cli));
  for (const warning of hetznerWarnings(found, wanted, now)) void pulumi.log.warn(warning);
  return found;
}
