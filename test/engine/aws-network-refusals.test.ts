/** What AWS refuses of a network and its load balancer, asked with AWS's own SDK. */
import type { IpPermission } from "@aws-sdk/client-ec2";
import type {
  CreateListenerCommandInput,
  CreateLoadBalancerCommandInput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awsClients, region, type AwsClients } from "../clouds/aws/clients.ts";
import { startAws } from "../clouds/aws/front/aws.ts";
import type { Aws } from "../clouds/aws/front/handler.ts";
import { refused } from "../clouds/aws/refusals.ts";
import { sampleNetwork, type SampleNetwork } from "../clouds/aws/sample-network.ts";

let aws: Aws;
let c: AwsClients;
let one: SampleNetwork;
let two: SampleNetwork;
let nat = "";
let address = "";
let balancer = "";
let targets = "";
let certificate = "";
let issued = "";

beforeAll(async () => {
  aws = await startAws();
  c = awsClients(aws.endpoint);
  one = await sampleNetwork(c, "10.0");
  two = await sampleNetwork(c, "10.1");
  address = (await c.ec2.allocateAddress({ Domain: "vpc" })).AllocationId ?? "";
  const gateway = await c.ec2.createNatGateway({ SubnetId: one.subnets[1], AllocationId: address });
  nat = gateway.NatGateway?.NatGatewayId ?? "";
  await c.ec2.associateRouteTable({ RouteTableId: one.routeTable, SubnetId: one.subnets[0] });
  await c.ec2.createRoute({ RouteTableId: one.routeTable, DestinationCidrBlock: "0.0.0.0/0", NatGatewayId: nat });
  const Subnets = one.subnets.slice(0, 2);
  const made = await c.elbv2.createLoadBalancer({ Name: "sample", Subnets, SecurityGroups: [one.group] });
  balancer = made.LoadBalancers?.[0]?.LoadBalancerArn ?? "";
  const group = { Name: "sample", Protocol: "HTTP", Port: 18_789, VpcId: one.vpc, TargetType: "ip" } as const;
  targets = (await c.elbv2.createTargetGroup(group)).TargetGroups?.[0]?.TargetGroupArn ?? "";
  const asked = await c.acm.requestCertificate({ DomainName: "claw.example.com", ValidationMethod: "DNS" });
  certificate = asked.CertificateArn ?? "";
  issued = await issuedCertificate("issued.example.com");
  const DefaultActions = [{ Type: "forward" as const, TargetGroupArn: targets }];
  await c.elbv2.createListener({ LoadBalancerArn: balancer, Protocol: "HTTP", Port: 80, DefaultActions });
}, 60_000);
afterAll(() => aws.stop());

async function issuedCertificate(DomainName: string): Promise<string> {
  const { CertificateArn = "" } = await c.acm.requestCertificate({ DomainName, ValidationMethod: "DNS" });
  const { Certificate } = await c.acm.describeCertificate({ CertificateArn });
  const { Name, Type, Value } = Certificate?.DomainValidationOptions?.[0]?.ResourceRecord ?? {};
  const { HostedZone } = await c.route53.createHostedZone({ Name: DomainName, CallerReference: "a" });
  const ResourceRecordSet = { Name, Type, TTL: 60, ResourceRecords: [{ Value }] };
  const Changes = [{ Action: "CREATE" as const, ResourceRecordSet }];
  await c.route53.changeResourceRecordSets({ HostedZoneId: HostedZone?.Id, ChangeBatch: { Changes } });
  return CertificateArn;
}

