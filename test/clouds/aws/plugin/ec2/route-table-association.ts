import { EC2, type RouteTableAssociation } from "@aws-sdk/client-ec2";
import { doing, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { region, text } from "../schema.ts";
import type { Values } from "../values.ts";

const service = ({ account }: Context) => account.client("ec2", EC2);
const ends = ["subnetId", "gatewayId"];

/**
 * Source: internal/service/ec2/vpc_route_table_association.go. Another route table gives the association another id, which a
 * Pulumi provider cannot tell the engine: it is found by its subnet or gateway.
 */
export const routeTableAssociation: ResourceType = {
  schema: {
    gatewayId: text({ forceNew: true }),
    routeTableId: text({ required: true }),
    subnetId: text({ forceNew: true, exactlyOneOf: ends }),
    ...region,
  },
  create: async (inputs, context) => {
    const { AssociationId = "" } = await doing("creating Route Table Association", () =>
      service(context).associateRouteTable({
        RouteTableId: inputs.required("routeTableId"),
        SubnetId: inputs.text("subnetId"),
        GatewayId: inputs.text("gatewayId"),
      }),
    );
    return AssociationId;
  },
  read: async (id, state, context) => {
    const seen = await doing(`reading Route Table Association (${id})`, () => find(id, state, context));
    return seen && { gatewayId: seen.GatewayId ?? "", routeTableId: seen.RouteTableId, subnetId: seen.SubnetId ?? "" };
  },
  update: async (id, inputs, context) => {
    const seen = await find(id, context.old, context);
    await doing(`updating Route Table Association (${id})`, () =>
      service(context).replaceRouteTableAssociation({
        AssociationId: seen?.RouteTableAssociationId ?? id,
        RouteTableId: inputs.required("routeTableId"),
      }),
    );
  },
  delete: async (id, state, context) => {
    const AssociationId = (await find(id, state, context))?.RouteTableAssociationId;
    if (AssociationId === undefined) return;
    await doing(`deleting Route Table Association (${id})`, () =>
      unless(["InvalidAssociationID.NotFound"], () => service(context).disassociateRouteTable({ AssociationId })),
    );
  },
};

async function find(id: string, state: Values, context: Context): Promise<RouteTableAssociation | undefined> {
  const { RouteTables: tables = [] } = await service(context).describeRouteTables({});
  const all = tables.flatMap(({ Associations = [] }) => Associations);
  const end = state.text("subnetId") ?? state.text("gatewayId");
  return (
    all.find(({ RouteTableAssociationId }) => RouteTableAssociationId === id) ??
    all.find(({ SubnetId, GatewayId }) => end !== undefined && [SubnetId, GatewayId].includes(end))
  );
}
