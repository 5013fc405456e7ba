/**
 * Whether a task may mount a file system of EFS: a name, a mount target in its zone, groups that let it through, and the
 * file system's policy.
 *
 * Facts: Amazon EFS User Guide, "Using IAM to control file system access" (without a policy everybody who reaches it may
 * do everything); wordings of errors: AWS re:Post, "Why can't my Amazon ECS tasks on Fargate mount EFS".
 */
import {
  DescribeFileSystemPolicyCommand,
  DescribeMountTargetSecurityGroupsCommand,
  DescribeMountTargetsCommand,
  type AccessPointDescription,
} from "@aws-sdk/client-efs";
import { DescribeVpcAttributeCommand, type SecurityGroupRule } from "@aws-sdk/client-ec2";
import type { EFSVolumeConfiguration } from "@aws-sdk/client-ecs";
import { judge } from "../../front/resource-policy.ts";
import type { Account } from "../account.ts";
import type { TaskOrder } from "../park.ts";
import { initialization, type TaskFault } from "./fault.ts";
import { reaches, type Member } from "./security-groups.ts";
import { subnetOf } from "./vpc.ts";

const port = 2049;

/** What a task is in the network, for a mount. */
export interface Client {
  readonly member: Member;
  readonly vpc: string;
  readonly subnet: string;
  readonly rules: readonly SecurityGroupRule[];
}

/** A mount that failed. */
export const cannotMount = (why: string): TaskFault =>
  initialization(
    `failed to invoke EFS utils commands to set up EFS volumes: stderr: ${why} : unsuccessful EFS utils command execution; code: 1`,
  );

/** There is a way to it. @throws TaskFault */
export async function checkNetwork(account: Account, id: string, client: Client, region: string): Promise<void> {
  const { efs, ec2 } = account;
  const resolve = cannotMount(
    `Failed to resolve "${id}.efs.${region}.amazonaws.com" - check that your file system ID is correct, and ensure that the VPC has an EFS mount target for this file system ID.`,
  );
  for (const attribute of ["enableDnsSupport", "enableDnsHostnames"] as const) {
    const answer = await ec2.send(new DescribeVpcAttributeCommand({ VpcId: client.vpc, Attribute: attribute }));
    const { Value } = (attribute === "enableDnsSupport" ? answer.EnableDnsSupport : answer.EnableDnsHostnames) ?? {};
    if (Value !== true) throw resolve;
  }
  const { MountTargets = [] } = await efs.send(new DescribeMountTargetsCommand({ FileSystemId: id })).catch(() => {
    throw resolve;
  });
  const zone = (await subnetOf(account, client.subnet)).AvailabilityZone;
  const target = MountTargets.find(({ AvailabilityZoneName }) => AvailabilityZoneName === zone);
  if (target === undefined) throw resolve;
  const ask = new DescribeMountTargetSecurityGroupsCommand({ MountTargetId: target.MountTargetId });
  const { SecurityGroups: groups = [] } = await efs.send(ask);
  if (!reaches(client.rules, client.member, { address: target.IpAddress ?? "", groups }, port))
    throw cannotMount("mount.nfs4: Connection timed out");
}

/** What the policies let the client do. @throws TaskFault when it may not mount */
export async function checkPolicy(
  { efs, allowed }: Account,
  order: TaskOrder,
  volume: EFSVolumeConfiguration,
  point: AccessPointDescription | undefined,
): Promise<{ readonly readOnly: boolean }> {
  const { fileSystemId: id = "", authorizationConfig } = volume;
  const get = new DescribeFileSystemPolicyCommand({ FileSystemId: id });
  const policy = (await efs.send(get).catch(() => undefined))?.Policy; // PolicyNotFound: everybody may
  if (policy === undefined) return { readOnly: false };
  const principal = authorizationConfig?.iam === "ENABLED" ? order.definition.taskRoleArn : undefined;
  const conditions = {
    "aws:SecureTransport": String(volume.transitEncryption === "ENABLED"),
    "elasticfilesystem:AccessedViaMountTarget": "true",
    ...(point?.AccessPointArn === undefined ? {} : { "elasticfilesystem:AccessPointArn": point.AccessPointArn }),
  };
  const resource = `arn:aws:elasticfilesystem:${order.region}:${order.arn.split(":")[4] ?? ""}:file-system/${id}`;
  const may = async (action: string): Promise<boolean> => {
    const said = judge(policy, principal, { action, resource, conditions });
    if (said !== "not mentioned") return said === "allowed";
    return principal !== undefined && allowed(principal, action, resource, conditions);
  };
  if (!(await may("elasticfilesystem:ClientMount")))
    throw cannotMount("b'mount.nfs4: access denied by server while mounting 127.0.0.1:/'");
  return { readOnly: !(await may("elasticfilesystem:ClientWrite")) };
}
