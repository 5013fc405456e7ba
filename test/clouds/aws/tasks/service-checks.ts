/**
 * What ECS refuses about a service because of other things that are, or are not, there.
 *
 * Wordings: as users of ECS report them; Amazon ECS API reference, CreateService, Errors.
 */
import { DescribeSecurityGroupsCommand, DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import type { AwsVpcConfiguration, CreateServiceRequest, LoadBalancer, TaskDefinition } from "@aws-sdk/client-ecs";
import { DescribeTargetGroupsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../front/handler.ts";
import type { Account } from "./account.ts";

const invalid = (message: string): AwsError => new AwsError("InvalidParameterException", message);

async function checkLoadBalancer(account: Account, balancer: LoadBalancer, definition: TaskDefinition): Promise<void> {
  const { targetGroupArn = "", containerName = "", containerPort } = balancer;
  const container = definition.containerDefinitions?.find(({ name }) => name === containerName);
  if (container === undefined) throw invalid(`The container ${containerName} does not exist in the task definition.`);
  if (container.portMappings?.some((mapping) => mapping.containerPort === containerPort) !== true)
    throw invalid(`The container ${containerName} did not have a container port ${String(containerPort)} defined.`);
  const describe = new DescribeTargetGroupsCommand({ TargetGroupArns: [targetGroupArn] });
  const { TargetGroups: [group] = [] } = await account.elb.send(describe).catch(() => ({ TargetGroups: [] }));
  if (group === undefined) throw invalid(`The target group ${targetGroupArn} does not exist.`);
  if (group.TargetType !== "ip")
    throw invalid(
      `The provided target group ${targetGroupArn} has target type ${group.TargetType ?? ""}, which is incompatible with the awsvpc network mode specified in the task definition.`,
    );
  if ((group.LoadBalancerArns ?? []).length === 0)
    throw invalid(`The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`);
}

async function checkNetwork({ ec2 }: Account, network: AwsVpcConfiguration | undefined): Promise<void> {
  if (network === undefined)
    throw invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  const { subnets = [], securityGroups = [] } = network;
  const found = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [...subnets] })).catch((error: unknown) => {
    throw invalid(`Error retrieving subnet information for [${subnets.join(", ")}]: ${String(error)}`);
  });
  const networks = new Set(found.Subnets?.map(({ VpcId }) => VpcId));
  if (networks.size > 1) throw invalid("subnets must belong to the same VPC.");
  if (securityGroups.length === 0) return;
  const groups = await ec2
    .send(new DescribeSecurityGroupsCommand({ GroupIds: [...securityGroups] }))
    .catch((error: unknown) => {
      throw invalid(`Error retrieving security group information for [${securityGroups.join(", ")}]: ${String(error)}`);
    });
  if (groups.SecurityGroups?.some(({ VpcId }) => !networks.has(VpcId)) === true)
    throw invalid("Security groups and subnets must belong to the same VPC.");
}

/** Checks a service's settings as a whole. @throws AwsError */
export async function checkService(
  account: Account,
  settings: CreateServiceRequest,
  definition: TaskDefinition,
): Promise<void> {
  const { loadBalancers = [], deploymentConfiguration: configuration, desiredCount = 1 } = settings;
  if (definition.requiresCompatibilities?.includes("FARGATE") !== true)
    throw invalid("Task definition does not support launch_type FARGATE.");
  if (settings.healthCheckGracePeriodSeconds !== undefined && loadBalancers.length === 0)
    throw invalid("Health check grace period is only valid for services configured to use load balancers");
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = configuration ?? {};
  if (settings.availabilityZoneRebalancing === "ENABLED" && maximumPercent <= 100)
    throw invalid("The value for maximumPercent must be greater than 100 when availabilityZoneRebalancing is ENABLED.");
  if (desiredCount > 0 && Math.floor((desiredCount * maximumPercent) / 100) < 1 && minimumHealthyPercent > 0)
    throw invalid("The deployment configuration does not let any task start.");
  await checkNetwork(account, settings.networkConfiguration?.awsvpcConfiguration);
  for (const balancer of loadBalancers) await checkLoadBalancer(account, balancer, definition);
}
