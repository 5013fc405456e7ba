import { createHash } from "node:crypto";
import { EC2, type Route } from "@aws-sdk/client-ec2";
import { doing, isCode, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { output, region, text } from "../schema.ts";
import type { Values } from "../values.ts";
import { minutes, waitFor } from "../wait.ts";

const service = ({ account }: Context) => account.client("ec2", EC2);
const gone = ["InvalidRouteTableID.NotFound", "InvalidRoute.NotFound"];
const destinations = ["destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"];
const targets = [
  ...["egressOnlyGatewayId", "gatewayId", "natGatewayId", "networkInterfaceId", "transitGatewayId"],
  ...["vpcEndpointId", "vpcPeeringConnectionId"],
];

/** Source: internal/service/ec2/vpc_route.go. */
export const route: ResourceType = {
  schema: {
    destinationCidrBlock: text({ forceNew: true, exactlyOneOf: destinations }),
    destinationIpv6CidrBlock: text({ forceNew: true }),
    destinationPrefixListId: text({ forceNew: true }),
    egressOnlyGatewayId: text(),
    gatewayId: text({ exactlyOneOf: targets }),
    instanceId: output(),
    instanceOwnerId: output(),
    natGatewayId: text(),
    networkInterfaceId: text({ computed: true }),
    origin: output(),
    routeTableId: text({ required: true, forceNew: true }),
    state: output(),
    transitGatewayId: text(),
    vpcEndpointId: text(),
    vpcPeeringConnectionId: text(),
    ...region,
  },
  create: async (inputs, context) => {
    const table = inputs.required("routeTableId");
    const destination = destinationText(inputs);
    const what = `creating Route in Route Table (${table}) with destination (${destination})`;
    await doing(what, async () => {
      if ((await find(inputs, context)) !== undefined) {
        throw new Error(
          `api error RouteAlreadyExists: Route in Route Table (${table}) with destination (${destination}) already exists`,
        );
      }
      await service(context).createRoute({ RouteTableId: table, ...destinationOf(inputs), ...targetOf(inputs) });
    });
    // vpc_route.go RouteCreateID: "r-<table><hash of the destination>"
    const id = `r-${table}${createHash("sha256").update(destination).digest().readUInt32BE(0)}`;
    context.made(id);
    await waitFor({
      look: async () => {
        const found = await find(inputs, context);
        return found && { state: "ready", value: found };
      },
      ...{ target: ["ready"], timeoutMs: context.timeoutMs(minutes(5)), signal: context.signal },
    });
    return id;
  },
  read: async (_, state, context) => {
    const found = await find(state, context);
    return (
      found && {
        egressOnlyGatewayId: found.EgressOnlyInternetGatewayId ?? "",
        gatewayId: found.GatewayId ?? "",
        instanceId: found.InstanceId ?? "",
        instanceOwnerId: found.InstanceOwnerId ?? "",
        natGatewayId: found.NatGatewayId ?? "",
        networkInterfaceId: found.NetworkInterfaceId ?? "",
        origin: found.Origin ?? "",
        state: found.State ?? "",
        transitGatewayId: found.TransitGatewayId ?? "",
        vpcPeeringConnectionId: found.VpcPeeringConnectionId ?? "",
      }
    );
  },
  update: async (_, inputs, context) => {
    const RouteTableId = inputs.required("routeTableId");
    await doing(`updating Route in Route Table (${RouteTableId})`, () =>
      service(context).replaceRoute({ RouteTableId, ...destinationOf(inputs), ...targetOf(inputs) }),
    );
  },
  delete: async (_, state, context) => {
    const RouteTableId = state.required("routeTableId");
    await doing(`deleting Route in Route Table (${RouteTableId})`, () =>
      unless(gone, () => service(context).deleteRoute({ RouteTableId, ...destinationOf(state) })),
    );
  },
};

function destinationText(values: Values): string {
  return destinations.map((name) => values.text(name)).find((text) => text !== undefined) ?? "";
}

const destinationOf = (values: Values) => ({
  DestinationCidrBlock: values.text("destinationCidrBlock"),
  DestinationIpv6CidrBlock: values.text("destinationIpv6CidrBlock"),
  DestinationPrefixListId: values.text("destinationPrefixListId"),
});

/** Where a route leads, as the API wants it. */
export const targetOf = (values: Values) => ({
  EgressOnlyInternetGatewayId: values.text("egressOnlyGatewayId"),
  GatewayId: values.text("gatewayId"),
  NatGatewayId: values.text("natGatewayId"),
  NetworkInterfaceId: values.text("networkInterfaceId"),
  TransitGatewayId: values.text("transitGatewayId"),
  VpcEndpointId: values.text("vpcEndpointId"),
  VpcPeeringConnectionId: values.text("vpcPeeringConnectionId"),
});

async function find(values: Values, context: Context): Promise<Route | undefined> {
  const RouteTableIds = [values.required("routeTableId")];
  try {
    const { RouteTables: [table] = [] } = await service(context).describeRouteTables({ RouteTableIds });
    const wanted = destinationText(values);
    return table?.Routes?.find(({ DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId }) =>
      [DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId].includes(wanted),
    );
  } catch (error) {
    if (isCode(error, ...gone)) return undefined;
    throw error;
  }
}
