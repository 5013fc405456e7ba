/** An OpenClaw Gateway on ECS: everything that it consists of, wired. */
import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomBytes } from "@pulumi/random/randomBytes.js";
import { Backup } from "./backup.ts";
import { Endpoints } from "./endpoints.ts";
import { FileSystem } from "./file-system.ts";
import { Firewall } from "./firewall.ts";
import { allowedRanges, toldConfig, type EcsGatewayArgs } from "./gateway-args.ts";
import { LoadBalancer } from "./load-balancer.ts";
import { familyName, taggedAs } from "./names.ts";
import { Observability } from "./observability.ts";
import { taskPaths } from "./paths.ts";
import { Roles } from "./roles.ts";
import { Secrets } from "./secrets.ts";
import { Service } from "./service.ts";
import { dailyArchives, renderTask } from "./task-definition.ts";

const tokenBytes = 48;

/** See the file's comment. Errors of a release come from the child `<name>-verified`. */
export class EcsGateway extends pulumi.ComponentResource {
  /** The gateway's token, 96 hexadecimal digits; secret. */
  public readonly token: pulumi.Output<string>;
  /** URL of the dashboard and of the WebSocket, once the release is verified. */
  public readonly url: pulumi.Output<string>;
  /** Of the release that runs, once it is verified. */
  public readonly release: pulumi.Output<string>;
  public readonly fileSystemId: pulumi.Output<string>;
  public readonly fileSystemArn: pulumi.Output<string>;
  public readonly clusterName: pulumi.Output<string>;
  public readonly serviceName: pulumi.Output<string>;
  public readonly logGroup: pulumi.Output<string>;
  /** AWS's name of the load balancer; undefined when there is none. */
  public readonly loadBalancerName: pulumi.Output<string> | undefined;

  constructor(name: string, args: EcsGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw:ecs:Gateway", name, {}, opts);
    const child = { parent: this };
    const { https, network, place, port } = args;
    const tags = taggedAs(args.owner, args.tags);
    const common = { place, tags, shell: args.shell };

    const firewall = new Firewall(
      name,
      {
        ...{ vpcId: network.vpcId, port, tags, endpoints: args.endpoints },
        loadBalancerCidrs: https === undefined ? undefined : allowedRanges(https),
      },
      child,
    );
    if (firewall.endpointGroupId !== undefined) {
      new Endpoints(name, { network, tags, region: place.region, securityGroupId: firewall.endpointGroupId }, child);
    }
    const data = new FileSystem(
      name,
      {
        ...{ subnetIds: network.taskSubnetIds, zones: network.taskZones, tags, ...args.data },
        ...{ securityGroupId: firewall.fileSystemGroupId, after: firewall.groups },
      },
      child,
    );
    const token = new RandomBytes(
      `${name}-token`,
      { length: tokenBytes, keepers: { tokenVersion: String(args.tokenVersion) } },
      child,
    );
    const { secretsKeyArn } = args;
    const secrets = new Secrets(
      name,
      { values: { OPENCLAW_GATEWAY_TOKEN: token.hex, ...args.secrets }, kmsKeyId: secretsKeyArn, tags },
      child,
    );
    const logs = new LogGroup(`${name}-log`, { retentionInDays: args.monitoring.logDays, tags: tags("log") }, child);
    const roles = new Roles(
      name,
      {
        ...common,
        fileSystemId: data.fileSystemId,
        fileSystemArn: data.fileSystemArn,
        accessPointArn: data.accessPointArn,
        image: args.image,
        logGroupArn: logs.arn,
        secretArns: secrets.arns,
        secretsKeyArn,
      },
      child,
    );
    const balancer =
      https === undefined || firewall.loadBalancerGroupId === undefined
        ? undefined
        : new LoadBalancer(
            name,
            {
              ...https,
              ...{ vpcId: network.vpcId, subnetIds: network.loadBalancerSubnetIds, tags },
              securityGroupId: firewall.loadBalancerGroupId,
            },
            child,
          );
    const spec = {
      ...{ version: args.version, port, bind: "lan" as const, paths: taskPaths },
      config: toldConfig(args.config, https, network.loadBalancerCidrs),
    };
    const service = new Service(
      name,
      {
        ...common,
        ...{ cpus: args.cpus, memoryMiB: args.memoryMiB, port, family: familyName(args.owner) },
        task: pulumi.all([secrets.taskSecrets, logs.name]).apply(([taskSecrets, logGroup]) =>
          renderTask({
            ...{ spec, image: args.image, cpu: args.cpus * 1024, memoryMiB: args.memoryMiB, env: args.env },
            ...{ secrets: taskSecrets, shell: args.shell, logGroup, region: place.region },
            ...{ archives: args.data.archives, restore: args.data.restore },
          }),
        ),
        executionRoleArn: roles.executionRoleArn,
        taskRoleArn: roles.taskRoleArn,
        fileSystemId: data.fileSystemId,
        accessPointId: data.accessPointId,
        subnetIds: network.taskSubnetIds,
        securityGroupId: firewall.taskGroupId,
        publicAddress: args.publicAddress,
        loadBalancer: balancer,
        verification: pulumi.all([logs.name, balancer?.dnsName ?? "", token.hex]).apply(([logGroup, address, hex]) => ({
          ...{ region: place.region, profile: args.profile, logGroup },
          ...(https === undefined
            ? {}
            : { outside: { domain: https.domain, address, version: args.version, token: hex } }),
        })),
        needs: [
          ...data.mountTargets,
          ...roles.policies,
          ...firewall.rules,
          ...network.ready,
          ...(balancer?.listeners ?? []),
        ],
      },
      child,
    );
    new Observability(
      name,
      {
        ...{ place, tags, email: args.monitoring.email, loadBalancer: balancer },
        ...{ clusterName: service.clusterName, clusterArn: service.clusterArn, serviceName: service.serviceName },
        ...{ fileSystemId: data.fileSystemId, logGroup: logs.name },
        archiveEveryHours: (args.data.archives ?? dailyArchives).everyHours,
      },
      child,
    );
    const { onDestroy, backupDays: days } = args.data;
    new Backup(name, { place, tags, onDestroy, days, fileSystemArn: data.fileSystemArn }, child);

    const near = https === undefined ? `http://127.0.0.1:${String(port)}/` : `https://${https.domain}/`;
    this.token = pulumi.secret(token.hex);
    this.release = service.release;
    this.url = service.release.apply(() => near);
    this.fileSystemId = data.fileSystemId;
    this.fileSystemArn = data.fileSystemArn;
    this.clusterName = service.clusterName;
    this.serviceName = service.serviceName;
    this.logGroup = logs.name;
    this.loadBalancerName = balancer?.dnsName;
    this.registerOutputs({ token: this.token, url: this.url, release: this.release, fileSystemId: this.fileSystemId });
  }
}
