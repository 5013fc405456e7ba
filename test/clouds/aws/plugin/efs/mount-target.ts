import { EFS, IpAddressType, type MountTargetDescription } from "@aws-sdk/client-efs";
import { doing, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { output, region, text, textSet } from "../schema.ts";
import { minutes, waitFor, waitUntilGone } from "../wait.ts";

const service = ({ account }: Context) => account.client("efs", EFS);
const gone = ["MountTargetNotFound"];

/** Source: internal/service/efs/mount_target.go. */
export const mountTarget: ResourceType = {
  schema: {
    availabilityZoneId: output(),
    availabilityZoneName: output(),
    dnsName: output(),
    fileSystemArn: output(),
    fileSystemId: text({ required: true, forceNew: true }),
    ipAddress: text({ computed: true, forceNew: true }),
    ipAddressType: text({ computed: true, forceNew: true, oneOf: Object.values(IpAddressType) }),
    ipv6Address: text({ computed: true, forceNew: true }),
    mountTargetDnsName: output(),
    networkInterfaceId: output(),
    ownerId: output(),
    securityGroups: textSet({ computed: true }),
    subnetId: text({ required: true, forceNew: true }),
    ...region,
  },
  create: async (inputs, context) => {
    const fileSystem = inputs.required("fileSystemId");
    const { MountTargetId: id = "" } = await doing(`creating EFS Mount Target (${fileSystem})`, () =>
      service(context).createMountTarget({
        FileSystemId: fileSystem,
        SubnetId: inputs.required("subnetId"),
        IpAddress: inputs.text("ipAddress"),
        IpAddressType: inputs.choice("ipAddressType", IpAddressType),
        ...(inputs.has("securityGroups") && { SecurityGroups: inputs.texts("securityGroups") }),
      }),
    );
    context.made(id);
    await doing(`waiting for EFS Mount Target (${id}) create`, () =>
      waitFor({
        look: async () => {
          const seen = await find(id, context);
          return seen && { state: seen.LifeCycleState ?? "", value: seen };
        },
        ...{ target: ["available"], pending: ["creating"] },
        ...{ timeoutMs: context.timeoutMs(minutes(30)), signal: context.signal },
      }),
    );
    return id;
  },
  read: async (id, _, context) => {
    const seen = await doing(`reading EFS Mount Target (${id})`, () => find(id, context));
    if (seen === undefined) return undefined;
    const { SecurityGroups } = await service(context).describeMountTargetSecurityGroups({ MountTargetId: id });
    const dnsName = `${seen.FileSystemId ?? ""}.efs.${context.account.region}.amazonaws.com`;
    return {
      availabilityZoneId: seen.AvailabilityZoneId,
      availabilityZoneName: seen.AvailabilityZoneName,
      dnsName,
      fileSystemArn: await context.account.arn("elasticfilesystem", `file-system/${seen.FileSystemId ?? ""}`),
      fileSystemId: seen.FileSystemId,
      ipAddress: seen.IpAddress ?? "",
      ipAddressType: seen.Ipv6Address === undefined ? "IPV4_ONLY" : "DUAL_STACK",
      ipv6Address: seen.Ipv6Address ?? "",
      mountTargetDnsName: `${seen.AvailabilityZoneName ?? ""}.${dnsName}`,
      networkInterfaceId: seen.NetworkInterfaceId,
      ownerId: seen.OwnerId,
      securityGroups: SecurityGroups ?? [],
      subnetId: seen.SubnetId,
    };
  },
  update: async (id, inputs, context) => {
    const SecurityGroups = inputs.texts("securityGroups");
    await doing(`updating EFS Mount Target (${id}) security groups`, () =>
      service(context).modifyMountTargetSecurityGroups({ MountTargetId: id, SecurityGroups }),
    );
  },
  delete: async (id, _, context) => {
    await doing(`deleting EFS Mount Target (${id})`, () =>
      unless(gone, () => service(context).deleteMountTarget({ MountTargetId: id })),
    );
    await waitUntilGone(async () => (await find(id, context))?.LifeCycleState, {
      ...{ timeoutMs: context.timeoutMs(minutes(10)), signal: context.signal },
    });
  },
};

async function find(id: string, context: Context): Promise<MountTargetDescription | undefined> {
  const found = await unless(gone, () => service(context).describeMountTargets({ MountTargetId: id }));
  const seen = found?.MountTargets?.[0];
  return seen?.LifeCycleState === "deleted" ? undefined : seen;
}
