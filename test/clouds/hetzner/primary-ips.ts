import { ApiError, invalidInput } from "./api-error.ts";
import type { Location } from "./catalog.ts";
import type { Api } from "./http.ts";
import type { Labels } from "./labels.ts";
import { page, pick } from "./lists.ts";
import type { Project } from "./project.ts";
import type { PrimaryIp, Server } from "./records.ts";

interface CreatePrimaryIp {
  readonly name: string;
  readonly type: "ipv4" | "ipv6";
  readonly location?: string;
  readonly assignee_id?: number | null;
  readonly auto_delete?: boolean;
  readonly labels?: Labels;
}

/** Makes an address that belongs to nobody yet. */
export function createPrimaryIp(
  project: Project,
  { name, type, auto_delete: autoDelete = false, labels }: CreatePrimaryIp,
  location: Location,
): PrimaryIp {
  const ip = type === "ipv4" ? project.park.allocateIpv4() : project.park.allocateIpv6();
  const fresh = {
    ...project.fresh(name, labels),
    type,
    ip,
    location,
    assignee: null,
    autoDelete,
    deleteProtected: false,
  };
  project.primaryIps.set(fresh.id, fresh);
  return fresh;
}

/** The server's address of a kind. */
export function primaryIpOf(project: Project, server: Server, type: PrimaryIp["type"]): PrimaryIp | undefined {
  return [...project.primaryIps.values()].find((ip) => ip.assignee === server.id && ip.type === type);
}

/** What becomes of addresses when their server goes. */
export function abandonPrimaryIps(project: Project, server: Server): void {
  for (const ip of [...project.primaryIps.values()].filter(({ assignee }) => assignee === server.id)) {
    ip.assignee = null;
    if (ip.autoDelete) deletePrimaryIp(project, ip);
  }
}

function deletePrimaryIp({ primaryIps, park }: Project, ip: PrimaryIp): void {
  primaryIps.delete(ip.id);
  park.release(ip.ip);
}

function answer({ deleteProtected, autoDelete, assignee, ...ip }: PrimaryIp): object {
  return {
    ...{ ...ip, blocked: false, dns_ptr: [], auto_delete: autoDelete, protection: { delete: deleteProtected } },
    ...{ assignee_id: assignee, assignee_type: assignee === null ? "unassigned" : "server" },
  };
}

function requireOff(server: Server): void {
  if (server.status !== "off") throw new ApiError("server_not_stopped", "server must be stopped");
}

/** @throws ApiError if the server cannot take the address */
export function requireAssignable(project: Project, ip: PrimaryIp, server: Pick<Server, "id" | "location">): void {
  if (ip.assignee !== null) {
    throw new ApiError("primary_ip_already_assigned", "primary IP is already assigned to a different server");
  }
  if (ip.location !== server.location) {
    throw new ApiError("primary_ip_datacenter_mismatch", "primary IP is in a different location than the server");
  }
  const taken = [...project.primaryIps.values()].some(
    ({ assignee, type }) => assignee === server.id && type === ip.type,
  );
  if (taken) throw new ApiError(`server_has_${ip.type}`, `server already has an ${ip.type} address`);
}

/** Addresses that outlive servers. */
export function servePrimaryIps(api: Api, project: Project): void {
  const { primaryIps, servers, actions } = project;
  const one = (ip: PrimaryIp) => ({ primary_ip: answer(ip) });
  const act = (command: string, ip: PrimaryIp, server: number | null, effect: () => void): object => {
    const onServer = server === null ? [] : [{ type: "server", id: server } as const];
    const [action] = actions.start({ command, resources: [{ type: "primary_ip", id: ip.id }, ...onServer], effect });
    return { action };
  };
  const assign = (ip: PrimaryIp, server: Server): object => {
    requireOff(server);
    requireAssignable(project, ip, server);
    return act("assign_primary_ip", ip, server.id, () => {
      ip.assignee = server.id;
    });
  };

  api.serve("GET", "/primary_ips", ({ query }) => {
    const wanted = query.get("ip");
    const ips = pick(primaryIps.values(), query).filter(({ ip }) => wanted === null || ip === wanted);
    return page("primary_ips", ips, query, answer);
  });
  api.serve("GET", "/primary_ips/{id}", ({ id }) => one(primaryIps.require(id)));
  api.serve<CreatePrimaryIp>("POST", "/primary_ips", ({ body }) => {
    primaryIps.requireFree(body.name);
    const { assignee_id: assignee = null } = body;
    if (assignee === null) {
      if (body.location !== undefined) return one(createPrimaryIp(project, body, project.location(body.location)));
      throw invalidInput("location is required", {
        name: "location",
        messages: ["location or assignee_id is required"],
      });
    }
    const server = servers.requireNamed(assignee, "assignee_id");
    requireOff(server);
    const ip = createPrimaryIp(project, body, server.location);
    return { ...assign(ip, server), ...one(ip) };
  });
  api.serve<{ name?: string; labels?: Labels; auto_delete?: boolean }>("PUT", "/primary_ips/{id}", ({ id, body }) => {
    const ip = primaryIps.rename(id, body);
    ip.autoDelete = body.auto_delete ?? ip.autoDelete;
    return one(ip);
  });
  api.serve("DELETE", "/primary_ips/{id}", ({ id }) => {
    const ip = primaryIps.require(id);
    if (ip.deleteProtected) throw new ApiError("protected", "primary IP is delete protected");
    // Until 2026-05-01 it was unassigned by itself.
    if (ip.assignee !== null) throw new ApiError("must_be_unassigned", "primary IP must be unassigned");
    deletePrimaryIp(project, ip);
    return undefined;
  });
  api.serve<{ assignee_id: number }>("POST", "/primary_ips/{id}/actions/assign", ({ id, body }) =>
    assign(primaryIps.require(id), servers.requireNamed(body.assignee_id, "assignee_id")),
  );
  api.serve("POST", "/primary_ips/{id}/actions/unassign", ({ id }) => {
    const ip = primaryIps.require(id);
    if (ip.assignee !== null) requireOff(servers.require(ip.assignee));
    return act("unassign_primary_ip", ip, ip.assignee, () => {
      ip.assignee = null;
    });
  });
  api.serve<{ delete?: boolean }>("POST", "/primary_ips/{id}/actions/change_protection", ({ id, body }) => {
    const ip = primaryIps.require(id);
    if (body.delete === true && ip.autoDelete) {
      throw invalidInput("auto_delete must be false", { name: "delete", messages: ["auto_delete is on"] });
    }
    return act("change_protection", ip, null, () => {
      ip.deleteProtected = body.delete ?? ip.deleteProtected;
    });
  });
}
