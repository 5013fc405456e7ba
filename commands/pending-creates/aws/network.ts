/** Parts of a network, and security groups. */
import { EC2, type Filter } from "@aws-sdk/client-ec2";
import { stackTag } from "../../../components/ecs/names.ts";
import { candidates, text, type AwsSettings, type Candidate, type Finder, type Inputs } from "./finder.ts";

/** By the stack's own tags. */
const tagged = (inputs: Inputs): Filter[] => {
  const tags = inputs["tags"] as Readonly<Record<string, string>> | undefined; // as names.ts made them
  return [stackTag, "Name"].map((name) => ({ Name: `tag:${name}`, Values: [tags?.[name] ?? ""] }));
};

const finder = (find: (ec2: EC2, inputs: Inputs) => Promise<readonly Candidate[]>): Finder => ({
  find: (inputs, settings) => find(new EC2(settings), inputs),
});

/** What a group may let out when it is made, and no longer when the provider is done with it: everything. */
async function closeEgress(id: string, settings: AwsSettings): Promise<void> {
  const ec2 = new EC2(settings);
  const { SecurityGroupRules: rules = [] } = await ec2.describeSecurityGroupRules({
    Filters: [{ Name: "group-id", Values: [id] }],
  });
  const out = rules.flatMap(({ IsEgress, SecurityGroupRuleId: rule }) => (IsEgress === true && rule ? [rule] : []));
  if (out.length > 0) await ec2.revokeSecurityGroupEgress({ GroupId: id, SecurityGroupRuleIds: out });
}

const rule = (isEgress: boolean): Finder =>
  finder(async (ec2, inputs) => {
    const Filters = [{ Name: "group-id", Values: [text(inputs, "securityGroupId")] }];
    const { SecurityGroupRules: rules } = await ec2.describeSecurityGroupRules({ Filters });
    const wanted = rules?.filter(
      (each) =>
        each.IsEgress === isEgress &&
        each.IpProtocol === text(inputs, "ipProtocol") &&
        (each.CidrIpv4 ?? "") === text(inputs, "cidrIpv4") &&
        (each.ReferencedGroupInfo?.GroupId ?? "") === text(inputs, "referencedSecurityGroupId") &&
        (each.IpProtocol === "-1" || each.FromPort === inputs["fromPort"]),
    );
    return candidates(wanted, ({ SecurityGroupRuleId }) => SecurityGroupRuleId);
  });

/** See the file's comment. */
export const networkFinders: Readonly<Record<string, Finder>> = {
  "aws:ec2/vpc:Vpc": finder(async (ec2, inputs) =>
    candidates(
      (await ec2.describeVpcs({ Filters: tagged(inputs) })).Vpcs,
      ({ VpcId }) => VpcId,
      ({ Tags }) => Tags,
    ),
  ),
  "aws:ec2/subnet:Subnet": finder(async (ec2, inputs) =>
    candidates(
      (await ec2.describeSubnets({ Filters: tagged(inputs) })).Subnets,
      ({ SubnetId }) => SubnetId,
      ({ Tags }) => Tags,
    ),
  ),
  "aws:ec2/internetGateway:InternetGateway": finder(async (ec2, inputs) =>
    candidates(
      (await ec2.describeInternetGateways({ Filters: tagged(inputs) })).InternetGateways,
      ({ InternetGatewayId }) => InternetGatewayId,
      ({ Tags }) => Tags,
    ),
  ),
  "aws:ec2/routeTable:RouteTable": finder(async (ec2, inputs) =>
    candidates(
      (await ec2.describeRouteTables({ Filters: tagged(inputs) })).RouteTables,
      ({ RouteTableId }) => RouteTableId,
      ({ Tags }) => Tags,
    ),
  ),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": finder(async (ec2, inputs) => {
    const { RouteTables: [table] = [] } = await ec2.describeRouteTables({
      RouteTableIds: [text(inputs, "routeTableId")],
    });
    const wanted = table?.Associations?.filter(({ SubnetId }) => SubnetId === text(inputs, "subnetId"));
    return candidates(wanted, ({ RouteTableAssociationId }) => RouteTableAssociationId);
  }),
  "aws:ec2/route:Route": finder(async (ec2, inputs) => {
    const id = text(inputs, "routeTableId");
    const { RouteTables: [table] = [] } = await ec2.describeRouteTables({ RouteTableIds: [id] });
    const destination = text(inputs, "destinationCidrBlock");
    const wanted = table?.Routes?.filter(({ DestinationCidrBlock }) => DestinationCidrBlock === destination);
    // The provider finds it by its table and its destination; the id only has to be there, and to stay.
    return candidates(wanted, () => `r-${id}1080289494`);
  }),
  "aws:ec2/eip:Eip": finder(async (ec2, inputs) =>
    candidates(
      (await ec2.describeAddresses({ Filters: tagged(inputs) })).Addresses,
      ({ AllocationId }) => AllocationId,
      ({ Tags }) => Tags,
    ),
  ),
  "aws:ec2/natGateway:NatGateway": finder(async (ec2, inputs) => {
    const { NatGateways } = await ec2.describeNatGateways({ Filter: tagged(inputs) });
    const there = NatGateways?.filter(({ State }) => State === "pending" || State === "available");
    return candidates(
      there,
      ({ NatGatewayId }) => NatGatewayId,
      ({ Tags }) => Tags,
    );
  }),
  "aws:ec2/vpcEndpoint:VpcEndpoint": finder(async (ec2, inputs) => {
    const { VpcEndpoints } = await ec2.describeVpcEndpoints({ Filters: tagged(inputs) });
    const there = VpcEndpoints?.filter(({ State }) => !/delet|fail/i.test(State ?? ""));
    return candidates(
      there,
      ({ VpcEndpointId }) => VpcEndpointId,
      ({ Tags }) => Tags,
    );
  }),
  "aws:ec2/securityGroup:SecurityGroup": {
    ...finder(async (ec2, inputs) =>
      candidates(
        (await ec2.describeSecurityGroups({ Filters: tagged(inputs) })).SecurityGroups,
        ({ GroupId }) => GroupId,
        ({ Tags }) => Tags,
      ),
    ),
    finish: closeEgress,
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": rule(false),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": rule(true),
};