describe("a network", () => {
  const subnet = (CidrBlock: string, AvailabilityZone = `${region}c`) =>
    c.ec2.createSubnet({ VpcId: one.vpc, CidrBlock, AvailabilityZone });
  const route = (DestinationCidrBlock: string, target: object) =>
    c.ec2.createRoute({ RouteTableId: one.routeTable, DestinationCidrBlock, ...target });
  refused([
    ["a subnet smaller than /28", () => subnet("10.0.9.0/29"), "InvalidSubnet.Range", "'10.0.9.0/29' is invalid"],
    ["a subnet outside its VPC", () => subnet("10.2.0.0/24"), "InvalidSubnet.Range", "'10.2.0.0/24' is invalid"],
    ["overlapping subnets", () => subnet("10.0.0.0/25"), "InvalidSubnet.Conflict", "conflicts with another subnet"],
    ["a subnet in no zone", () => subnet("10.0.9.0/24", `${region}z`), "InvalidParameterValue", "availabilityZone"],
    [
      "a second internet gateway",
      async () => {
        const { InternetGateway: made } = await c.ec2.createInternetGateway({});
        await c.ec2.attachInternetGateway({ VpcId: one.vpc, InternetGatewayId: made?.InternetGatewayId });
      },
      "InvalidParameterValue",
      "already has an internet gateway attached",
    ],
    [
      "taking the internet gateway from public addresses",
      () => c.ec2.detachInternetGateway({ VpcId: one.vpc, InternetGatewayId: one.internetGateway }),
      "DependencyViolation",
      "mapped public address",
    ],
    [
      "a route to another network's gateway",
      () => route("1.0.0.0/8", { GatewayId: two.internetGateway }),
      "InvalidParameterValue",
      "different networks",
    ],
    [
      "a route to no NAT gateway",
      () => route("1.0.0.0/8", { NatGatewayId: "nat-00000000" }),
      "InvalidNatGatewayID.NotFound",
      "nat-00000000",
    ],
    [
      "a route that exists",
      () => route("0.0.0.0/0", { GatewayId: one.internetGateway }),
      "RouteAlreadyExists",
      "0.0.0.0/0",
    ],
    [
      "a route to no network's address",
      () => route("1.2.3.4/8", { NatGatewayId: nat }),
      "InvalidParameterValue",
      "1.2.3.4/8",
    ],
    [
      "a second route table for a subnet",
      async () => {
        const { RouteTable: made } = await c.ec2.createRouteTable({ VpcId: one.vpc });
        await c.ec2.associateRouteTable({ RouteTableId: made?.RouteTableId, SubnetId: one.subnets[0] });
      },
      "Resource.AlreadyAssociated",
      "conflicts with an existing association",
    ],
    [
      "a public NAT gateway without address",
      () => c.ec2.createNatGateway({ SubnetId: one.subnets[0] }),
      "MissingParameter",
      "AllocationId",
    ],
    [
      "giving back an address in use",
      () => c.ec2.releaseAddress({ AllocationId: address }),
      "InvalidIPAddress.InUse",
      "is in use",
    ],
    [
      "deleting a subnet in use",
      () => c.ec2.deleteSubnet({ SubnetId: one.subnets[0] }),
      "DependencyViolation",
      "has dependencies",
    ],
    ["deleting a VPC in use", () => c.ec2.deleteVpc({ VpcId: one.vpc }), "DependencyViolation", "has dependencies"],
    [
      "to describe no NAT gateway",
      () => c.ec2.describeNatGateways({ NatGatewayIds: ["nat-00000000"] }),
      "NatGatewayNotFound",
      "nat-00000000",
    ],
  ]);
});

