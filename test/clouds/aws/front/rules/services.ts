/** ECS services and clusters. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html; messages as users report them. */
import type * as ec2 from "@aws-sdk/client-ec2";
import type * as ecs from "@aws-sdk/client-ecs";
import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { rule, type Account, type Rules } from "../account.ts";
import { AwsError } from "../handler.ts";

const refuse = (message: string, code = "InvalidParameterException"): never => {
  throw new AwsError(code, message);
};

type Shared = Pick<
  ecs.UpdateServiceRequest,
  | "availabilityZoneRebalancing"
  | "deploymentConfiguration"
  | "loadBalancers"
  | "networkConfiguration"
  | "taskDefinition"
>;

async function checkShared(input: Shared, account: Account): Promise<void> {
  const { maximumPercent: most = 200, minimumHealthyPercent: least = 100 } = input.deploymentConfiguration ?? {};
  if (most <= 100 && least >= 100) {
    refuse("Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.");
  }
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
  if (most <= 100 && input.availabilityZoneRebalancing === "ENABLED") {
    refuse("Availability Zone rebalancing is not supported when maximumPercent is 100 or less.");
  }
  await checkNetwork(input, account);
  const definition = await definitionOf(input.taskDefinition, account);
  for (const { targetGroupArn: arn = "", containerName: name = "", containerPort: port } of input.loadBalancers ?? []) {
    const container = definition?.containerDefinitions?.find((each) => each.name === name);
    if (definition !== undefined && container === undefined) {
      refuse(`The container ${name} does not exist in the task definition.`);
    }
    if (container?.portMappings?.some(({ containerPort }) => containerPort === port) === false) {
      refuse(`The container ${name} did not have a container port ${String(port)} defined.`);
    }
    await checkTargetGroup(arn, account);
  }
}

async function definitionOf(id: string | undefined, account: Account): Promise<ecs.TaskDefinition | undefined> {
  if (id === undefined) return undefined;
  const ask = { taskDefinition: id };
  try {
    const found = await account.ask<ecs.DescribeTaskDefinitionResponse>("ecs", "DescribeTaskDefinition", ask);
    if (found.taskDefinition?.status !== "ACTIVE") throw new AwsError("ClientException", "TaskDefinition is inactive");
    return found.taskDefinition;
  } catch (error) {
    if (!(error instanceof AwsError) || error.message === "TaskDefinition is inactive") throw error;
    throw new AwsError("ClientException", "TaskDefinition not found.");
  }
}

async function checkNetwork(input: Shared, account: Account): Promise<void> {
  const { subnets = [], securityGroups: groups = [] } = input.networkConfiguration?.awsvpcConfiguration ?? {};
  const { Subnets: all = [] } = await account.ask<ec2.DescribeSubnetsResult>("ec2", "DescribeSubnets");
  const { SecurityGroups: known = [] } = await account.ask<ec2.DescribeSecurityGroupsResult>(
    "ec2",
    "DescribeSecurityGroups",
  );
  const found = subnets.map((id) => {
    const subnet = all.find(({ SubnetId: each }) => each === id);
    return (
      subnet ??
      refuse(
        `Error retrieving subnet information for [${id}]: The subnet ID '${id}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
      )
    );
  });
  const vpcs = new Set(found.map(({ VpcId: vpc }) => vpc));
  if (vpcs.size > 1) refuse("All subnets must belong to the same VPC.");
  for (const id of groups) {
    const group = known.find(({ GroupId: each }) => each === id);
    if (group === undefined)
      refuse(
        `Error retrieving security group information for [${id}]: The security group '${id}' does not exist (ErrorCode: InvalidGroup.NotFound)`,
      );
    else if (!vpcs.has(group.VpcId)) refuse("Security group and subnets must belong to the same VPC.");
  }
}

async function checkTargetGroup(arn: string, account: Account): Promise<void> {
  const ask = { TargetGroupArns: [arn] };
  const found = await account
    .ask<elbv2.DescribeTargetGroupsOutput>("elbv2", "DescribeTargetGroups", ask)
    .catch(() =>
      refuse(
        `Unable to assume role and validate the specified targetGroupArn: the target group ${arn} does not exist.`,
      ),
    );
  const group = found.TargetGroups?.[0];
  if (group?.TargetType !== "ip") {
    refuse(
      `The provided target group ${arn} has target type ${group?.TargetType ?? ""}, which is incompatible with the awsvpc network mode specified in the task definition.`,
    );
  }
  if ((await balancersOf(arn, account)).length === 0) {
    refuse(`The target group with targetGroupArn ${arn} does not have an associated load balancer.`);
  }
}

/** Load balancers with a listener that forwards to the group: moto names them only where a listener's default action does. */
async function balancersOf(arn: string, account: Account): Promise<readonly string[]> {
  const ask = { TargetGroupArns: [arn] };
  const found = await account.ask<elbv2.DescribeTargetGroupsOutput>("elbv2", "DescribeTargetGroups", ask);
  return found.TargetGroups?.[0]?.LoadBalancerArns ?? [];
}

const create = rule<ecs.CreateServiceRequest>(async (input, account) => {
  const { serviceName: name = "", loadBalancers: balancers = [], launchType: launch } = input;
  if (!/^[\w-]{1,255}$/u.test(name)) refuse("Identifier contains invalid characters");
  if (input.healthCheckGracePeriodSeconds !== undefined && balancers.length === 0) {
    refuse("Health check grace period is only valid for services configured to use load balancers");
  }
  if (launch === "FARGATE" && input.networkConfiguration?.awsvpcConfiguration === undefined) {
    refuse("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  if (input.taskDefinition === undefined) refuse("TaskDefinition can not be blank.");
  await checkShared(input, account);
});

const update = rule<ecs.UpdateServiceRequest>(checkShared);

const newCluster = rule<ecs.CreateClusterRequest>(({ clusterName: name = "default" }) => {
  if (!/^[\w-]{1,255}$/u.test(name)) refuse("Identifier contains invalid characters");
});

export const serviceRules: Rules = {
  "ecs.CreateCluster": [newCluster],
  "ecs.CreateService": [create],
  "ecs.UpdateService": [update],
};
