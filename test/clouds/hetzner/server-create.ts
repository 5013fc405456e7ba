import type { ActionResource, Step } from "./actions.ts";
import { ApiError, invalidInput } from "./api-error.ts";
import type { Location, ServerType } from "./catalog.ts";
import type { Labels } from "./labels.ts";
import { placeInNetwork } from "./networks.ts";
import { createPrimaryIp } from "./primary-ips.ts";
import type { Project } from "./project.ts";
import type { PrimaryIp, Server } from "./records.ts";
import { switchOn } from "./server-power.ts";
import { requireAttachable } from "./volumes.ts";

/** The request, as the description has it. */
export interface CreateServer {
  readonly name: string;
  readonly server_type: string | number;
  readonly image: string | number;
  readonly location?: string | number;
  readonly user_data?: string;
  readonly ssh_keys?: readonly (string | number)[];
  readonly labels?: Labels;
  readonly volumes?: readonly number[];
  readonly networks?: readonly number[];
  readonly firewalls?: readonly { readonly firewall: number }[];
  readonly placement_group?: number;
  readonly start_after_create?: boolean;
  readonly public_net?: {
    readonly enable_ipv4?: boolean;
    readonly enable_ipv6?: boolean;
    readonly ipv4?: number | null;
    readonly ipv6?: number | null;
  };
}

const wrong = (name: string, message: string) => invalidInput(message, { name, messages: [message] });

/** By id or name. @throws ApiError if there is no such type */
export function serverType({ catalog }: Project, idOrName: string | number): ServerType {
  const found = catalog.serverTypes.find(({ id, name }) => String(id) === String(idOrName) || name === idOrName);
  if (found === undefined) throw wrong("server_type", `server type '${idOrName}' not found`);
  return found;
}

/** By id, or by name for an architecture. @throws ApiError */
export function image({ catalog }: Project, idOrName: string | number, architecture: string) {
  const found =
    catalog.images.find(({ id }) => String(id) === String(idOrName)) ??
    catalog.images.find((each) => each.name === idOrName && each.architecture === architecture);
  if (found === undefined) throw wrong("image", `image '${idOrName}' not found`);
  if (found.architecture !== architecture) throw wrong("image", "image has another architecture than the server type");
  return found;
}

/** @throws ApiError if the type is not sold there, not any more, or sold out */
export function requireOffer(type: ServerType, location: Location): void {
  const offer = type.offers.find((each) => each.location === location.name);
  if (offer === undefined) throw wrong("location", "unsupported location for server type");
  if (offer.deprecation !== null && new Date(offer.deprecation.unavailable_after) < new Date()) {
    throw wrong("server_type", `server type ${type.id} is deprecated`);
  }
  if (!offer.available) throw new ApiError("resource_unavailable", "error during placement");
}

/** The address that was asked for, or a new one that goes with the server. */
function publicAddress(project: Project, type: PrimaryIp["type"], body: CreateServer, location: Location) {
  const given = body.public_net?.[type] ?? null;
  const enabled = body.public_net?.[`enable_${type}`] ?? true;
  if (given === null) {
    const create = () =>
      createPrimaryIp(
        project,
        { name: `primary_ip-${project.primaryIps.size + 1000}`, type, auto_delete: true },
        location,
      );
    return enabled ? create : undefined;
  }
  const ip = project.primaryIps.requireNamed(given, `public_net.${type}`);
  if (ip.type !== type) throw new ApiError("primary_ip_version_mismatch", `primary IP is not of type ${type}`);
  if (ip.assignee !== null) throw new ApiError("primary_ip_assigned", "primary IP is already assigned");
  if (ip.location !== location) {
    throw new ApiError("primary_ip_datacenter_mismatch", "primary IP is in a different location than the server");
  }
  return () => ip;
}

/** Makes a server. @returns it, and the answers of its actions: create_server first @throws ApiError */
export function createServer(project: Project, body: CreateServer): readonly [Server, readonly object[]] {
  const { servers, volumes, networks, firewalls, sshKeys, placementGroups, actions } = project;
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/u.test(body.name)) throw wrong("name", "invalid hostname");
  servers.requireFree(body.name);
  if (servers.size >= project.serverLimit) throw new ApiError("resource_limit_exceeded", "server limit reached");
  if ((body.user_data ?? "").length > 32_768) throw wrong("user_data", "user data is too long");
  const type = serverType(project, body.server_type);
  const location = body.location === undefined ? project.location("hel1") : project.location(body.location);
  requireOffer(type, location);
  const disks = (body.volumes ?? []).map((id) => volumes.requireNamed(id, "volumes"));
  for (const volume of disks) requireAttachable(volume, { location });
  const joined = (body.networks ?? []).map((id) => networks.requireNamed(id, "networks"));
  const before = (body.firewalls ?? []).map(({ firewall }) => firewalls.requireNamed(firewall, "firewalls"));
  const addresses = (["ipv4", "ipv6"] as const).map((kind) => publicAddress(project, kind, body, location));
  if (addresses.every((each) => each === undefined) && joined.length === 0 && body.start_after_create !== false) {
    throw wrong("public_net", "a server needs a public or a private network to be started");
  }
  const server: Server = {
    ...project.fresh(body.name, body.labels),
    ...{ location, type, image: image(project, body.image, type.architecture), disk: type.disk },
    sshKeys: (body.ssh_keys ?? []).map((key) => sshKeys.requireNamed(key, "ssh_keys").public_key),
    ...{ status: "initializing", userData: body.user_data ?? "", booted: false, backups: false },
    ...{ deleteProtected: false, rebuildProtected: false, privateNets: [] },
    placementGroup:
      body.placement_group === undefined
        ? null
        : placementGroups.requireNamed(body.placement_group, "placement_group").id,
  };
  servers.set(server.id, server);
  for (const address of addresses) if (address !== undefined) address().assignee = server.id;
  for (const firewall of before) firewall.servers.add(server.id);

  const self: ActionResource = { type: "server", id: server.id };
  const create: Step = {
    ...{ command: "create_server", resources: [self] },
    effect: () => {
      server.status = "off";
    },
  };
  const attach = disks.map((volume) => ({
    ...{ command: "attach_volume", resources: [self, { type: "volume", id: volume.id } as const] },
    effect: () => {
      volume.server = server.id;
    },
  }));
  const join = joined.map((network) => ({
    ...{ command: "attach_to_network", resources: [self, { type: "network", id: network.id } as const] },
    effect: () => {
      server.privateNets.push(placeInNetwork(project, server, network));
    },
  }));
  const start = { command: "start_server", resources: [self], effect: () => switchOn(project, server) };
  const next: readonly Step[] = [...attach, ...join, ...(body.start_after_create === false ? [] : [start])];
  return [server, actions.start(create, ...next)];
}
