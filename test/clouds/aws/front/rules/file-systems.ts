/** EFS. https://docs.aws.amazon.com/efs/latest/ug/API_CreateFileSystem.html, API_CreateMountTarget.html, API_PutFileSystemPolicy.html */
import type * as ec2 from "@aws-sdk/client-ec2";
import type * as efs from "@aws-sdk/client-efs";
import { rule, type Rules } from "../account.ts";
import { AwsError } from "../handler.ts";

const throughput = rule<Pick<efs.CreateFileSystemRequest, "ThroughputMode" | "ProvisionedThroughputInMibps">>(
  (input) => {
    const { ThroughputMode: mode, ProvisionedThroughputInMibps: mibps } = input;
    if ((mode === "provisioned") !== (mibps !== undefined)) {
      const message = "ProvisionedThroughputInMibps is required when, and only when, ThroughputMode is provisioned.";
      throw new AwsError("BadRequest", message);
    }
  },
);

const modes = rule<efs.CreateFileSystemRequest>(({ PerformanceMode: performance, ThroughputMode: mode }) => {
  if (performance === "maxIO" && mode === "elastic") {
    throw new AwsError("BadRequest", "Max I/O performance mode is not supported with Elastic throughput.");
  }
});

const fileSystemExists = rule<efs.CreateAccessPointRequest>(async ({ FileSystemId: id }, account) => {
  await account.ask("efs", "DescribeFileSystems", { FileSystemId: id });
});

/** A mount target's groups are of its VPC. */
const groupsOfVpc = rule<efs.CreateMountTargetRequest>(
  async ({ SubnetId: subnet, SecurityGroups: groups }, { ask }) => {
    if (groups === undefined) return;
    const { Subnets: all = [] } = await ask<ec2.DescribeSubnetsResult>("ec2", "DescribeSubnets");
    const vpc = all.find(({ SubnetId: known }) => known === subnet)?.VpcId;
    if (vpc === undefined) return; // moto refuses it
    const { SecurityGroups: known = [] } = await ask<ec2.DescribeSecurityGroupsResult>("ec2", "DescribeSecurityGroups");
    const alien = groups.find((group) => !known.some(({ GroupId: found, VpcId: of }) => found === group && of === vpc));
    if (alien !== undefined)
      throw new AwsError("SecurityGroupNotFound", `The SecurityGroup ID '${alien}' does not exist`, 400);
  },
);

/** The policy's grammar, as far as EFS says `InvalidPolicyException`. */
const policy = rule<efs.PutFileSystemPolicyRequest>(({ Policy: text = "" }) => {
  const invalid = (why: string): AwsError =>
    new AwsError("InvalidPolicyException", `The policy is not valid: ${why}`, 400);
  let document: { Statement?: { Effect?: unknown; Principal?: unknown; Action?: unknown }[] };
  try {
    document = JSON.parse(text) as typeof document; // whatever it is: its members are looked at
  } catch {
    throw invalid("it is no JSON");
  }
  const { Statement: statements = [] } = document;
  if (!Array.isArray(statements) || statements.length === 0) throw invalid("it has no statement");
  for (const { Effect: effect, Principal: principal, Action: action } of statements) {
    if (effect !== "Allow" && effect !== "Deny") throw invalid("Effect must be Allow or Deny");
    if (principal === undefined || action === undefined) throw invalid("a statement needs Principal and Action");
    const actions = [action].flat().map(String);
    const alien = actions.find((each) => each !== "*" && !each.startsWith("elasticfilesystem:"));
    if (alien !== undefined) throw invalid(`the action ${alien} is not one of EFS`);
  }
});

export const fileSystemRules: Rules = {
  "efs.CreateFileSystem": [throughput, modes],
  "efs.UpdateFileSystem": [throughput],
  "efs.CreateAccessPoint": [fileSystemExists],
  "efs.CreateMountTarget": [groupsOfVpc],
  "efs.PutFileSystemPolicy": [policy],
};
