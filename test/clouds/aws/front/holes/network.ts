/**
 * What moto leaves behind of NAT gateways and VPC endpoints when they go, and would keep subnets and groups from going:
 * interfaces, associations, routes. Gateway is the default type of an endpoint; moto knows no default and fails later.
 */
import type * as ec2 from "@aws-sdk/client-ec2";
import { hole, type Account, type Hole } from "../account.ts";
import { AwsError } from "../handler.ts";

const endpointsOf = async ({ ask }: Account, ids: readonly string[] = []): Promise<ec2.VpcEndpoint[]> => {
  const found = await ask<ec2.DescribeVpcEndpointsResult>("ec2", "DescribeVpcEndpoints", { VpcEndpointIds: ids });
  return found.VpcEndpoints ?? [];
};

const removeInterfaces = async ({ ask }: Account, ids: readonly (string | undefined)[]): Promise<void> => {
  for (const id of ids) {
    await ask("ec2", "DeleteNetworkInterface", { NetworkInterfaceId: id }).catch((error: unknown) => {
      if (!(error instanceof AwsError)) throw error; // it went with its owner
    });
  }
};

/** The routes that a gateway endpoint has in route tables: to the addresses of its service. */
async function changeRoutes(
  account: Account,
  id: string,
  tables: readonly string[],
  change: "Create" | "Delete",
): Promise<void> {
  if (tables.length === 0) return;
  const [endpoint] = await endpointsOf(account, [id]);
  const { PrefixLists: lists = [] } = await account.ask<ec2.DescribePrefixListsResult>("ec2", "DescribePrefixLists");
  const list = lists.find(({ PrefixListName: name }) => name === endpoint?.ServiceName)?.PrefixListId;
  for (const RouteTableId of tables) {
    const route = { RouteTableId, DestinationPrefixListId: list, ...(change === "Create" ? { GatewayId: id } : {}) };
    await account.ask("ec2", `${change}Route`, route);
  }
}

export const networkHoles: Hole = (account) => ({
  "ec2.DeleteNatGateway": hole<ec2.DeleteNatGatewayRequest>(async (input, forward, operation) => {
    const { ask } = account(operation);
    const which = { NatGatewayIds: [input.NatGatewayId] };
    const { NatGateways: gateways = [] } = await ask<ec2.DescribeNatGatewaysResult>(
      "ec2",
      "DescribeNatGateways",
      which,
    );
    const answer = await forward();
    const addresses = gateways.flatMap(({ NatGatewayAddresses: all = [] }) => all);
    for (const { AssociationId } of addresses) {
      if (AssociationId !== undefined) await ask("ec2", "DisassociateAddress", { AssociationId });
    }
    await removeInterfaces(
      account(operation),
      addresses.map(({ NetworkInterfaceId: id }) => id),
    );
    return answer;
  }),
  "ec2.CreateVpcEndpoint": hole<ec2.CreateVpcEndpointRequest>((input, _, operation) => {
    const gateway = { VpcEndpointType: "Gateway", PrivateDnsEnabled: false };
    const { VpcEndpointType: type = "Gateway" } = input;
    return account(operation).ask("ec2", "CreateVpcEndpoint", { ...(type === "Gateway" ? gateway : {}), ...input });
  }),
  "ec2.ModifyVpcEndpoint": hole<ec2.ModifyVpcEndpointRequest>(async (input, forward, operation) => {
    const { VpcEndpointId: id = "", AddRouteTableIds: added = [], RemoveRouteTableIds: removed = [] } = input;
    const answer = await forward();
    await changeRoutes(account(operation), id, added, "Create");
    await changeRoutes(account(operation), id, removed, "Delete");
    return answer;
  }),
  "ec2.DeleteVpcEndpoints": hole<ec2.DeleteVpcEndpointsRequest>(async (input, forward, operation) => {
    const before = await endpointsOf(account(operation), input.VpcEndpointIds);
    const answer = await forward();
    await removeInterfaces(
      account(operation),
      before.flatMap(({ NetworkInterfaceIds: ids = [] }) => ids),
    );
    return answer;
  }),
});
