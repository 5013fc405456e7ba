/** Asks AWS what a stack has there. Import it only where AWS is to be asked: it loads AWS's SDK. */
import {
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import { paginateDescribeAccessPoints, type AccessPointDescription, type EFSClient } from "@aws-sdk/client-efs";
import { stackTag } from "../names.ts";
import type { FoundDeployment } from "./found.ts";

interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** AWS's list of tags as an object. */
export const tagsOf = (tags: readonly Tag[] = []): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key, Value }) => [Key ?? "", Value ?? ""]));

/** Where a stack's access point leads to, whoever made the file system. */
async function stateOf(client: EFSClient, owner: string): Promise<AccessPointDescription | undefined> {
  for await (const page of paginateDescribeAccessPoints({ client }, {})) {
    const own = page.AccessPoints?.find(({ Tags }) => tagsOf(Tags)[stackTag] === owner);
    if (own !== undefined) return own;
  }
  return undefined;
}

/** What there is of a stack, by its tags: a network of its own or security groups are there before its file system is made. */
export async function findDeployment(
  ec2: EC2Client,
  efs: EFSClient,
  owner: string,
): Promise<FoundDeployment | undefined> {
  const Filters = [{ Name: `tag:${stackTag}`, Values: [owner] }];
  const [networks, groups, subnets, state] = await Promise.all([
    ec2.send(new DescribeVpcsCommand({ Filters })),
    ec2.send(new DescribeSecurityGroupsCommand({ Filters })),
    ec2.send(new DescribeSubnetsCommand({ Filters })),
    stateOf(efs, owner),
  ]);
  const vpcId = groups.SecurityGroups?.[0]?.VpcId ?? networks.Vpcs?.[0]?.VpcId;
  if (vpcId === undefined) return undefined;
  const zones = (subnets.Subnets ?? [])
    .map(({ AvailabilityZone = "", Tags }) => ({ name: tagsOf(Tags)["Name"] ?? "", zone: AvailabilityZone }))
    .filter(({ name }) => /-task-\d$/.test(name)) // network.ts names them
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ zone }) => zone);
  return { vpcId, zones, fileSystemId: state?.FileSystemId, directory: state?.RootDirectory?.Path };
}
