/** A VPC as the stacks have it, for tests of what AWS refuses in one. */
import { region, type AwsClients } from "./clients.ts";

export interface SampleNetwork {
  readonly vpc: string;
  /** In the zones a, b and, a second one, a. */
  readonly subnets: readonly [string, string, string];
  readonly internetGateway: string;
  readonly routeTable: string;
  readonly group: string;
}

const id = (value: string | undefined): string => {
  if (value === undefined) throw new Error("the answer has no id");
  return value;
};

/** Makes one. @param block its addresses: the first two numbers */
export async function sampleNetwork({ ec2 }: AwsClients, block: string): Promise<SampleNetwork> {
  const vpc = id((await ec2.createVpc({ CidrBlock: `${block}.0.0/16` })).Vpc?.VpcId);
  const subnet = async (number: number, zone: string): Promise<string> => {
    const where = { CidrBlock: `${block}.${String(number)}.0/24`, AvailabilityZone: region + zone };
    return id((await ec2.createSubnet({ VpcId: vpc, ...where })).Subnet?.SubnetId);
  };
  const subnets = [await subnet(0, "a"), await subnet(1, "b"), await subnet(2, "a")] as const;
  const internetGateway = id((await ec2.createInternetGateway({})).InternetGateway?.InternetGatewayId);
  await ec2.attachInternetGateway({ VpcId: vpc, InternetGatewayId: internetGateway });
  const routeTable = id((await ec2.createRouteTable({ VpcId: vpc })).RouteTable?.RouteTableId);
  const group = { GroupName: "sample", Description: "sample", VpcId: vpc };
  return { vpc, subnets, internetGateway, routeTable, group: id((await ec2.createSecurityGroup(group)).GroupId) };
}
