/** The service that keeps one task of the gateway running, and the proof that it is ours and well. */
import { Command } from "@pulumi/command/local/index.js";
import { Cluster } from "@pulumi/aws/ecs/cluster.js";
import { Service as EcsService } from "@pulumi/aws/ecs/service.js";
import { TaskDefinition } from "@pulumi/aws/ecs/taskDefinition.js";
import * as pulumi from "@pulumi/pulumi";
import { taskNames, type RenderedTask } from "./task-definition.ts";
import type { VerifyRequest } from "./verify-service/contract.ts";

/** Arguments of {@link Service}. */
export interface ServiceArgs {
  readonly task: pulumi.Output<RenderedTask>;
  /** Family of the task definition. */
  readonly family: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly executionRoleArn: pulumi.Input<string>;
  readonly taskRoleArn: pulumi.Input<string>;
  readonly fileSystemId: pulumi.Input<string>;
  readonly accessPointId: pulumi.Input<string>;
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly securityGroupId: pulumi.Input<string>;
  /** Gives the task an address of its own; for subnets that lead to the internet gateway. */
  readonly publicAddress: boolean;
  /** Whether ECS Exec may enter the container `shell`. */
  readonly shell: boolean;
  /** Of the gateway. */
  readonly port: number;
  /** @default - none: nothing reaches the task from outside */
  readonly loadBalancer?: { readonly targetGroupArn: pulumi.Input<string> } | undefined;
  /** What the verification is told beside what is made here. */
  readonly verification: pulumi.Output<
    Omit<VerifyRequest, "cluster" | "service" | "taskDefinition" | "network" | "release">
  >;
  /** What a task needs when it starts. */
  readonly needs: readonly pulumi.Resource[];
  readonly tags: (suffix: string) => Record<string, string>;
}

/** See the file's comment. */
export class Service extends pulumi.ComponentResource {
  /** Names, for the AWS command line. */
  public readonly clusterName: pulumi.Output<string>;
  public readonly clusterArn: pulumi.Output<string>;
  public readonly serviceName: pulumi.Output<string>;
  /** Of the release that runs, once it is verified. */
  public readonly release: pulumi.Output<string>;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw:ecs:Service", name, {}, opts);
    const child = { parent: this };

    const cluster = new Cluster(`${name}-cluster`, { tags: args.tags("cluster") }, child);
    const definition = new TaskDefinition(
      `${name}-task`,
      {
        family: args.family,
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: String(args.cpus * 1024),
        memory: String(args.memoryMiB),
        runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: "X86_64" },
        executionRoleArn: args.executionRoleArn,
        taskRoleArn: args.taskRoleArn,
        containerDefinitions: args.task.apply(({ json }) => json),
        volumes: [
          {
            name: taskNames.volume,
            efsVolumeConfiguration: {
              fileSystemId: args.fileSystemId,
              transitEncryption: "ENABLED",
              authorizationConfig: { accessPointId: args.accessPointId, iam: "ENABLED" },
            },
          },
        ],
        tags: args.tags("task"),
      },
      child,
    );
    const { loadBalancer } = args;
    const network = pulumi.all([pulumi.all([...args.subnetIds]), args.securityGroupId]);
    const service = new EcsService(
      `${name}-service`,
      {
        cluster: cluster.arn,
        taskDefinition: definition.arn,
        launchType: "FARGATE",
        platformVersion: "1.4.0",
        // One gateway a state, ever: the old task ends before the new one starts, and no second one for balance's sake.
        desiredCount: 1,
        deploymentMinimumHealthyPercent: 0,
        deploymentMaximumPercent: 100,
        availabilityZoneRebalancing: "DISABLED",
        deploymentCircuitBreaker: { enable: true, rollback: true },
        enableExecuteCommand: args.shell,
        networkConfiguration: {
          subnets: [...args.subnetIds],
          securityGroups: [args.securityGroupId],
          assignPublicIp: args.publicAddress,
        },
        ...(loadBalancer === undefined
          ? {}
          : {
              loadBalancers: [
                {
                  targetGroupArn: loadBalancer.targetGroupArn,
                  containerName: taskNames.gateway,
                  containerPort: args.port,
                },
              ],
              // A lease of 300 s, and a start.
              healthCheckGracePeriodSeconds: 480,
            }),
        // The verification waits: the provider's wait ends well when ECS goes back to the task before, and for a first
        // deployment that fails it never ends (hashicorp/terraform-provider-aws#20858).
        waitForSteadyState: false,
        enableEcsManagedTags: true,
        propagateTags: "SERVICE",
        tags: args.tags("service"),
      },
      { ...child, dependsOn: [...args.needs] },
    );
    const stdin = pulumi
      .all([args.verification, cluster.name, service.name, definition.arn, network, args.task])
      .apply(([known, clusterName, serviceName, taskDefinition, [subnets, securityGroup], { release }]) => {
        const request: VerifyRequest = {
          ...known,
          cluster: clusterName,
          service: serviceName,
          taskDefinition,
          network: {
            ...{ subnets, securityGroups: [securityGroup] },
            assignPublicIp: args.publicAddress ? "ENABLED" : "DISABLED",
          },
          release,
        };
        return JSON.stringify(request);
      });
    // The path is relative to the program's directory, so that a clone that moves changes nothing.
    const create = "node ../components/ecs/verify-service.ts";
    const verified = new Command(
      `${name}-verified`,
      { create, update: create, stdin: pulumi.secret(stdin), addPreviousOutputInEnv: false },
      { ...child, dependsOn: [service, ...args.needs], additionalSecretOutputs: ["stdin"] },
    );
    this.clusterName = cluster.name;
    this.clusterArn = cluster.arn;
    this.serviceName = service.name;
    this.release = pulumi.all([verified.id, args.task]).apply(([, { release }]) => release);
    this.registerOutputs({
      clusterName: this.clusterName,
      serviceName: this.serviceName,
      release: this.release,
    });
  }
}
