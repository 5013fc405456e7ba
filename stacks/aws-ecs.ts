/** The gateway as a task on Fargate at AWS. */
import * as pulumi from "@pulumi/pulumi";
import { gatewayAlarms } from "../components/ecs/alarms.ts";
import { serviceCommands } from "../components/ecs/commands.ts";
import { monthlyCost } from "../components/ecs/cost.ts";
import { endpointServices } from "../components/ecs/endpoints.ts";
import type { EcsGatewayArgs, HttpsAccess } from "../components/ecs/gateway-args.ts";
import { EcsGateway } from "../components/ecs/gateway.ts";
import { stackName, taggedAs } from "../components/ecs/names.ts";
import { Network, type GatewayNetwork } from "../components/ecs/network.ts";
import { dataMount } from "../components/ecs/paths.ts";
import type { Found } from "../components/ecs/preflight/found.ts";
import type { JsonObject } from "../components/gateway/openclaw-json.ts";
import type { Loaded } from "../infra/config.ts";
import { contractVersion, type StackOutputs } from "../infra/outputs.ts";
import { adoptCommand } from "../infra/targets/aws-ecs/adopt-command.ts";
import type { AwsEcsConfig } from "../infra/targets/aws-ecs.ts";
import { awsProvider } from "../infra/targets/aws-ecs/provider.ts";
import { userCli } from "../infra/user-cli.ts";

type Config = Loaded<AwsEcsConfig>;

/**
 * Deploys the gateway and says how to use it, and what it costs.
 *
 * @param found what AWS answered to the preflight
 * @param providers registers those of its resources that are not the engine's own
 */
export function awsEcsStack(config: Config, found: Found, providers: () => pulumi.ProviderResource[]): StackOutputs {
  const stack = pulumi.getStack();
  const owner = stackName(pulumi.getProject(), stack);
  const { gateway: wanted, access, data } = config;
  const profile = config.providers["aws:profile"];

  const own = { providers: [...providers(), awsProvider(config.providers, found.place)] };
  const image = wanted.image.reference ?? `ghcr.io/openclaw/openclaw:${wanted.version}`;
  const shell = access.exec ?? access.mode === "tunnel";
  const https = httpsOf(config);
  const gatewayArgs: EcsGatewayArgs = {
    ...{
      place: found.place,
      profile,
      owner,
      image,
      https,
      shell,
      data: { ...data, adopt: adopted(found, data.adopt) },
    },
    ...{ version: wanted.version, port: wanted.port, cpus: wanted.cpus, memoryMiB: wanted.memoryMiB },
    config: config.config as JsonObject, // it came out of JSON.parse
    ...{ env: config.env, secrets: config.secrets, tokenVersion: wanted.tokenVersion },
    secretsKeyArn: wanted.kmsKeyArn,
    ...{ network: networkOf(config, found, owner, own), publicAddress: config.network.egress === "public" },
    ...{ endpoints: config.network.endpoints, monitoring: config.monitoring, tags: config.tags },
  };
  const gateway = new EcsGateway("gateway", gatewayArgs, own);
  const { port } = wanted;
  const origin = https === undefined ? undefined : `https://${https.domain}`;
  const names = pulumi.all([gateway.clusterName, gateway.serviceName, gateway.logGroup, gateway.fileSystemId]);
  const commands = names.apply(([cluster, service, logGroup, fileSystem]) => ({
    ...serviceCommands({
      ...{ stack, pulumi: userCli, region: found.place.region, profile },
      ...{ cluster, service, logGroup, port, shell, origin },
    }),
    ...(data.onDestroy === "delete" ? {} : { adopt: adoptCommand(fileSystem, data.path, stack, userCli) }),
  }));
  const reach = https === undefined ? ("tunnel" as const) : ("https" as const);
  return {
    contract: contractVersion,
    gateway: gateway.url.apply((url) => ({
      ...{ name: stack, target: config.target, version: wanted.version, url, reach, image },
      healthUrl: `${url}healthz`,
    })),
    token: gateway.token,
    data: pulumi.all([gateway.fileSystemId, gateway.fileSystemArn]).apply(([id, arn]) => ({
      ...{ kind: "file-system" as const, id, arn, path: `${dataMount}/state`, onDestroy: data.onDestroy },
    })),
    commands,
    monthlyCost: monthlyCost({
      ...{ cpus: wanted.cpus, memoryMiB: wanted.memoryMiB, loadBalancer: https !== undefined },
      nat: config.network.vpcId === undefined && config.network.egress === "nat",
      publicTask: config.network.egress === "public",
      endpoints: config.network.endpoints ? endpointServices.length * 2 : 0,
      secrets: 1 + Object.keys(config.secrets).length,
      alarms: gatewayAlarms({
        hasLoadBalancer: https !== undefined,
        archiveEveryHours: data.archives.everyHours,
      }).length,
      metrics: data.archives.everyHours > 0 ? 1 : 0,
    }),
  };
}

function httpsOf({ access }: Config): HttpsAccess | undefined {
  const { domain } = access;
  return access.mode === "https" && domain !== undefined ? { ...access, domain } : undefined;
}

/** A network of its own, or what is known of the one that exists. */
function networkOf(
  { network, access, tags }: Config,
  found: Found,
  owner: string,
  own: pulumi.ComponentResourceOptions,
): GatewayNetwork {
  if (network.vpcId !== undefined) {
    const known = (id: string) => found.subnets.find((subnet) => subnet.id === id);
    return {
      ...{ vpcId: network.vpcId, taskRouteTableIds: [], ready: [] },
      ...{ taskSubnetIds: network.taskSubnetIds, loadBalancerSubnetIds: network.loadBalancerSubnetIds },
      taskZones: network.taskSubnetIds.map((id) => known(id)?.zone ?? id),
      loadBalancerCidrs: network.loadBalancerSubnetIds.map((id) => known(id)?.cidr ?? ""),
    };
  }
  // A zone that is new in the region moves nothing.
  const zones = [network.zones, found.deployed?.zones ?? []].find(({ length }) => length === 2) ?? found.zones;
  const [first = "", second = ""] = zones;
  const args = {
    ...{ cidr: network.cidr, zones: [first, second] as const, egress: network.egress },
    ...{ loadBalancer: access.mode === "https", tags: taggedAs(owner, tags) },
  };
  return new Network("network", args, own);
}

const adopted = ({ fileSystems }: Found, id: string | undefined) => fileSystems.find((each) => each.id === id);
