import { EC2, type RouteTable } from "@aws-sdk/client-ec2";
import { doing, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { blockSet, output, region, tags, text, textSet, type Schema } from "../schema.ts";
import type { StateMap, Values } from "../values.ts";
import { targetOf } from "./route.ts";
import { tagsAtCreation, tagsOf, updateTags } from "./tags.ts";

const service = ({ account }: Context) => account.client("ec2", EC2);
const gone = ["InvalidRouteTableID.NotFound"];

const routeSchema: Schema = {
  cidrBlock: text(),
  destinationPrefixListId: text(),
  egressOnlyGatewayId: text(),
  gatewayId: text(),
  ipv6CidrBlock: text(),
  natGatewayId: text(),
  networkInterfaceId: text(),
  transitGatewayId: text(),
  vpcEndpointId: text(),
  vpcPeeringConnectionId: text(),
};

/** Source: internal/service/ec2/vpc_route_table.go. Without `routes`, those of Route resources stay untouched. */
export const routeTable: ResourceType = {
  schema: {
    arn: output(),
    ownerId: output(),
    propagatingVgws: textSet({ computed: true }),
    routes: blockSet(routeSchema, { computed: true }),
    vpcId: text({ required: true, forceNew: true }),
    ...region,
    ...tags,
  },
  create: async (inputs, context) => {
    const { RouteTable: made } = await doing("creating Route Table", () =>
      service(context).createRouteTable({ VpcId: inputs.required("vpcId"), ...tagsAtCreation("route-table", inputs) }),
    );
    const id = made?.RouteTableId ?? "";
    context.made(id);
    for (const route of inputs.blocks("routes")) await addRoute(id, route, context);
    return id;
  },
  read: async (id, _, context) => {
    const found = await doing(`reading Route Table (${id})`, () =>
      unless(gone, () => service(context).describeRouteTables({ RouteTableIds: [id] })),
    );
    const seen = found?.RouteTables?.[0];
    if (seen === undefined) return undefined;
    const ownerId = seen.OwnerId ?? (await context.account.id());
    return {
      arn: `arn:aws:ec2:${context.account.region}:${ownerId}:route-table/${id}`,
      ownerId,
      propagatingVgws: [],
      routes: routesOf(seen),
      vpcId: seen.VpcId,
      ...tagsOf(seen.Tags),
    };
  },
  update: async (id, inputs, context) => {
    const ec2 = service(context);
    if (context.changed("routes")) {
      for (const route of context.old.blocks("routes")) {
        await ec2.deleteRoute({ RouteTableId: id, ...destinationOf(route) });
      }
      for (const route of inputs.blocks("routes")) await addRoute(id, route, context);
    }
    await updateTags(ec2, id, inputs, context);
  },
  delete: async (id, _, context) => {
    const ec2 = service(context);
    const found = await unless(gone, () => ec2.describeRouteTables({ RouteTableIds: [id] }));
    for (const { RouteTableAssociationId: AssociationId, Main } of found?.RouteTables?.[0]?.Associations ?? []) {
      if (AssociationId !== undefined && Main !== true) {
        await unless(["InvalidAssociationID.NotFound"], () => ec2.disassociateRouteTable({ AssociationId }));
      }
    }
    await doing(`deleting Route Table (${id})`, () => unless(gone, () => ec2.deleteRouteTable({ RouteTableId: id })));
  },
};

async function addRoute(RouteTableId: string, route: Values, context: Context): Promise<void> {
  await doing(`creating Route in Route Table (${RouteTableId})`, () =>
    service(context).createRoute({
      RouteTableId,
      ...destinationOf(route),
      ...targetOf(route),
    }),
  );
}

const destinationOf = (route: Values) => ({
  DestinationCidrBlock: route.text("cidrBlock"),
  DestinationIpv6CidrBlock: route.text("ipv6CidrBlock"),
  DestinationPrefixListId: route.text("destinationPrefixListId"),
});

/** The routes that somebody made: those of the network itself and of gateway endpoints are left out (flattenRoutes). */
function routesOf({ Routes: routes = [] }: RouteTable): StateMap[] {
  return routes
    .filter(({ GatewayId, Origin }) => GatewayId !== "local" && Origin !== "EnableVgwRoutePropagation")
    .filter(({ GatewayId }) => GatewayId?.startsWith("vpce-") !== true)
    .map((route) => ({
      cidrBlock: route.DestinationCidrBlock ?? "",
      destinationPrefixListId: route.DestinationPrefixListId ?? "",
      egressOnlyGatewayId: route.EgressOnlyInternetGatewayId ?? "",
      gatewayId: route.GatewayId ?? "",
      ipv6CidrBlock: route.DestinationIpv6CidrBlock ?? "",
      natGatewayId: route.NatGatewayId ?? "",
      networkInterfaceId: route.NetworkInterfaceId ?? "",
      transitGatewayId: route.TransitGatewayId ?? "",
      vpcEndpointId: "",
      vpcPeeringConnectionId: route.VpcPeeringConnectionId ?? "",
    }));
}
