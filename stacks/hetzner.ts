/** The gateway in a container on a server at Hetzner Cloud. */
import * as pulumi from "@pulumi/pulumi";
import { dockerRepository, tunnelUser } from "../cloud-init/baseline.ts";
import { hostCommands } from "../components/container/commands.ts";
import { ContainerGateway, type ContainerGatewayArgs } from "../components/container/container-gateway.ts";
import { containerPaths } from "../components/container/container-release.ts";
import type { JsonObject } from "../components/gateway/openclaw-json.ts";
import { hostPaths } from "../components/host/gateway-host.ts";
import { HetznerHost } from "../components/host/hetzner.ts";
import { setCommand, stackCommand } from "../infra/config-faults.ts";
import type { Loaded } from "../infra/config.ts";
import { contractVersion, type StackOutputs } from "../infra/outputs.ts";
import type { HetznerConfig } from "../infra/targets/hetzner.ts";
import type { HetznerAnswer } from "../infra/targets/hetzner/preflight.ts";
import { userCli } from "../infra/user-cli.ts";

/**
 * Deploys the gateway and says how to use it.
 *
 * @param answer what Hetzner Cloud answered to the preflight
 * @param providers registers those of its resources that are not the engine's own
 */
export function hetznerStack(
  config: Loaded<HetznerConfig>,
  answer: HetznerAnswer,
  providers: () => pulumi.ProviderResource[],
): StackOutputs {
  const stack = pulumi.getStack();
  const { gateway: wanted, ssh, data } = config;

  const image = { ...wanted.image, reference: wanted.image.reference ?? `ghcr.io/openclaw/openclaw:${wanted.version}` };
  const hostArgs = { ...answer, ...config.host, ssh, data, tags: config.tags };
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
      ...(data.onDestroy === "delete"
        ? {}
        : { adopt: stackCommand(setCommand(["data", "adopt"], id), stack, userCli) }),
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
