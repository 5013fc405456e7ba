import ipaddr from "ipaddr.js";
import { ApiError, invalidInput } from "./api-error.ts";
import type { Api } from "./http.ts";
import type { Labels } from "./labels.ts";
import { page, pick } from "./lists.ts";
import type { Project } from "./project.ts";
import type { Network, PrivateNet, Route, Server, Subnet } from "./records.ts";

type SubnetInput = Omit<Subnet, "ip_range"> & { readonly ip_range?: string };

interface CreateNetwork {
  readonly name: string;
  readonly ip_range: string;
  readonly subnets?: readonly SubnetInput[];
  readonly routes?: readonly Route[];
  readonly labels?: Labels;
  readonly expose_routes_to_vswitch?: boolean;
}

const wrong = (name: string, message: string) =>
  invalidInput(`invalid input in field '${name}'`, { name, messages: [message] });

const numberOf = (address: string): number =>
  ipaddr.IPv4.parse(address).octets.reduce((sum, octet) => sum * 256 + octet, 0);
const addressOf = (number: number): string =>
  [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join(".");
const firstOf = (range: string): number => numberOf(ipaddr.IPv4.networkAddressFromCIDR(range).toString());
const sizeOf = (range: string): number => 2 ** (32 - Number(range.split("/")[1]));
const contains = (outer: string, inner: string): boolean =>
  firstOf(outer) <= firstOf(inner) && firstOf(inner) + sizeOf(inner) <= firstOf(outer) + sizeOf(outer);

/** @throws ApiError if it is no private IPv4 network */
function checkRange(range: string, field: string): string {
  const isPrivate = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].some(
    (each) => ipaddr.IPv4.isValidCIDR(range) && contains(each, range),
  );
  if (!isPrivate) throw wrong(field, "must be a private IPv4 network");
  return range;
}

/** The first /24 that is free, as the API picks where none is named. */
function freeSubnet({ ip_range: range, subnets }: Pick<Network, "ip_range" | "subnets">): string {
  for (let start = firstOf(range); start < firstOf(range) + sizeOf(range); start += 256) {
    const candidate = `${addressOf(start)}/24`;
    if (!subnets.some((subnet) => contains(subnet.ip_range, candidate))) return candidate;
  }
  throw new ApiError("no_subnet_available", "no subnet available");
}

function addSubnet(network: Pick<Network, "ip_range" | "subnets">, subnet: SubnetInput): readonly Subnet[] {
  const range = checkRange(subnet.ip_range ?? freeSubnet(network), "ip_range");
  if (!contains(network.ip_range, range)) throw wrong("ip_range", "must be within the network's range");
  return [...network.subnets, { ...subnet, ip_range: range }];
}

/** A place for a server in a network. @throws ApiError if there is none */
export function placeInNetwork(project: Project, server: Server, network: Network, wanted?: string): PrivateNet {
  if (server.privateNets.some((each) => each.network === network.id)) {
    throw new ApiError("server_already_attached", "server is already attached to this network");
  }
  const zone = server.location.network_zone;
  const subnets = network.subnets.filter((subnet) => subnet.network_zone === zone && subnet.type !== "vswitch");
  const taken = [...project.servers.values()].flatMap(({ privateNets }) =>
    privateNets.filter((each) => each.network === network.id).map(({ ip }) => ip),
  );
  // The first address of a subnet is the gateway's.
  const free = subnets.flatMap(({ ip_range: range }) =>
    Array.from({ length: Math.min(sizeOf(range) - 3, 250) }, (_, index) => addressOf(firstOf(range) + 2 + index)),
  );
  if (wanted !== undefined && taken.includes(wanted)) throw new ApiError("ip_not_available", "ip not available");
  const ip = wanted ?? free.find((each) => !taken.includes(each));
  if (ip === undefined) throw new ApiError("no_subnet_available", "no subnet or ip available");
  const tail = (server.id % 65536).toString(16).padStart(4, "0");
  return { network: network.id, ip, mac_address: `86:00:00:00:${tail.slice(0, 2)}:${tail.slice(2)}`, alias_ips: [] };
}

