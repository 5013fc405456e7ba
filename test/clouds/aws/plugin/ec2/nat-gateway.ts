import { ConnectivityType, EC2, type NatGateway } from "@aws-sdk/client-ec2";
import { doing, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { number, output, region, tags, text, textSet } from "../schema.ts";
import { minutes, waitFor, waitUntilGone } from "../wait.ts";
import { tagsAtCreation, tagsOf, updateTags } from "./tags.ts";

const service = ({ account }: Context) => account.client("ec2", EC2);
const gone = ["NatGatewayNotFound"];

/** Source: internal/service/ec2/vpc_nat_gateway.go. Regional gateways and secondary addresses are only read. */
export const natGateway: ResourceType = {
  schema: {
    allocationId: text({ forceNew: true }),
    associationId: output(),
    availabilityMode: text({ computed: true, forceNew: true, oneOf: ["zonal", "regional"] }),
    connectivityType: text({ default: "public", forceNew: true, oneOf: ["private", "public"] }),
    networkInterfaceId: output(),
    privateIp: text({ computed: true, forceNew: true }),
    publicIp: output(),
    secondaryAllocationIds: textSet({ computed: true }),
    secondaryPrivateIpAddressCount: number({ computed: true }),
    secondaryPrivateIpAddresses: textSet({ computed: true }),
    subnetId: text({ forceNew: true }),
    vpcId: text({ computed: true, forceNew: true }),
    ...region,
    ...tags,
  },
  create: async (inputs, context) => {
    const { NatGateway: made } = await doing("creating EC2 NAT Gateway", () =>
      service(context).createNatGateway({
        SubnetId: inputs.required("subnetId"),
        AllocationId: inputs.text("allocationId"),
        ConnectivityType: inputs.choice("connectivityType", ConnectivityType),
        PrivateIpAddress: inputs.text("privateIp"),
        ...tagsAtCreation("natgateway", inputs),
      }),
    );
    const id = made?.NatGatewayId ?? "";
    context.made(id);
    await doing(`waiting for EC2 NAT Gateway (${id}) create`, () =>
      waitFor({
        look: async () => {
          const seen = await find(id, context);
          return seen && { state: seen.State ?? "", value: seen };
        },
        ...{ target: ["available"], pending: ["pending"] },
        ...{ timeoutMs: context.timeoutMs(minutes(10)), signal: context.signal },
      }),
    );
    return id;
  },
  read: async (id, _, context) => {
    const seen = await doing(`reading EC2 NAT Gateway (${id})`, () => find(id, context));
    const address = seen?.NatGatewayAddresses?.find(({ IsPrimary }) => IsPrimary !== false);
    return (
      seen && {
        allocationId: address?.AllocationId ?? "",
        associationId: address?.AssociationId ?? "",
        availabilityMode: "zonal",
        connectivityType: seen.ConnectivityType ?? "public",
        networkInterfaceId: address?.NetworkInterfaceId ?? "",
        privateIp: address?.PrivateIp ?? "",
        publicIp: address?.PublicIp ?? "",
        secondaryAllocationIds: [],
        secondaryPrivateIpAddressCount: 0,
        secondaryPrivateIpAddresses: [],
        subnetId: seen.SubnetId,
        vpcId: seen.VpcId,
        ...tagsOf(seen.Tags),
      }
    );
  },
  update: async (id, inputs, context) => {
    await updateTags(service(context), id, inputs, context);
  },
  delete: async (id, _, context) => {
    await doing(`deleting EC2 NAT Gateway (${id})`, () =>
      unless(gone, () => service(context).deleteNatGateway({ NatGatewayId: id })),
    );
    await doing(`waiting for EC2 NAT Gateway (${id}) delete`, () =>
      waitUntilGone(async () => (await find(id, context))?.State, {
        ...{ timeoutMs: context.timeoutMs(minutes(30)), signal: context.signal },
      }),
    );
  },
};

/** A deleted one is shown for an hour. */
async function find(id: string, context: Context): Promise<NatGateway | undefined> {
  const found = await unless(gone, () => service(context).describeNatGateways({ NatGatewayIds: [id] }));
  const seen = found?.NatGateways?.[0];
  return seen?.State === "deleted" ? undefined : seen;
}