describe("security groups and endpoints", () => {
  const group = (change: object) =>
    c.ec2.createSecurityGroup({ GroupName: "new", Description: "new", VpcId: one.vpc, ...change });
  const rule = (permission: IpPermission) =>
    c.ec2.authorizeSecurityGroupIngress({ GroupId: one.group, IpPermissions: [permission] });
  const tcp = (FromPort: number, ToPort: number) =>
    rule({ IpProtocol: "tcp", FromPort, ToPort, IpRanges: [{ CidrIp: "10.0.0.0/16" }] });
  const endpoint = (service: string, change: object = {}) =>
    c.ec2.createVpcEndpoint({
      VpcId: one.vpc,
      VpcEndpointType: "Interface",
      ServiceName: `com.amazonaws.${region}.${service}`,
      SubnetIds: [one.subnets[0]],
      ...change,
    });
  refused([
    ["a name like an id", () => group({ GroupName: "sg-new" }), "InvalidParameterValue", "sg-new"],
    ["a description beyond ASCII", () => group({ Description: "Geräte" }), "InvalidParameterValue", "beyond ASCII"],
    ["a group in no VPC", () => group({ VpcId: "vpc-00000000" }), "InvalidVpcID.NotFound", "vpc-00000000"],
    ["a second group of a name", () => group({ GroupName: "sample" }), "InvalidGroup.Duplicate", "sample"],
    ["a port that does not exist", () => tcp(65_536, 65_536), "InvalidParameterValue", "65536"],
    ["a range the wrong way round", () => tcp(443, 80), "InvalidParameterValue", "(443, 80)"],
    ["an unknown protocol", () => rule({ IpProtocol: "tpc" }), "InvalidPermission.Malformed", "'tpc'"],
    [
      "a rule twice",
      async () => {
        await tcp(443, 443);
        await tcp(443, 443);
      },
      "InvalidPermission.Duplicate",
      "already exists",
    ],
    [
      "a rule from no group",
      () => rule({ IpProtocol: "tcp", FromPort: 1, ToPort: 1, UserIdGroupPairs: [{ GroupId: "sg-00000000" }] }),
      "InvalidGroup.NotFound",
      "sg-00000000",
    ],
    [
      "deleting a group in use",
      () => c.ec2.deleteSecurityGroup({ GroupId: one.group }),
      "DependencyViolation",
      "dependent object",
    ],
    ["an endpoint to no service", () => endpoint("sercretsmanager"), "InvalidServiceName", "does not exist"],
    [
      "an endpoint with no group",
      () => endpoint("logs", { SecurityGroupIds: ["sg-00000000"] }),
      "InvalidGroup.NotFound",
      "sg-00000000",
    ],
    [
      "private names in a VPC without host names",
      () => endpoint("logs", { PrivateDnsEnabled: true }),
      "InvalidParameter",
      "enableDnsHostnames",
    ],
  ]);
});

