/** Asks AWS what exists. Import it only where AWS is to be asked: it loads AWS's SDK. */
import { ACMClient, DescribeCertificateCommand } from "@aws-sdk/client-acm";
import {
  DescribeAvailabilityZonesCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { EFSClient, paginateDescribeFileSystems } from "@aws-sdk/client-efs";
import { GetHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { stackTag } from "../names.ts";
import { findDeployment, tagsOf } from "./deployment.ts";
import type { Found, FoundFileSystem } from "./found.ts";
import { knownProfiles, unreachable, type AskedAs } from "./unreachable.ts";
import type { Wanted } from "./wanted.ts";

/** What there is none of is an answer too. */
const missing = /^(InvalidSubnetID|InvalidVpcID|ResourceNotFound|NoSuchHostedZone|FileSystemNotFound)/;

/** @returns undefined when AWS knows no such thing */
async function ifThere<T>(what: Promise<T>): Promise<T | undefined> {
  try {
    return await what;
  } catch (error) {
    if (error instanceof Error && missing.test(error.name)) return undefined;
    throw error;
  }
}

/** The profile that is used, and who said so. @param configured `aws:profile` */
function profileOf(configured: string | undefined): AskedAs["profile"] {
  if (configured !== undefined) return { name: configured, from: "aws:profile" };
  const { AWS_PROFILE: name = "" } = process.env;
  return name === "" ? undefined : { name, from: "AWS_PROFILE" };
}

/**
 * About a dozen requests, all of them reading.
 *
 * @param profile of AWS's own configuration files. @default the default one
 * @throws AwsUnreachable
 */
export async function look(wanted: Wanted, profile?: string): Promise<Found> {
  const settings = { region: wanted.region, maxAttempts: 4, ...(profile === undefined ? {} : { profile }) };
  const [ec2, efs] = [new EC2Client(settings), new EFSClient(settings)];
  const { vpcId, taskSubnetIds, loadBalancerSubnetIds } = wanted.network;
  const { certificateArn, zoneId } = wanted.access;
  const subnetIds = [...taskSubnetIds, ...loadBalancerSubnetIds];
  /** One by one: a single id that there is none of makes AWS refuse them all. */
  const subnets = subnetIds.map((id) => ifThere(ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] }))));
  try {
    const [identity, zones, vpcs, dns, found, deployed, fileSystems, certificate, zone] = await Promise.all([
      new STSClient(settings).send(new GetCallerIdentityCommand({})),
      ec2.send(
        new DescribeAvailabilityZonesCommand({
          // In whatever state: a zone that is out of order today must not move a stack to another.
          Filters: [{ Name: "zone-type", Values: ["availability-zone"] }],
        }),
      ),
      ec2.send(new DescribeVpcsCommand({})),
      vpcId === undefined
        ? undefined
        : ifThere(ec2.send(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: "enableDnsHostnames" }))),
      Promise.all(subnets),
      findDeployment(ec2, efs, wanted.owner),
      allFileSystems(efs),
      certificateArn?.split(":")[3] === wanted.region
        ? ifThere(new ACMClient(settings).send(new DescribeCertificateCommand({ CertificateArn: certificateArn })))
        : undefined,
      zoneId === undefined
        ? undefined
        : ifThere(new Route53Client(settings).send(new GetHostedZoneCommand({ Id: zoneId }))),
    ]);
    const [, partition = "aws"] = identity.Arn?.split(":") ?? [];
    const { Certificate } = certificate ?? {};
    const { HostedZone } = zone ?? {};
    return {
      place: { partition, account: identity.Account ?? "", region: wanted.region },
      zones: (zones.AvailabilityZones ?? []).flatMap(({ ZoneName }) => ZoneName ?? []).sort(),
      vpcs: (vpcs.Vpcs ?? []).map(({ VpcId = "", CidrBlock, CidrBlockAssociationSet = [], Tags }) => ({
        id: VpcId,
        cidrs: [...new Set([CidrBlock, ...CidrBlockAssociationSet.map((each) => each.CidrBlock)])].filter(
          (cidr) => cidr !== undefined,
        ),
        owner: tagsOf(Tags)[stackTag],
      })),
      dnsHostnames: dns?.EnableDnsHostnames?.Value,
      subnets: found
        .flatMap((answer) => answer?.Subnets ?? [])
        .map((subnet) => ({
          id: subnet.SubnetId ?? "",
          vpcId: subnet.VpcId ?? "",
          zone: subnet.AvailabilityZone ?? "",
          cidr: subnet.CidrBlock ?? "",
          freeAddresses: subnet.AvailableIpAddressCount ?? 0,
        })),
      fileSystems,
      deployed,
      certificate:
        Certificate === undefined
          ? undefined
          : {
              status: Certificate.Status ?? "unknown",
              names: [...new Set([Certificate.DomainName ?? "", ...(Certificate.SubjectAlternativeNames ?? [])])],
            },
      zone:
        HostedZone === undefined
          ? undefined
          : { name: (HostedZone.Name ?? "").replace(/\.$/, ""), isPrivate: HostedZone.Config?.PrivateZone ?? false },
    };
  } catch (error) {
    throw unreachable(error, { region: wanted.region, profile: profileOf(profile), known: knownProfiles(process.env) });
  }
}

async function allFileSystems(client: EFSClient): Promise<FoundFileSystem[]> {
  const all: FoundFileSystem[] = [];
  for await (const page of paginateDescribeFileSystems({ client }, {})) {
    for (const each of page.FileSystems ?? []) {
      all.push({
        id: each.FileSystemId ?? "",
        encrypted: each.Encrypted ?? false,
        performanceMode: each.PerformanceMode ?? "generalPurpose",
        throughputMode: each.ThroughputMode ?? "bursting",
        mountTargets: each.NumberOfMountTargets ?? 0,
        oneZone: each.AvailabilityZoneName !== undefined,
        tags: tagsOf(each.Tags),
      });
    }
  }
  return all;
}
