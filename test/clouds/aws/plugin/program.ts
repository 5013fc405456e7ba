/** A program with every family of resources, for the tests of the plugin. What it is to deploy comes in PROGRAM_INPUT. */
import * as ec2 from "@pulumi/aws/ec2/index.js";
import * as vpc from "@pulumi/aws/vpc/index.js";

/** What a test changes from step to step. */
export interface ProgramInput {
  readonly tag: string;
  readonly cidr: string;
  readonly port: number;
  readonly publicSubnets: boolean;
}

const input = JSON.parse(process.env["PROGRAM_INPUT"] ?? "{}") as ProgramInput; // written by the test, from this type
const tags = { Name: "test", step: input.tag };
const zones = ["eu-central-1a", "eu-central-1b"];

const network = new ec2.Vpc("network", { cidrBlock: input.cidr, enableDnsHostnames: true, tags });
const gateway = new ec2.InternetGateway("gateway", { vpcId: network.id });
const subnets = zones.map(
  (availabilityZone, index) =>
    new ec2.Subnet(`subnet-${index}`, {
      ...{ vpcId: network.id, availabilityZone, mapPublicIpOnLaunch: input.publicSubnets },
      cidrBlock: network.cidrBlock.apply((cidr) => cidr.replace(/0\.0\/16$/, `${index}.0/24`)),
    }),
);
const table = new ec2.RouteTable("table", { vpcId: network.id });
new ec2.Route("route", { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id });
subnets.forEach((subnet, index) => {
  new ec2.RouteTableAssociation(`association-${index}`, { subnetId: subnet.id, routeTableId: table.id });
});
const address = new ec2.Eip("address", { domain: "vpc" });
const [firstSubnet] = subnets;
if (firstSubnet !== undefined) {
  new ec2.NatGateway("nat", { subnetId: firstSubnet.id, allocationId: address.id }, { dependsOn: gateway });
}
const group = new ec2.SecurityGroup("group", { vpcId: network.id, description: "test" });
new vpc.SecurityGroupIngressRule("in", {
  ...{
    securityGroupId: group.id,
    cidrIpv4: "192.0.2.0/24",
    ipProtocol: "tcp",
    fromPort: input.port,
    toPort: input.port,
  },
});
new vpc.SecurityGroupEgressRule("out", { securityGroupId: group.id, cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" });
new ec2.VpcEndpoint("s3", {
  ...{ vpcId: network.id, serviceName: "com.amazonaws.eu-central-1.s3", routeTableIds: [table.id] },
});
