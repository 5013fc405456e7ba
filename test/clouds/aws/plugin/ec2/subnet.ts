import { EC2 } from "@aws-sdk/client-ec2";
import { doing, isCode, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { flag, output, region, tags, text } from "../schema.ts";
import { minutes, retryWhile, waitFor } from "../wait.ts";
import { tagsAtCreation, tagsOf, updateTags } from "./tags.ts";

const service = ({ account }: Context) => account.client("ec2", EC2);
const gone = ["InvalidSubnetID.NotFound", "InvalidSubnetId.NotFound"];

/** Source: internal/service/ec2/vpc_subnet.go. IPAM, IPv6 and Outposts are left out. */
export const subnet: ResourceType = {
  schema: {
    arn: output(),
    assignIpv6AddressOnCreation: flag({ default: false }),
    availabilityZone: text({ computed: true, forceNew: true, conflictsWith: ["availabilityZoneId"] }),
    availabilityZoneId: text({ computed: true, forceNew: true, conflictsWith: ["availabilityZone"] }),
    cidrBlock: text({ forceNew: true }),
    enableDns64: flag({ default: false }),
    enableResourceNameDnsARecordOnLaunch: flag({ default: false }),
    enableResourceNameDnsAaaaRecordOnLaunch: flag({ default: false }),
    ipv6CidrBlockAssociationId: output(),
    mapPublicIpOnLaunch: flag({ default: false }),
    ownerId: output(),
    privateDnsHostnameTypeOnLaunch: text({ computed: true, oneOf: ["ip-name", "resource-name"] }),
    vpcId: text({ required: true, forceNew: true }),
    ...region,
    ...tags,
  },
  create: async (inputs, context) => {
    const ec2 = service(context);
    const { Subnet } = await doing("creating EC2 Subnet", () =>
      ec2.createSubnet({
        VpcId: inputs.required("vpcId"),
        CidrBlock: inputs.text("cidrBlock"),
        AvailabilityZone: inputs.text("availabilityZone"),
        AvailabilityZoneId: inputs.text("availabilityZoneId"),
        ...tagsAtCreation("subnet", inputs),
      }),
    );
    const id = Subnet?.SubnetId ?? "";
    context.made(id);
    await waitFor({
      look: async () => {
        const { Subnets: [found] = [] } = await ec2.describeSubnets({ SubnetIds: [id] });
        return found && { state: found.State ?? "", value: found };
      },
      ...{ target: ["available"], pending: ["pending"], timeoutMs: minutes(10), signal: context.signal },
    });
    if (inputs.flag("mapPublicIpOnLaunch") === true) {
      await ec2.modifySubnetAttribute({ SubnetId: id, MapPublicIpOnLaunch: { Value: true } });
    }
    return id;
  },
  read: async (id, _, context) => {
    const found = await doing(`reading EC2 Subnet (${id})`, () =>
      unless(gone, () => service(context).describeSubnets({ SubnetIds: [id] })),
    );
    const seen = found?.Subnets?.[0];
    return (
      seen && {
        arn: seen.SubnetArn,
        assignIpv6AddressOnCreation: seen.AssignIpv6AddressOnCreation,
        availabilityZone: seen.AvailabilityZone,
        availabilityZoneId: seen.AvailabilityZoneId,
        cidrBlock: seen.CidrBlock,
        enableDns64: seen.EnableDns64 ?? false,
        ipv6CidrBlockAssociationId: "",
        mapPublicIpOnLaunch: seen.MapPublicIpOnLaunch,
        ownerId: seen.OwnerId,
        privateDnsHostnameTypeOnLaunch: seen.PrivateDnsNameOptionsOnLaunch?.HostnameType ?? "ip-name",
        vpcId: seen.VpcId,
        ...tagsOf(seen.Tags),
      }
    );
  },
  update: async (id, inputs, context) => {
    const ec2 = service(context);
    await doing(`updating EC2 Subnet (${id})`, async () => {
      if (context.changed("mapPublicIpOnLaunch")) {
        const Value = inputs.flag("mapPublicIpOnLaunch") ?? false;
        await ec2.modifySubnetAttribute({ SubnetId: id, MapPublicIpOnLaunch: { Value } });
      }
      await updateTags(ec2, id, inputs, context);
    });
  },
  delete: async (id, _, context) => {
    await doing(`deleting EC2 Subnet (${id})`, () =>
      retryWhile(
        (error) => isCode(error, "DependencyViolation"),
        () => unless(gone, () => service(context).deleteSubnet({ SubnetId: id })),
        { timeoutMs: context.timeoutMs(minutes(20)), signal: context.signal },
      ),
    );
  },
};
