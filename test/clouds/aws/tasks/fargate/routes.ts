/**
 * Whether a task's network reaches what lies outside the VPC: routes, a public address, and what its groups let out.
 *
 * Facts: Amazon ECS Developer Guide, "Fargate task networking": a task pulls its image and its secrets through its own
 * interface, by an internet gateway and a public address, by a NAT gateway, or by endpoints of the VPC.
 */
import {
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeVpcEndpointsCommand,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import type { AwsVpcConfiguration } from "@aws-sdk/client-ecs";
import type { Account } from "../account.ts";
import { letsOut } from "./security-groups.ts";
import { subnetOf } from "./vpc.ts";

/** What of the outside is reached by TLS. */
export interface Reach {
  readonly internet: boolean;
  /** By the name in the endpoint: `secretsmanager`, `logs`. */
  readonly service: (name: string) => boolean;
}

/** Some address of the internet: a rule for 0.0.0.0/0 covers it. */
const somewhere = { address: "198.51.100.1", groups: [] };

/** See the file's comment. */
export async function reach(
  account: Account,
  place: { readonly vpc: string; readonly subnet: string; readonly region: string },
  network: AwsVpcConfiguration,
  rules: readonly SecurityGroupRule[],
  lostZones: ReadonlySet<string>,
): Promise<Reach> {
  const { ec2 } = account;
  const inVpc = [{ Name: "vpc-id", Values: [place.vpc] }];
  const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ Filters: inVpc }));
  const own = RouteTables.find(({ Associations }) => Associations?.some(({ SubnetId }) => SubnetId === place.subnet));
  const main = RouteTables.find(({ Associations }) => Associations?.some(({ Main }) => Main === true));
  const route = (own ?? main)?.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === "0.0.0.0/0");
  const out = letsOut(rules, { address: "", groups: network.securityGroups ?? [] }, somewhere, 443);
  const byGateway = route?.GatewayId?.startsWith("igw-") === true && network.assignPublicIp === "ENABLED";
  const internet = out && (byGateway || (await isOpen(account, route?.NatGatewayId, lostZones)));
  const endpoints = await ec2.send(new DescribeVpcEndpointsCommand({ Filters: inVpc }));
  const services = new Set(endpoints.VpcEndpoints?.map(({ ServiceName }) => ServiceName));
  return { internet, service: (name) => internet || services.has(`com.amazonaws.${place.region}.${name}`) };
}

async function isOpen(account: Account, id: string | undefined, lostZones: ReadonlySet<string>): Promise<boolean> {
  if (id === undefined) return false;
  const describe = new DescribeNatGatewaysCommand({ NatGatewayIds: [id] });
  const { NatGateways: [gateway] = [] } = await account.ec2.send(describe);
  if (gateway?.State !== "available") return false;
  const { AvailabilityZone: zone = "" } = await subnetOf(account, gateway.SubnetId ?? "");
  return !lostZones.has(zone);
}