describe("a load balancer", () => {
  const create = (change: Partial<CreateLoadBalancerCommandInput>) =>
    c.elbv2.createLoadBalancer({
      Name: "new",
      Subnets: one.subnets.slice(0, 2),
      SecurityGroups: [one.group],
      ...change,
    });
  const attribute = (Key: string, Value: string) =>
    c.elbv2.modifyLoadBalancerAttributes({ LoadBalancerArn: balancer, Attributes: [{ Key, Value }] });
  const group = (change: object) =>
    c.elbv2.createTargetGroup({ Name: "new", Protocol: "HTTP", Port: 80, VpcId: one.vpc, TargetType: "ip", ...change });
  const listener = (change: Partial<CreateListenerCommandInput>) =>
    c.elbv2.createListener({
      LoadBalancerArn: balancer,
      Protocol: "HTTPS",
      Port: 443,
      DefaultActions: [{ Type: "forward", TargetGroupArn: targets }],
      ...change,
    });
  const tiny = async () => {
    const { Subnet: made } = await c.ec2.createSubnet({
      VpcId: one.vpc,
      CidrBlock: "10.0.8.0/28",
      AvailabilityZone: `${region}c`,
    });
    await create({ Subnets: [one.subnets[0], made?.SubnetId ?? ""] });
  };
  refused([
    [
      "a name of 33 characters",
      () => create({ Name: "n".repeat(33) }),
      "ValidationError",
      "cannot be longer than '32' characters",
    ],
    [
      "a name that ends with a hyphen",
      () => create({ Name: "new-" }),
      "ValidationError",
      "cannot begin or end with '-'",
    ],
    ["a name of the internal ones", () => create({ Name: "internal-new" }), "ValidationError", "internal-"],
    ["a name with an underscore", () => create({ Name: "new_one" }), "ValidationError", "hyphens"],
    ["a name that is taken", () => create({ Name: "sample" }), "DuplicateLoadBalancerNameException", "sample"],
    [
      "one zone only",
      () => create({ Subnets: [one.subnets[0]] }),
      "ValidationError",
      "two different Availability Zones",
    ],
    [
      "two subnets of a zone",
      () => create({ Subnets: [one.subnets[0], one.subnets[2]] }),
      "InvalidConfigurationRequestException",
      "same Availability Zone",
    ],
    [
      "subnets of two VPCs",
      () => create({ Subnets: [one.subnets[0], two.subnets[1]] }),
      "InvalidConfigurationRequestException",
      "same VPC",
    ],
    ["a subnet without room", tiny, "InvalidSubnetException", "at least 8 free IP addresses"],
    [
      "a group that is not there",
      () => create({ SecurityGroups: ["sg-00000000"] }),
      "InvalidSecurityGroupException",
      "sg-00000000",
    ],
    [
      "another VPC's group",
      () => create({ SecurityGroups: [two.group] }),
      "InvalidConfigurationRequestException",
      "is not of VPC",
    ],
    [
      "an idle time-out over 4000 s",
      () => attribute("idle_timeout.timeout_seconds", "4001"),
      "InvalidConfigurationRequestException",
      "4001",
    ],
    [
      "a health check path without /",
      () => group({ HealthCheckPath: "healthz" }),
      "ValidationError",
      "must begin with a '/'",
    ],
    ["a health check for 600", () => group({ Matcher: { HttpCode: "600" } }), "ValidationError", "600"],
    [
      "a target group name of 33 characters",
      () => group({ Name: "n".repeat(33) }),
      "ValidationError",
      "cannot be longer",
    ],
    [
      "a target outside the VPC",
      () => c.elbv2.registerTargets({ TargetGroupArn: targets, Targets: [{ Id: "8.8.8.8" }] }),
      "ValidationError",
      "8.8.8.8",
    ],
    ["HTTPS without certificate", () => listener({}), "ValidationError", "certificate must be specified"],
    [
      "a certificate that is not issued",
      () => listener({ Certificates: [{ CertificateArn: certificate }] }),
      "UnsupportedCertificate",
      "fully-qualified",
    ],
    [
      "a certificate of another region",
      () => listener({ Certificates: [{ CertificateArn: certificate.replace(region, "us-east-1") }] }),
      "CertificateNotFoundException",
      "us-east-1",
    ],
    [
      "an unknown TLS policy",
      () => listener({ Certificates: [{ CertificateArn: issued }], SslPolicy: "ELBSecurityPolicy-TLS13" }),
      "SSLPolicyNotFoundException",
      "ELBSecurityPolicy-TLS13",
    ],
    [
      "deleting a certificate in use",
      async () => {
        await listener({ Port: 8443, Certificates: [{ CertificateArn: issued }] });
        await c.acm.deleteCertificate({ CertificateArn: issued });
      },
      "ResourceInUseException",
      "in use",
    ],
    [
      "a redirect to itself",
      () =>
        listener({
          Protocol: "HTTP",
          Port: 81,
          DefaultActions: [{ Type: "redirect", RedirectConfig: { StatusCode: "HTTP_301" } }],
        }),
      "InvalidLoadBalancerActionException",
      "loop",
    ],
    ["a second listener of a port", () => listener({ Protocol: "HTTP", Port: 80 }), "DuplicateListenerException", "80"],
    [
      "a target group that is not there",
      () =>
        listener({ Protocol: "HTTP", Port: 82, DefaultActions: [{ Type: "forward", TargetGroupArn: `${targets}0` }] }),
      "TargetGroupNotFoundException",
      "",
    ],
    [
      "deleting a target group in use",
      () => c.elbv2.deleteTargetGroup({ TargetGroupArn: targets }),
      "ResourceInUseException",
      "in use",
    ],
  ]);

  it("keeps one that is protected", async () => {
    await attribute("deletion_protection.enabled", "true");
    const removal = c.elbv2.deleteLoadBalancer({ LoadBalancerArn: balancer });
    await expect(removal).rejects.toMatchObject({ name: "OperationNotPermittedException" });
    await attribute("deletion_protection.enabled", "false");
  });
});
