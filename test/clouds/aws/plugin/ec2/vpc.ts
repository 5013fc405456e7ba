import { EC2, Tenancy, type VpcAttributeName } from "@aws-sdk/client-ec2";
import { doing, isCode, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { flag, output, region, tags, text } from "../schema.ts";
import { minutes, retryWhile, waitFor } from "../wait.ts";
import { tagsAtCreation, tagsOf, updateTags } from "./tags.ts";

const service = ({ account }: Context) => account.client("ec2", EC2);
const gone = ["InvalidVpcID.NotFound"];

/** Source: internal/service/ec2/vpc_.go. IPAM and addresses of IPv6 are left out. */
export const vpc: ResourceType = {
  schema: {
    arn: output(),
    assignGeneratedIpv6CidrBlock: flag(),
    cidrBlock: text({
      computed: true,
      forceNew: true,
      matches: [/\/(1[6-9]|2[0-8])$/, "expected a CIDR of /16 to /28"],
    }),
    defaultNetworkAclId: output(),
    defaultRouteTableId: output(),
    defaultSecurityGroupId: output(),
    dhcpOptionsId: output(),
    enableDnsHostnames: flag({ computed: true }),
    enableDnsSupport: flag({ default: true }),
    enableNetworkAddressUsageMetrics: flag({ computed: true }),
    instanceTenancy: text({ default: "default", oneOf: ["default", "dedicated"] }),
    ipv6AssociationId: output(),
    ipv6CidrBlock: output(),
    mainRouteTableId: output(),
    ownerId: output(),
    ...region,
    ...tags,
  },
  create: async (inputs, context) => {
    const ec2 = service(context);
    const { Vpc } = await doing("creating EC2 VPC", () =>
      ec2.createVpc({
        CidrBlock: inputs.text("cidrBlock"),
        AmazonProvidedIpv6CidrBlock: inputs.flag("assignGeneratedIpv6CidrBlock") ?? false,
        InstanceTenancy: inputs.choice("instanceTenancy", Tenancy),
        ...tagsAtCreation("vpc", inputs),
      }),
    );
    const id = Vpc?.VpcId ?? "";
    context.made(id);
    await waitFor({
      look: async () => {
        const { Vpcs: [found] = [] } = await ec2.describeVpcs({ VpcIds: [id] });
        return found && { state: found.State ?? "", value: found };
      },
      ...{ target: ["available"], pending: ["pending"], timeoutMs: minutes(10), signal: context.signal },
    });
    if (inputs.flag("enableDnsHostnames") === true) await setDns(ec2, id, "EnableDnsHostnames", true);
    if (inputs.flag("enableDnsSupport") === false) await setDns(ec2, id, "EnableDnsSupport", false);
    return id;
  },
  read: async (id, _, context) => {
    const ec2 = service(context);
    const found = await doing(`reading EC2 VPC (${id})`, () => unless(gone, () => ec2.describeVpcs({ VpcIds: [id] })));
    const seen = found?.Vpcs?.[0];
    if (seen === undefined) return undefined;
    const attribute = async (Attribute: VpcAttributeName) => ec2.describeVpcAttribute({ VpcId: id, Attribute });
    const inVpc = [{ Name: "vpc-id", Values: [id] }];
    const isDefault = { Name: "default", Values: ["true"] };
    const [hostnames, support, metrics, acls, tables, groups] = await Promise.all([
      attribute("enableDnsHostnames"),
      attribute("enableDnsSupport"),
      attribute("enableNetworkAddressUsageMetrics"),
      ec2.describeNetworkAcls({ Filters: [...inVpc, isDefault] }),
      ec2.describeRouteTables({ Filters: [...inVpc, { Name: "association.main", Values: ["true"] }] }),
      ec2.describeSecurityGroups({ Filters: [...inVpc, { Name: "group-name", Values: ["default"] }] }),
    ]);
    const ipv6 = seen.Ipv6CidrBlockAssociationSet?.find(
      ({ Ipv6CidrBlockState }) => Ipv6CidrBlockState?.State === "associated",
    );
    const main = tables.RouteTables?.[0]?.RouteTableId;
    return {
      arn: `arn:aws:ec2:${context.account.region}:${seen.OwnerId ?? ""}:vpc/${id}`,
      cidrBlock: seen.CidrBlock,
      dhcpOptionsId: seen.DhcpOptionsId,
      instanceTenancy: seen.InstanceTenancy,
      ownerId: seen.OwnerId,
      enableDnsHostnames: hostnames.EnableDnsHostnames?.Value,
      enableDnsSupport: support.EnableDnsSupport?.Value,
      enableNetworkAddressUsageMetrics: metrics.EnableNetworkAddressUsageMetrics?.Value,
      defaultNetworkAclId: acls.NetworkAcls?.[0]?.NetworkAclId,
      ...{ defaultRouteTableId: main, mainRouteTableId: main },
      defaultSecurityGroupId: groups.SecurityGroups?.[0]?.GroupId,
      assignGeneratedIpv6CidrBlock: ipv6 !== undefined,
      ipv6AssociationId: ipv6?.AssociationId ?? "",
      ipv6CidrBlock: ipv6?.Ipv6CidrBlock ?? "",
      ...tagsOf(seen.Tags),
    };
  },
  update: async (id, inputs, context) => {
    const ec2 = service(context);
    const wants = (name: string) => inputs.flag(name) ?? false;
    await doing(`updating EC2 VPC (${id})`, async () => {
      if (context.changed("enableDnsHostnames"))
        await setDns(ec2, id, "EnableDnsHostnames", wants("enableDnsHostnames"));
      if (context.changed("enableDnsSupport")) await setDns(ec2, id, "EnableDnsSupport", wants("enableDnsSupport"));
      if (context.changed("instanceTenancy")) await ec2.modifyVpcTenancy({ VpcId: id, InstanceTenancy: "default" });
      await updateTags(ec2, id, inputs, context);
    });
  },
  delete: async (id, _, context) => {
    const ec2 = service(context);
    await doing(`deleting EC2 VPC (${id})`, () =>
      retryWhile(
        (error) => isCode(error, "DependencyViolation"),
        () => unless(gone, () => ec2.deleteVpc({ VpcId: id })),
        { timeoutMs: context.timeoutMs(minutes(5)), signal: context.signal },
      ),
    );
  },
};

async function setDns(ec2: EC2, VpcId: string, attribute: "EnableDnsHostnames" | "EnableDnsSupport", Value: boolean) {
  await ec2.modifyVpcAttribute({ VpcId, [attribute]: { Value } });
}
