import type { Service } from "@aws-sdk/client-ecs";
import type { StateMap, Values } from "../values.ts";
import { ecsTagState } from "./tags.ts";

/** What is recorded of a service. Cluster and task definition keep the form, ARN or name, in which the program gave them. */
export function serviceState(seen: Service, state: Values): StateMap {
  const recorded = state.text("cluster");
  const { deploymentConfiguration: deployment, networkConfiguration: network } = seen;
  const breaker = deployment?.deploymentCircuitBreaker;
  const alarms = deployment?.alarms;
  const vpc = network?.awsvpcConfiguration;
  const shortName = (arn = "") => arn.slice(arn.lastIndexOf("/") + 1);
  const byArn = recorded === undefined || recorded.startsWith("arn:");
  const task = state.text("taskDefinition");
  return {
    alarms: alarms && { alarmNames: alarms.alarmNames, enable: alarms.enable, rollback: alarms.rollback },
    arn: seen.serviceArn,
    availabilityZoneRebalancing: seen.availabilityZoneRebalancing ?? "ENABLED",
    cluster: byArn ? seen.clusterArn : shortName(seen.clusterArn),
    deploymentCircuitBreaker: breaker && { enable: breaker.enable, rollback: breaker.rollback },
    deploymentController: { type: seen.deploymentController?.type ?? "ECS" },
    ...(deployment && {
      deploymentMaximumPercent: deployment.maximumPercent,
      deploymentMinimumHealthyPercent: deployment.minimumHealthyPercent,
    }),
    desiredCount: seen.desiredCount,
    enableEcsManagedTags: seen.enableECSManagedTags ?? false,
    enableExecuteCommand: seen.enableExecuteCommand ?? false,
    healthCheckGracePeriodSeconds: seen.healthCheckGracePeriodSeconds ?? 0,
    iamRole: seen.roleArn === undefined ? "/aws-service-role" : shortName(seen.roleArn),
    launchType: seen.launchType,
    loadBalancers: seen.loadBalancers?.map((balancer) => ({
      containerName: balancer.containerName,
      containerPort: balancer.containerPort,
      elbName: balancer.loadBalancerName ?? "",
      targetGroupArn: balancer.targetGroupArn,
    })),
    name: seen.serviceName,
    networkConfiguration: vpc && {
      assignPublicIp: vpc.assignPublicIp === "ENABLED",
      ...{ securityGroups: vpc.securityGroups ?? [], subnets: vpc.subnets },
    },
    platformVersion: seen.platformVersion ?? "LATEST",
    propagateTags: seen.propagateTags ?? "NONE",
    schedulingStrategy: seen.schedulingStrategy ?? "REPLICA",
    taskDefinition: task?.startsWith("arn:") === false ? shortName(seen.taskDefinition) : seen.taskDefinition,
    ...ecsTagState(seen.tags),
  };
}
