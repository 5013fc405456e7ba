import type { ResourceType } from "./resource.ts";

/** Where each resource type stands; a family's SDK loads with its first use. */
const types: Readonly<Record<string, () => Promise<ResourceType>>> = {
  "aws:ec2/vpc:Vpc": async () => (await import("./ec2/vpc.ts")).vpc,
  "aws:ec2/subnet:Subnet": async () => (await import("./ec2/subnet.ts")).subnet,
  "aws:ec2/internetGateway:InternetGateway": async () => (await import("./ec2/internet-gateway.ts")).internetGateway,
  "aws:ec2/routeTable:RouteTable": async () => (await import("./ec2/route-table.ts")).routeTable,
  "aws:ec2/route:Route": async () => (await import("./ec2/route.ts")).route,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": async () =>
    (await import("./ec2/route-table-association.ts")).routeTableAssociation,
  "aws:ec2/eip:Eip": async () => (await import("./ec2/eip.ts")).eip,
  "aws:ec2/natGateway:NatGateway": async () => (await import("./ec2/nat-gateway.ts")).natGateway,
  "aws:ec2/securityGroup:SecurityGroup": async () => (await import("./ec2/security-group.ts")).securityGroup,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": async () =>
    (await import("./ec2/security-group-rule.ts")).ingressRule,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": async () =>
    (await import("./ec2/security-group-rule.ts")).egressRule,
  "aws:ec2/vpcEndpoint:VpcEndpoint": async () => (await import("./ec2/vpc-endpoint.ts")).vpcEndpoint,
};

/** @throws Error when the stand-in has no such type */
export async function resourceType(token: string): Promise<ResourceType> {
  const load = types[token];
  if (load === undefined) throw new Error(`the stand-in for the aws plugin has no resource type ${token}`);
  return await load();
}
