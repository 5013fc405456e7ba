import { ApiError } from "./api-error.ts";
import { imageAnswer, serverTypeAnswer } from "./catalog-routes.ts";
import { enforce, firewallsOf } from "./firewalls.ts";
import type { Api } from "./http.ts";
import type { Labels } from "./labels.ts";
import { page, pick } from "./lists.ts";
import { placementGroupAnswer } from "./placement-groups.ts";
import { abandonPrimaryIps, primaryIpOf } from "./primary-ips.ts";
import type { Project } from "./project.ts";
import type { Server } from "./records.ts";
import { createServer, type CreateServer } from "./server-create.ts";
import { volumesOf } from "./server-power.ts";

/** A server as the API answers it. */
function serverAnswer(project: Project, server: Server): object {
  const ipv4 = primaryIpOf(project, server, "ipv4");
  const ipv6 = primaryIpOf(project, server, "ipv6");
  const group = server.placementGroup === null ? undefined : project.placementGroups.get(server.placementGroup);
  const { id, name, created, labels, status, location, disk, privateNets } = server;
  return {
    ...{ id, name, created, labels, status, location, primary_disk_size: disk, locked: false },
    public_net: {
      ipv4: ipv4 === undefined ? null : { id: ipv4.id, ip: ipv4.ip, blocked: false, dns_ptr: `static.${ipv4.ip}` },
      ipv6: ipv6 === undefined ? null : { id: ipv6.id, ip: ipv6.ip, blocked: false, dns_ptr: [] },
      floating_ips: [],
      firewalls: firewallsOf(project, id).map((firewall) => ({ id: firewall.id, status: "applied" })),
    },
    private_net: privateNets,
    server_type: serverTypeAnswer(server.type, project),
    image: imageAnswer(server.image),
    ...{ iso: null, rescue_enabled: false, backup_window: server.backups ? "22-02" : null },
    ...{ outgoing_traffic: 0, ingoing_traffic: 0, included_traffic: 21_990_232_555_520 },
    protection: { delete: server.deleteProtected, rebuild: server.rebuildProtected },
    ...{ volumes: volumesOf(project, server), load_balancers: [] },
    placement_group: group === undefined ? null : placementGroupAnswer(group, project),
  };
}

/** Everything that ends with a server; what is attached to it stays. */
async function removeServer(project: Project, server: Server): Promise<void> {
  const { servers, volumes, firewalls, park } = project;
  for (const volume of volumes.values()) {
    if (volume.server !== server.id) continue;
    if (server.booted) await park.detach(volume.id, server.id);
    volume.server = null;
  }
  if (server.booted) await park.destroy(server.id);
  abandonPrimaryIps(project, server);
  for (const firewall of firewalls.values()) firewall.servers.delete(server.id);
  servers.delete(server.id);
}

/** Servers but for their actions. */
export function serveServers(api: Api, project: Project): void {
  const { servers, actions } = project;
  const answer = (server: Server): object => serverAnswer(project, server);
  /** A guest may switch itself off, which nobody tells the cloud. */
  const observed = async (server: Server): Promise<Server> => {
    if (server.status === "running" && !(await project.park.running(server.id))) server.status = "off";
    return server;
  };

  api.serve("GET", "/servers", async ({ query }) => {
    const wanted = query.getAll("status");
    const all = await Promise.all(pick(servers.values(), query).map(observed));
    const found = all.filter(({ status }) => wanted.length === 0 || wanted.includes(status));
    return page("servers", found, query, answer);
  });
  api.serve("GET", "/servers/{id}", async ({ id }) => ({ server: answer(await observed(servers.require(id))) }));
  api.serve<CreateServer>("POST", "/servers", ({ body }) => {
    const [server, [action, ...next]] = createServer(project, body);
    const password = server.sshKeys.length > 0 ? null : "YItygq1v3GYjjMomLaKc";
    return { server: answer(server), action, next_actions: next, root_password: password };
  });
  api.serve<{ name?: string; labels?: Labels }>("PUT", "/servers/{id}", async ({ id, body }) => {
    const server = servers.rename(id, body);
    await enforce(project, id); // its labels may put it behind another firewall
    return { server: answer(server) };
  });
  api.serve("DELETE", "/servers/{id}", async ({ id }) => {
    const server = servers.require(id);
    if (server.deleteProtected) throw new ApiError("protected", "server deletion is protected");
    actions.requireUnlocked("server", id);
    const [action] = actions.start({ command: "delete_server", resources: [{ type: "server", id }] });
    await removeServer(project, server);
    return { action };
  });
}
