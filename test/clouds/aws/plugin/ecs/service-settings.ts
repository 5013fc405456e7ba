/** What is said to ECS of a service. */
import {
  AssignPublicIp,
  AvailabilityZoneRebalancing,
  DeploymentControllerType,
  PropagateTags,
} from "@aws-sdk/client-ecs";
import type { Values } from "../values.ts";

/** Everything that both a new service and an existing one are told. */
export function settingsOf(inputs: Values) {
  const network = inputs.block("networkConfiguration");
  const controller = inputs.block("deploymentController")?.choice("type", DeploymentControllerType);
  const grace = inputs.number("healthCheckGracePeriodSeconds") ?? 0;
  const balancers = inputs.blocks("loadBalancers").map((balancer) => ({
    containerName: balancer.text("containerName"),
    containerPort: balancer.number("containerPort"),
    loadBalancerName: balancer.text("elbName"),
    targetGroupArn: balancer.text("targetGroupArn"),
  }));
  return {
    cluster: inputs.text("cluster"),
    availabilityZoneRebalancing: inputs.choice("availabilityZoneRebalancing", AvailabilityZoneRebalancing),
    deploymentConfiguration: deploymentOf(inputs),
    ...(controller && { deploymentController: { type: controller } }),
    enableECSManagedTags: inputs.flag("enableEcsManagedTags") ?? false,
    enableExecuteCommand: inputs.flag("enableExecuteCommand") ?? false,
    ...(grace > 0 && { healthCheckGracePeriodSeconds: grace }),
    ...(balancers.length > 0 && { loadBalancers: balancers }),
    ...(network && {
      networkConfiguration: {
        awsvpcConfiguration: {
          assignPublicIp: network.flag("assignPublicIp") === true ? AssignPublicIp.ENABLED : AssignPublicIp.DISABLED,
          securityGroups: network.texts("securityGroups"),
          subnets: network.texts("subnets"),
        },
      },
    }),
    platformVersion: inputs.text("platformVersion"),
    propagateTags: inputs.choice("propagateTags", PropagateTags),
    taskDefinition: inputs.text("taskDefinition"),
  };
}

function deploymentOf(inputs: Values) {
  const [breaker, alarms] = [inputs.block("deploymentCircuitBreaker"), inputs.block("alarms")];
  return {
    maximumPercent: inputs.number("deploymentMaximumPercent"),
    minimumHealthyPercent: inputs.number("deploymentMinimumHealthyPercent"),
    ...(breaker && {
      deploymentCircuitBreaker: {
        enable: breaker.flag("enable") ?? false,
        rollback: breaker.flag("rollback") ?? false,
      },
    }),
    ...(alarms && {
      alarms: {
        alarmNames: alarms.texts("alarmNames"),
        enable: alarms.flag("enable") ?? false,
        rollback: alarms.flag("rollback") ?? false,
      },
    }),
  };
}

/** An update carries only what changes. */
export function changedSettings(inputs: Values, changed: (...names: string[]) => boolean) {
  const all = settingsOf(inputs);
  const deployment = [
    "deploymentMaximumPercent",
    "deploymentMinimumHealthyPercent",
    "alarms",
    "deploymentCircuitBreaker",
  ];
  return {
    cluster: all.cluster,
    ...(changed("availabilityZoneRebalancing") && { availabilityZoneRebalancing: all.availabilityZoneRebalancing }),
    ...(changed(...deployment) && {
      // To remove the breaker, it is sent switched off.
      deploymentConfiguration: {
        ...(changed("deploymentCircuitBreaker") && { deploymentCircuitBreaker: { enable: false, rollback: false } }),
        ...all.deploymentConfiguration,
      },
    }),
    ...(changed("desiredCount") && { desiredCount: inputs.number("desiredCount") ?? 0 }),
    ...(changed("enableEcsManagedTags") && { enableECSManagedTags: all.enableECSManagedTags }),
    ...(changed("enableExecuteCommand") && { enableExecuteCommand: all.enableExecuteCommand }),
    ...(changed("healthCheckGracePeriodSeconds") && {
      healthCheckGracePeriodSeconds: inputs.number("healthCheckGracePeriodSeconds") ?? 0,
    }),
    ...(changed("loadBalancers") && { loadBalancers: all.loadBalancers ?? [] }),
    ...(changed("networkConfiguration") && { networkConfiguration: all.networkConfiguration }),
    ...(changed("platformVersion") && { platformVersion: all.platformVersion }),
    ...(changed("propagateTags") && { propagateTags: all.propagateTags }),
    ...(changed("taskDefinition") && { taskDefinition: all.taskDefinition }),
  };
}
