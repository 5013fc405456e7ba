/** An account with what a Fargate service needs, made by the SDK: for tests of the tasks themselves. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
} from "@aws-sdk/client-ec2";
import { AttachInternetGatewayCommand, CreateSecurityGroupCommand, CreateSubnetCommand } from "@aws-sdk/client-ec2";
import { CreateVpcCommand, DescribeRouteTablesCommand, ModifyVpcAttributeCommand } from "@aws-sdk/client-ec2";
import { CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateClusterCommand } from "@aws-sdk/client-ecs";
import { CreateAccessPointCommand, CreateFileSystemCommand, CreateMountTargetCommand } from "@aws-sdk/client-efs";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import type { Account } from "./account.ts";

/** Identifiers of what was made. */
export interface SampleAccount {
  readonly vpc: string;
  readonly subnets: readonly string[];
  readonly group: Readonly<Record<"balancer" | "task" | "files", string>>;
  readonly fileSystem: string;
  /** By posix user's uid; their directory belongs to 1000. */
  readonly accessPoints: Readonly<Record<"owner" | "stranger", string>>;
  /** ARN and version id. */
  readonly secret: { readonly arn: string; readonly version: string };
}

/** Names that the account always has. */
export const sampleNames = { cluster: "main", logGroup: "/ecs/gw", secret: "squeamish-ossifrage" } as const;

/** Roles of the task definitions. */
export const sampleRoles = {
  execution: "arn:aws:iam::123456789012:role/execution",
  task: "arn:aws:iam::123456789012:role/task",
} as const;

const rights = {
  execution: ["secretsmanager:GetSecretValue", "logs:CreateLogStream", "logs:PutLogEvents"],
  task: ["ssmmessages:*", "elasticfilesystem:Client*"],
};

async function roles({ iam }: Account): Promise<void> {
  const trust = { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  for (const [RoleName, Action] of Object.entries(rights)) {
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const Statement = [{ Effect: "Allow", Action, Resource: "*" }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "rights", PolicyDocument }));
  }
}

async function network({ ec2 }: Account, cidr: string, region: string) {
  const vpc = (await ec2.send(new CreateVpcCommand({ CidrBlock: `${cidr}.0.0/16` }))).Vpc?.VpcId ?? "";
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpc, EnableDnsHostnames: { Value: true } }));
  const subnets: string[] = [];
  for (const [index, zone] of ["a", "b"].entries()) {
    const range = { CidrBlock: `${cidr}.${String(index)}.0/24`, AvailabilityZone: `${region}${zone}` };
    subnets.push((await ec2.send(new CreateSubnetCommand({ VpcId: vpc, ...range }))).Subnet?.SubnetId ?? "");
  }
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const gateway = InternetGateway?.InternetGatewayId;
  await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpc, InternetGatewayId: gateway }));
  const tables = await ec2.send(new DescribeRouteTablesCommand({ Filters: [{ Name: "vpc-id", Values: [vpc] }] }));
  const table = tables.RouteTables?.[0]?.RouteTableId;
  const everywhere = { DestinationCidrBlock: "0.0.0.0/0", GatewayId: gateway };
  await ec2.send(new CreateRouteCommand({ RouteTableId: table, ...everywhere }));
  return { vpc, subnets };
}

/** TCP in, from a group or a network. */
export const letIn = async ({ ec2 }: Account, group: string, port: number, from: string): Promise<unknown> => {
  const source = from.startsWith("sg-") ? { UserIdGroupPairs: [{ GroupId: from }] } : { IpRanges: [{ CidrIp: from }] };
  const rule = { IpProtocol: "tcp", FromPort: port, ToPort: port, ...source };
  return ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions: [rule] }));
};

async function files({ efs }: Account, subnets: readonly string[], group: string) {
  const { FileSystemId = "" } = await efs.send(new CreateFileSystemCommand({ CreationToken: "gw", Encrypted: true }));
  for (const SubnetId of subnets)
    await efs.send(new CreateMountTargetCommand({ FileSystemId, SubnetId, SecurityGroups: [group] }));
  const point = async (uid: number, token: string): Promise<string> => {
    const CreationInfo = { OwnerUid: 1000, OwnerGid: 1000, Permissions: "0700" };
    const options = { PosixUser: { Uid: uid, Gid: uid }, RootDirectory: { Path: "/openclaw", CreationInfo } };
    const made = await efs.send(new CreateAccessPointCommand({ FileSystemId, ClientToken: token, ...options }));
    return made.AccessPointId ?? "";
  };
  return {
    fileSystem: FileSystemId,
    accessPoints: { owner: await point(1000, "owner"), stranger: await point(2000, "two") },
  };
}

/** Makes it. @param cidr the VPC's first two numbers, `10.77` */
export async function sampleAccount(account: Account, cidr: string, region: string): Promise<SampleAccount> {
  const { vpc, subnets } = await network(account, cidr, region);
  const make = async (GroupName: string): Promise<string> =>
    (await account.ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId: vpc })))
      .GroupId ?? "";
  const group = { balancer: await make("balancer"), task: await make("task"), files: await make("files") };
  await letIn(account, group.files, 2049, group.task);
  await roles(account);
  await account.logs.send(new CreateLogGroupCommand({ logGroupName: sampleNames.logGroup }));
  await account.ecs.send(new CreateClusterCommand({ clusterName: sampleNames.cluster }));
  const create = new CreateSecretCommand({ Name: "gw/token", SecretString: sampleNames.secret });
  const { ARN: arn = "", VersionId: version = "" } = await account.secrets.send(create);
  return { vpc, subnets, group, secret: { arn, version }, ...(await files(account, subnets, group.files)) };
}
