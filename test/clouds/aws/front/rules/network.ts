/**
 * VPCs, subnets, gateways, routes. Codes and messages as EC2 answers them:
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 * and reports of users where that page has only the code.
 */
import type * as ec2 from "@aws-sdk/client-ec2";
import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { default as ipaddr } from "ipaddr.js";
import { rule, type Account, type Rules } from "../account.ts";
import { AwsError } from "../handler.ts";
import { natGatewaysOf } from "./nat-gateways.ts";

/** Subnets have between 16 and 65,536 addresses. https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html */
const subnetSize = rule<ec2.CreateSubnetRequest>(({ CidrBlock: cidr = "0.0.0.0/24" }) => {
  const bits = Number(cidr.split("/")[1]);
  if (bits < 16 || bits > 28) throw new AwsError("InvalidSubnet.Range", `The CIDR '${cidr}' is invalid.`);
});

/** https://github.com/cloudfoundry-incubator/kubo-deployment/issues/167 */
const oneInternetGateway = rule<ec2.AttachInternetGatewayRequest>(async ({ VpcId: vpc = "" }, account) => {
  const Filters = [{ Name: "attachment.vpc-id", Values: [vpc] }];
  const found = await account.ask<ec2.DescribeInternetGatewaysResult>("ec2", "DescribeInternetGateways", { Filters });
  if ((found.InternetGateways ?? []).length > 0) {
    throw new AwsError("InvalidParameterValue", `Network ${vpc} already has an internet gateway attached`);
  }
});

/** A gateway whose VPC has addresses in use stays. https://docs.aws.amazon.com/vpc/latest/userguide/delete-igw.html */
const mappedAddresses = rule<ec2.DetachInternetGatewayRequest>(async ({ VpcId: vpc = "" }, account) => {
  if ((await natGatewaysOf(account, "vpc-id", vpc)).length + (await balancersOf(account, vpc)).length > 0) {
    throw new AwsError(
      "DependencyViolation",
      `Network ${vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
    );
  }
});

const balancersOf = async (account: Account, vpc: string): Promise<elbv2.LoadBalancer[]> => {
  const found = await account.ask<elbv2.DescribeLoadBalancersOutput>("elbv2", "DescribeLoadBalancers");
  return (found.LoadBalancers ?? []).filter(({ VpcId: id, Scheme: scheme }) => id === vpc && scheme !== "internal");
};

/** https://github.com/giantswarm/aws-operator/pull/632 has the message for gateways of other networks. */
const routeTarget = rule<ec2.CreateRouteRequest>(async (input, account) => {
  const { RouteTableId: table = "", GatewayId: gateway, NatGatewayId: nat, DestinationCidrBlock: cidr } = input;
  if (cidr !== undefined && canonical(cidr) !== cidr) {
    throw new AwsError("InvalidParameterValue", `The destination CIDR block ${cidr} is not a network's address.`);
  }
  if (nat !== undefined && (await natGatewaysOf(account, "nat-gateway-id", nat)).length === 0) {
    throw new AwsError("InvalidNatGatewayID.NotFound", `The natGateway ID '${nat}' does not exist`);
  }
  if (gateway?.startsWith("igw-") !== true) return;
  const [tables, gateways] = await Promise.all([
    account.ask<ec2.DescribeRouteTablesResult>("ec2", "DescribeRouteTables", { RouteTableIds: [table] }),
    account.ask<ec2.DescribeInternetGatewaysResult>("ec2", "DescribeInternetGateways", {
      InternetGatewayIds: [gateway],
    }),
  ]);
  const vpc = tables.RouteTables?.[0]?.VpcId;
  if (gateways.InternetGateways?.[0]?.Attachments?.some(({ VpcId: attached }) => attached === vpc) !== true) {
    const message = `route table ${table} and network gateway ${gateway} belong to different networks`;
    throw new AwsError("InvalidParameterValue", message);
  }
});

function canonical(cidr: string): string | undefined {
  try {
    return `${ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()}/${cidr.split("/")[1] ?? ""}`;
  } catch {
    return undefined;
  }
}

/** https://github.com/hashicorp/terraform-provider-aws/issues/38960 */
const oneTableASubnet = rule<ec2.AssociateRouteTableRequest>(
  async ({ RouteTableId: table = "", SubnetId: subnet }, account) => {
    if (subnet === undefined) return;
    const Filters = [{ Name: "association.subnet-id", Values: [subnet] }];
    const found = await account.ask<ec2.DescribeRouteTablesResult>("ec2", "DescribeRouteTables", { Filters });
    if ((found.RouteTables ?? []).some(({ RouteTableId: other }) => other !== table)) {
      const message = `the specified association for route table ${table} conflicts with an existing association`;
      throw new AwsError("Resource.AlreadyAssociated", message);
    }
  },
);

/** Nothing that has an interface in it may lose its subnet: moto has no interfaces for load balancers. */
const subnetInUse = rule<ec2.DeleteSubnetRequest>(async ({ SubnetId: subnet = "" }, account) => {
  const Filters = [{ Name: "subnet-id", Values: [subnet] }];
  const [interfaces, balancers, gateways] = await Promise.all([
    account.ask<ec2.DescribeNetworkInterfacesResult>("ec2", "DescribeNetworkInterfaces", { Filters }),
    account.ask<elbv2.DescribeLoadBalancersOutput>("elbv2", "DescribeLoadBalancers"),
    natGatewaysOf(account, "subnet-id", subnet),
  ]);
  const balanced = balancers.LoadBalancers?.some(({ AvailabilityZones: zones = [] }) =>
    zones.some(({ SubnetId: id }) => id === subnet),
  );
  if ((interfaces.NetworkInterfaces ?? []).length + gateways.length > 0 || balanced === true) {
    const message = `The subnet '${subnet}' has dependencies and cannot be deleted.`;
    throw new AwsError("DependencyViolation", message);
  }
});

export const networkRules: Rules = {
  "ec2.CreateSubnet": [subnetSize],
  "ec2.AttachInternetGateway": [oneInternetGateway],
  "ec2.DetachInternetGateway": [mappedAddresses],
  "ec2.CreateRoute": [routeTarget],
  "ec2.AssociateRouteTable": [oneTableASubnet],
  "ec2.DeleteSubnet": [subnetInUse],
};
