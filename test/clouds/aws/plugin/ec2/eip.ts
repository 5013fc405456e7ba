import { EC2 } from "@aws-sdk/client-ec2";
import { doing, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { output, region, tags, text } from "../schema.ts";
import { tagsAtCreation, tagsOf, updateTags } from "./tags.ts";

const service = ({ account }: Context) => account.client("ec2", EC2);
const gone = ["InvalidAllocationID.NotFound", "InvalidAddress.NotFound"];

/** Source: internal/service/ec2/ec2_eip.go. Attaching to machines, and pools, are left out. */
export const eip: ResourceType = {
  schema: {
    allocationId: output(),
    arn: output(),
    associationId: output(),
    domain: text({ computed: true, forceNew: true, oneOf: ["vpc", "standard"] }),
    networkBorderGroup: text({ computed: true, forceNew: true }),
    privateDns: output(),
    privateIp: output(),
    publicDns: output(),
    publicIp: output(),
    publicIpv4Pool: text({ computed: true, forceNew: true }),
    ...region,
    ...tags,
  },
  create: async (inputs, context) => {
    const { AllocationId = "" } = await doing("creating EC2 EIP", () =>
      service(context).allocateAddress({ Domain: "vpc", ...tagsAtCreation("elastic-ip", inputs) }),
    );
    return AllocationId;
  },
  read: async (id, _, context) => {
    const found = await doing(`reading EC2 EIP (${id})`, () =>
      unless(gone, () => service(context).describeAddresses({ AllocationIds: [id] })),
    );
    const seen = found?.Addresses?.[0];
    if (seen === undefined) return undefined;
    const publicIp = seen.PublicIp ?? "";
    return {
      allocationId: id,
      arn: await context.account.arn("ec2", `elastic-ip/${id}`),
      associationId: seen.AssociationId ?? "",
      domain: seen.Domain,
      networkBorderGroup: seen.NetworkBorderGroup ?? context.account.region,
      privateIp: seen.PrivateIpAddress ?? "",
      publicDns: `ec2-${publicIp.replaceAll(".", "-")}.${context.account.region}.compute.amazonaws.com`,
      publicIp,
      publicIpv4Pool: seen.PublicIpv4Pool ?? "amazon",
      ...tagsOf(seen.Tags),
    };
  },
  update: async (id, inputs, context) => {
    await updateTags(service(context), id, inputs, context);
  },
  delete: async (id, _, context) => {
    await doing(`deleting EC2 EIP (${id})`, () =>
      unless(gone, () => service(context).releaseAddress({ AllocationId: id })),
    );
  },
};
