import { EC2, IpAddressType, VpcEndpointType, type VpcEndpoint } from "@aws-sdk/client-ec2";
import { doing, unless } from "../failure.ts";
import { policyText, samePolicy } from "../policy-json.ts";
import type { Context, ResourceType } from "../resource.ts";
import { block, blocks, flag, output, region, tags, text, textSet } from "../schema.ts";
import { minutes, waitFor, waitUntilGone } from "../wait.ts";
import { tagsAtCreation, tagsOf, updateTags } from "./tags.ts";

const service = ({ account }: Context) => account.client("ec2", EC2);
const gone = ["InvalidVpcEndpointId.NotFound"];

/** Source: internal/service/ec2/vpc_endpoint.go. Resource and service network endpoints are left out. */
export const vpcEndpoint: ResourceType = {
  schema: {
    arn: output(),
    autoAccept: flag(),
    cidrBlocks: output("texts"),
    dnsEntries: { ...blocks({ dnsName: output(), hostedZoneId: output() }), output: true },
    dnsOptions: block(
      { dnsRecordIpType: text(), privateDnsOnlyForInboundResolverEndpoint: flag() },
      { computed: true },
    ),
    ipAddressType: text({ computed: true }),
    networkInterfaceIds: output("textSet"),
    ownerId: output(),
    policy: text({ computed: true, matches: policyText, same: samePolicy }),
    prefixListId: output(),
    privateDnsEnabled: flag({ computed: true }),
    requesterManaged: output("flag"),
    routeTableIds: textSet({ computed: true }),
    securityGroupIds: textSet({ computed: true }),
    serviceName: text({ computed: true, forceNew: true }),
    serviceRegion: text({ computed: true, forceNew: true }),
    state: output(),
    subnetIds: textSet({ computed: true }),
    vpcEndpointType: text({ default: "Gateway", forceNew: true, oneOf: Object.values(VpcEndpointType) }),
    vpcId: text({ required: true, forceNew: true }),
    ...region,
    ...tags,
  },
  create: async (inputs, context) => {
    const isInterface = inputs.text("vpcEndpointType") === "Interface";
    const { VpcEndpoint: made } = await doing("creating EC2 VPC Endpoint", () =>
      service(context).createVpcEndpoint({
        VpcId: inputs.required("vpcId"),
        ServiceName: inputs.text("serviceName"),
        VpcEndpointType: inputs.choice("vpcEndpointType", VpcEndpointType),
        IpAddressType: inputs.choice("ipAddressType", IpAddressType),
        PolicyDocument: inputs.text("policy"),
        ...(isInterface && { PrivateDnsEnabled: inputs.flag("privateDnsEnabled") ?? false }),
        ...(isInterface && {
          SecurityGroupIds: inputs.texts("securityGroupIds"),
          SubnetIds: inputs.texts("subnetIds"),
        }),
        ...(!isInterface && { RouteTableIds: inputs.texts("routeTableIds") }),
        ...tagsAtCreation("vpc-endpoint", inputs),
      }),
    );
    const id = made?.VpcEndpointId ?? "";
    context.made(id);
    await doing(`waiting for EC2 VPC Endpoint (${id}) create`, () =>
      waitFor({
        look: async () => {
          const seen = await find(id, context);
          return seen && { state: seen.State?.toLowerCase() ?? "", value: seen };
        },
        ...{ target: ["available", "pendingacceptance"], pending: ["pending"] },
        ...{ timeoutMs: context.timeoutMs(minutes(10)), signal: context.signal },
      }),
    );
    return id;
  },
  read: async (id, state, context) => {
    const seen = await doing(`reading EC2 VPC Endpoint (${id})`, () => find(id, context));
    if (seen === undefined) return undefined;
    const policy = seen.PolicyDocument ?? "";
    const recorded = state.text("policy");
    return {
      arn: await context.account.arn("ec2", `vpc-endpoint/${id}`),
      dnsEntries: seen.DnsEntries?.map(({ DnsName, HostedZoneId }) => ({
        dnsName: DnsName,
        hostedZoneId: HostedZoneId,
      })),
      ipAddressType: seen.IpAddressType ?? "ipv4",
      networkInterfaceIds: seen.NetworkInterfaceIds ?? [],
      ownerId: seen.OwnerId ?? (await context.account.id()),
      policy: recorded !== undefined && samePolicy(recorded, policy) ? recorded : policy,
      privateDnsEnabled: seen.PrivateDnsEnabled ?? false,
      requesterManaged: seen.RequesterManaged ?? false,
      routeTableIds: seen.RouteTableIds ?? [],
      securityGroupIds: seen.Groups?.map(({ GroupId }) => GroupId) ?? [],
      serviceName: seen.ServiceName,
      serviceRegion: seen.ServiceRegion ?? context.account.region,
      state: seen.State,
      subnetIds: seen.SubnetIds ?? [],
      vpcEndpointType: seen.VpcEndpointType,
      vpcId: seen.VpcId,
      ...tagsOf(seen.Tags),
    };
  },
  update: async (id, inputs, context) => {
    const { old, changed } = context;
    const difference = (name: string) => {
      const [before, after] = [old.texts(name), inputs.texts(name)];
      return [after.filter((item) => !before.includes(item)), before.filter((item) => !after.includes(item))] as const;
    };
    if (changed("policy", "privateDnsEnabled", "routeTableIds", "securityGroupIds", "subnetIds")) {
      const [AddRouteTableIds, RemoveRouteTableIds] = difference("routeTableIds");
      const [AddSecurityGroupIds, RemoveSecurityGroupIds] = difference("securityGroupIds");
      const [AddSubnetIds, RemoveSubnetIds] = difference("subnetIds");
      await doing(`updating EC2 VPC Endpoint (${id})`, () =>
        service(context).modifyVpcEndpoint({
          VpcEndpointId: id,
          ...{ AddRouteTableIds, RemoveRouteTableIds, AddSubnetIds, RemoveSubnetIds },
          ...{ AddSecurityGroupIds, RemoveSecurityGroupIds },
          ...(changed("policy") && { PolicyDocument: inputs.text("policy") }),
          ...(changed("privateDnsEnabled") && { PrivateDnsEnabled: inputs.flag("privateDnsEnabled") }),
        }),
      );
    }
    await updateTags(service(context), id, inputs, context);
  },
  delete: async (id, _, context) => {
    await doing(`deleting EC2 VPC Endpoint (${id})`, () =>
      unless(gone, () => service(context).deleteVpcEndpoints({ VpcEndpointIds: [id] })),
    );
    await waitUntilGone(async () => (await find(id, context))?.State, {
      ...{ timeoutMs: context.timeoutMs(minutes(10)), signal: context.signal },
    });
  },
};

async function find(id: string, context: Context): Promise<VpcEndpoint | undefined> {
  const found = await unless(gone, () => service(context).describeVpcEndpoints({ VpcEndpointIds: [id] }));
  const seen = found?.VpcEndpoints?.[0];
  return seen?.State?.toLowerCase() === "deleted" ? undefined : seen;
}
