/** Services as ECS describes them. */
import type { TaskRecord, DeploymentRecord, ServiceRecord } from "./records.ts";
import { isPending } from "./task-view.ts";

/** Seconds since 1970, as AWS's JSON has them. */
export const seconds = (milliseconds: number): number => milliseconds / 1000;

/** The platform's names. */
export const platform = { launchType: "FARGATE", platformVersion: "1.4.0", platformFamily: "Linux" } as const;

/** Tags as ECS lists them. */
export const tagList = (tags: ReadonlyMap<string, string>) => [...tags].map(([key, value]) => ({ key, value }));

const counts = (tasks: readonly TaskRecord[]) => ({
  runningCount: tasks.filter(({ running }) => running.state().status === "RUNNING").length,
  pendingCount: tasks.filter((task) => task.desired === "RUNNING" && isPending(task)).length,
});

function describeDeployment(service: ServiceRecord, deployment: DeploymentRecord, tasks: readonly TaskRecord[]) {
  const { revision } = deployment;
  return {
    ...platform,
    ...counts(tasks.filter((task) => task.deployment === deployment)),
    id: deployment.id,
    status: deployment.status,
    taskDefinition: revision.definition.taskDefinitionArn,
    desiredCount: deployment.status === "PRIMARY" ? (service.settings.desiredCount ?? 1) : 0,
    failedTasks: deployment.failedTasks,
    createdAt: seconds(deployment.createdAt),
    updatedAt: seconds(deployment.updatedAt),
    networkConfiguration: network(revision.settings.networkConfiguration),
    rolloutState: deployment.rollout,
    rolloutStateReason: deployment.rolloutReason || `ECS deployment ${deployment.id} in progress.`,
  };
}

/** What is left out has a default. */
const network = (given: ServiceRecord["settings"]["networkConfiguration"]) => ({
  awsvpcConfiguration: { securityGroups: [], assignPublicIp: "DISABLED", ...given?.awsvpcConfiguration },
});

/** A service. @param tasks those of it that are not STOPPED */
export function describeService(service: ServiceRecord, tasks: readonly TaskRecord[]): object {
  const { settings } = service;
  const [primary] = service.deployments;
  return {
    ...platform,
    ...counts(tasks),
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    loadBalancers: settings.loadBalancers ?? [],
    serviceRegistries: [],
    status: service.status,
    desiredCount: service.status === "ACTIVE" ? (settings.desiredCount ?? 1) : 0,
    taskDefinition: primary?.revision.definition.taskDefinitionArn ?? settings.taskDefinition,
    deploymentConfiguration: {
      deploymentCircuitBreaker: { enable: false, rollback: false },
      ...{ minimumHealthyPercent: 100, maximumPercent: 200, strategy: "ROLLING", bakeTimeInMinutes: 0 },
      ...settings.deploymentConfiguration,
    },
    deployments: service.deployments.map((deployment) => describeDeployment(service, deployment, tasks)),
    roleArn: `${service.clusterArn.replace(/:ecs:[^:]+:/, ":iam::").replace(/:cluster\/.*/, "")}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    events: service.events.map((event) => ({ ...event, createdAt: seconds(event.createdAt?.getTime() ?? 0) })),
    createdAt: seconds(service.createdAt),
    placementConstraints: [],
    placementStrategy: [],
    networkConfiguration: network(settings.networkConfiguration),
    healthCheckGracePeriodSeconds: settings.healthCheckGracePeriodSeconds,
    schedulingStrategy: "REPLICA",
    deploymentController: { type: "ECS" },
    enableECSManagedTags: settings.enableECSManagedTags ?? false,
    propagateTags: settings.propagateTags ?? "NONE",
    enableExecuteCommand: settings.enableExecuteCommand ?? false,
    availabilityZoneRebalancing: settings.availabilityZoneRebalancing ?? "DISABLED",
    tags: tagList(service.tags),
  };
}
