import { EC2 } from "@aws-sdk/client-ec2";
import { doing, isCode, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { output, region, tags, text } from "../schema.ts";
import { minutes, retryWhile } from "../wait.ts";
import { tagsAtCreation, tagsOf, updateTags } from "./tags.ts";

const service = ({ account }: Context) => account.client("ec2", EC2);
const gone = ["InvalidInternetGatewayID.NotFound", "Gateway.NotAttached"];

/** Source: internal/service/ec2/vpc_internet_gateway.go. */
export const internetGateway: ResourceType = {
  schema: { arn: output(), ownerId: output(), vpcId: text({ computed: true }), ...region, ...tags },
  create: async (inputs, context) => {
    const ec2 = service(context);
    const { InternetGateway } = await doing("creating EC2 Internet Gateway", () =>
      ec2.createInternetGateway(tagsAtCreation("internet-gateway", inputs)),
    );
    const id = InternetGateway?.InternetGatewayId ?? "";
    context.made(id);
    await attach(id, inputs.text("vpcId"), context);
    return id;
  },
  read: async (id, _, context) => {
    const found = await doing(`reading EC2 Internet Gateway (${id})`, () =>
      unless(gone, () => service(context).describeInternetGateways({ InternetGatewayIds: [id] })),
    );
    const seen = found?.InternetGateways?.[0];
    if (seen === undefined) return undefined;
    const ownerId = seen.OwnerId ?? (await context.account.id());
    return {
      arn: `arn:aws:ec2:${context.account.region}:${ownerId}:internet-gateway/${id}`,
      ownerId,
      vpcId: seen.Attachments?.[0]?.VpcId ?? "",
      ...tagsOf(seen.Tags),
    };
  },
  update: async (id, inputs, context) => {
    if (context.changed("vpcId")) {
      await detach(id, context.old.text("vpcId"), context);
      await attach(id, inputs.text("vpcId"), context);
    }
    await updateTags(service(context), id, inputs, context);
  },
  delete: async (id, state, context) => {
    await detach(id, state.text("vpcId"), context);
    await doing(`deleting EC2 Internet Gateway (${id})`, () =>
      unless(gone, () => service(context).deleteInternetGateway({ InternetGatewayId: id })),
    );
  },
};

async function attach(InternetGatewayId: string, VpcId: string | undefined, context: Context): Promise<void> {
  if (VpcId === undefined) return;
  await doing(`attaching EC2 Internet Gateway (${InternetGatewayId}) to EC2 VPC (${VpcId})`, () =>
    service(context).attachInternetGateway({ InternetGatewayId, VpcId }),
  );
}

/** Addresses that are still mapped hold it. */
async function detach(InternetGatewayId: string, VpcId: string | undefined, context: Context): Promise<void> {
  if (VpcId === undefined) return;
  await doing(`detaching EC2 Internet Gateway (${InternetGatewayId}) from EC2 VPC (${VpcId})`, () =>
    retryWhile(
      (error) => isCode(error, "DependencyViolation"),
      () => unless(gone, () => service(context).detachInternetGateway({ InternetGatewayId, VpcId })),
      { timeoutMs: context.timeoutMs(minutes(20)), signal: context.signal },
    ),
  );
}
