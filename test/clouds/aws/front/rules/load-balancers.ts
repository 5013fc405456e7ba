/**
 * Load balancers. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html,
 * API_LoadBalancerAttribute.html; messages as users report them.
 */
import type * as ec2 from "@aws-sdk/client-ec2";
import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { rule, type Account, type Rules } from "../account.ts";
import { AwsError } from "../handler.ts";

const refuse = (code: string, message: string): never => {
  throw new AwsError(code, message);
};

/** The rules of names of load balancers and target groups. @param what the first word of the message */
export function checkName(what: string, name: string): void {
  if (name.length > 32) refuse("ValidationError", `${what} name '${name}' cannot be longer than '32' characters`);
  if (!/^[a-zA-Z0-9-]+$/u.test(name)) {
    refuse(
      "ValidationError",
      `The ${what.toLowerCase()} name '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`,
    );
  }
  if (name.startsWith("-") || name.endsWith("-")) {
    refuse("ValidationError", `${what} name cannot begin or end with '-'`);
  }
}

const newBalancer = rule<elbv2.CreateLoadBalancerInput>(async (input, account) => {
  const { Name: name = "", Subnets: given, SubnetMappings: mappings = [], SecurityGroups: groups = [] } = input;
  checkName("Load balancer", name);
  if (name.startsWith("internal-")) refuse("ValidationError", "Load balancer name cannot begin with 'internal-'");
  const subnets = given ?? mappings.flatMap(({ SubnetId: id }) => id ?? []);
  const vpc = await checkSubnets(account, subnets);
  await checkGroups(account, groups, vpc);
  const { LoadBalancers: all = [] } = await account.ask<elbv2.DescribeLoadBalancersOutput>(
    "elbv2",
    "DescribeLoadBalancers",
  );
  const twin = all.find(({ LoadBalancerName: other }) => other === name);
  // AWS answers with the one that is there when every setting is the same; the stacks here never ask for that.
  if (twin !== undefined) {
    refuse(
      "DuplicateLoadBalancerName",
      `A load balancer with the same name '${name}' exists, but with different settings`,
    );
  }
});

/** @returns the subnets' VPC */
async function checkSubnets(account: Account, ids: readonly string[]): Promise<string | undefined> {
  const ask = { SubnetIds: ids };
  const { Subnets: subnets = [] } = await account.ask<ec2.DescribeSubnetsResult>("ec2", "DescribeSubnets", ask);
  const zones = new Set(subnets.map(({ AvailabilityZone: zone }) => zone));
  if (zones.size < subnets.length) {
    refuse(
      "InvalidConfigurationRequest",
      "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    );
  }
  if (zones.size < 2) {
    refuse("ValidationError", "At least two subnets in two different Availability Zones must be specified");
  }
  if (new Set(subnets.map(({ VpcId: vpc }) => vpc)).size > 1) {
    refuse("InvalidConfigurationRequest", "All subnets must belong to the same VPC");
  }
  for (const { SubnetId: id = "", CidrBlock: cidr = "", AvailableIpAddressCount: free = 0 } of subnets) {
    if (Number(cidr.split("/")[1]) > 27 || free < 8) {
      refuse(
        "InvalidSubnet",
        `Not enough IP space available in ${id}. ELB requires at least 8 free IP addresses in each subnet.`,
      );
    }
  }
  return subnets[0]?.VpcId;
}

async function checkGroups(account: Account, ids: readonly string[], vpc: string | undefined): Promise<void> {
  if (ids.length === 0) return;
  const { SecurityGroups: all = [] } = await account.ask<ec2.DescribeSecurityGroupsResult>(
    "ec2",
    "DescribeSecurityGroups",
  );
  for (const id of ids) {
    const group = all.find(({ GroupId: known }) => known === id);
    if (group === undefined) refuse("InvalidSecurityGroup", `The security group '${id}' does not exist`);
    else if (group.VpcId !== vpc) {
      refuse(
        "InvalidConfigurationRequest",
        `One or more security groups are invalid: ${id} is not of VPC '${vpc ?? ""}'`,
      );
    }
  }
}

const setSubnets = rule<elbv2.SetSubnetsInput>(async ({ Subnets: subnets = [] }, account) => {
  await checkSubnets(account, subnets);
});

const attributes = rule<elbv2.ModifyLoadBalancerAttributesInput>(({ Attributes: all = [] }) => {
  for (const { Key: key = "", Value: value = "" } of all) {
    const number = Number(value);
    const range = { "idle_timeout.timeout_seconds": [1, 4000], "client_keep_alive.seconds": [60, 604_800] }[key];
    if (range?.[0] !== undefined && range[1] !== undefined && !(number >= range[0] && number <= range[1])) {
      refuse(
        "InvalidConfigurationRequest",
        `Load balancer attribute '${key}' value '${value}' must be between '${range.join("-")}' inclusive`,
      );
    }
  }
});

const protectedFromDeletion = rule<elbv2.DeleteLoadBalancerInput>(async ({ LoadBalancerArn: arn }, account) => {
  const ask = { LoadBalancerArn: arn };
  let held: elbv2.LoadBalancerAttribute[];
  try {
    const found = await account.ask<elbv2.DescribeLoadBalancerAttributesOutput>(
      "elbv2",
      "DescribeLoadBalancerAttributes",
      ask,
    );
    held = found.Attributes ?? [];
  } catch (error) {
    if (error instanceof AwsError) return; // deleting what is not there succeeds
    throw error;
  }
  if (held.some(({ Key: key, Value: value }) => key === "deletion_protection.enabled" && value === "true")) {
    refuse(
      "OperationNotPermitted",
      `Load balancer '${arn ?? ""}' cannot be deleted because deletion protection is enabled`,
    );
  }
});

export const loadBalancerRules: Rules = {
  "elbv2.CreateLoadBalancer": [newBalancer],
  "elbv2.SetSubnets": [setSubnets],
  "elbv2.ModifyLoadBalancerAttributes": [attributes],
  "elbv2.DeleteLoadBalancer": [protectedFromDeletion],
};