/** Private networks: who has which address. Routes and vSwitches are kept, and do nothing. */
export function serveNetworks(api: Api, project: Project): void {
  const { networks, servers, actions } = project;
  const answer = ({ deleteProtected, subnets, ...network }: Network): object => ({
    ...{ ...network, protection: { delete: deleteProtected }, load_balancers: [] },
    subnets: subnets.map((subnet) => ({ ...subnet, gateway: addressOf(firstOf(network.ip_range) + 1) })),
    servers: [...servers.values()]
      .filter(({ privateNets }) => privateNets.some((each) => each.network === network.id))
      .map(({ id }) => id),
  });
  const one = (network: Network) => ({ network: answer(network) });
  const act = (command: string, id: number, change: (network: Network) => Partial<Network>): object => {
    const network = networks.require(id);
    const changed = change(network);
    const effect = () => void Object.assign(network, changed);
    const [action] = actions.start({ command, resources: [{ type: "network", id }], effect });
    return { action };
  };

  api.serve("GET", "/networks", ({ query }) => page("networks", pick(networks.values(), query), query, answer));
  api.serve("GET", "/networks/{id}", ({ id }) => one(networks.require(id)));
  api.serve<CreateNetwork>("POST", "/networks", ({ body }) => {
    networks.requireFree(body.name);
    const state = {
      ...{ ip_range: checkRange(body.ip_range, "ip_range"), routes: body.routes ?? [], deleteProtected: false },
      ...{ subnets: [], expose_routes_to_vswitch: body.expose_routes_to_vswitch ?? false },
    };
    const network: Network = { ...project.fresh(body.name, body.labels), ...state };
    for (const subnet of body.subnets ?? []) network.subnets = addSubnet(network, subnet);
    networks.set(network.id, network);
    return one(network);
  });
  api.serve<{ name?: string; labels?: Labels; expose_routes_to_vswitch?: boolean }>("PUT", "/networks/{id}", (call) => {
    const network = networks.rename(call.id, call.body);
    network.expose_routes_to_vswitch = call.body.expose_routes_to_vswitch ?? network.expose_routes_to_vswitch;
    return one(network);
  });
  api.serve("DELETE", "/networks/{id}", ({ id }) => {
    if (networks.require(id).deleteProtected) throw new ApiError("protected", "network deletion is protected");
    networks.delete(id);
    for (const server of servers.values()) {
      server.privateNets = server.privateNets.filter((each) => each.network !== id);
    }
    return undefined;
  });
  api.serve<SubnetInput>("POST", "/networks/{id}/actions/add_subnet", ({ id, body }) =>
    act("add_subnet", id, (network) => ({ subnets: addSubnet(network, body) })),
  );
  api.serve<{ ip_range: string }>("POST", "/networks/{id}/actions/delete_subnet", ({ id, body }) =>
    act("delete_subnet", id, ({ subnets }) => ({ subnets: subnets.filter((each) => each.ip_range !== body.ip_range) })),
  );
  api.serve<Route>("POST", "/networks/{id}/actions/add_route", ({ id, body }) =>
    act("add_route", id, ({ routes }) => ({ routes: [...routes, body] })),
  );
  api.serve<Route>("POST", "/networks/{id}/actions/delete_route", ({ id, body }) =>
    act("delete_route", id, ({ routes }) => ({
      routes: routes.filter((each) => each.destination !== body.destination || each.gateway !== body.gateway),
    })),
  );
  api.serve<{ ip_range: string }>("POST", "/networks/{id}/actions/change_ip_range", ({ id, body }) =>
    act("change_ip_range", id, ({ ip_range: old }) => {
      if (!contains(checkRange(body.ip_range, "ip_range"), old)) throw wrong("ip_range", "can only be extended");
      return { ip_range: body.ip_range };
    }),
  );
  api.serve<{ delete?: boolean }>("POST", "/networks/{id}/actions/change_protection", ({ id, body }) =>
    act("change_protection", id, ({ deleteProtected }) => ({ deleteProtected: body.delete ?? deleteProtected })),
  );
}
