import ipaddr from "ipaddr.js";
import type { Step } from "./actions.ts";
import { ApiError, invalidInput } from "./api-error.ts";
import type { Api } from "./http.ts";
import { selector, type Labels } from "./labels.ts";
import { page, pick } from "./lists.ts";
import type { FirewallRule } from "./park.ts";
import type { Project } from "./project.ts";
import type { Firewall } from "./records.ts";

type RuleInput = Partial<FirewallRule> & Pick<FirewallRule, "direction" | "protocol">;

interface FirewallTarget {
  readonly type: "server" | "label_selector";
  readonly server?: { readonly id: number };
  readonly label_selector?: { readonly selector: string };
}

/** Servers that a firewall stands before, by name and by label. */
function serversOf({ servers }: Project, { servers: chosen, labelSelectors }: Firewall): readonly number[] {
  const selected = [...labelSelectors].map(selector);
  const covered = [...servers.values()].filter(({ id, labels }) => chosen.has(id) || selected.some((by) => by(labels)));
  return covered.map(({ id }) => id);
}

/** The firewalls before a server. */
export function firewallsOf(project: Project, server: number): readonly Firewall[] {
  return [...project.firewalls.values()].filter((firewall) => serversOf(project, firewall).includes(server));
}

/** What gets through to a server; undefined where no firewall stands: everything. */
export function rulesOf(project: Project, server: number): readonly FirewallRule[] | undefined {
  const before = firewallsOf(project, server);
  return before.length === 0 ? undefined : before.flatMap(({ rules }) => rules);
}

/** Puts a server's rules into force, once there is a machine. */
export async function enforce(project: Project, server: number): Promise<void> {
  if (project.servers.get(server)?.booted !== true) return;
  await project.park.applyFirewall(server, rulesOf(project, server));
}

/** @throws ApiError for networks and ports that the API refuses */
function checkRules(rules: readonly RuleInput[] = []): readonly FirewallRule[] {
  return rules.map((rule, index) => {
    const { direction, protocol, port = null, source_ips = [], destination_ips = [], description = null } = rule;
    const wrong = (field: string, message: string) =>
      invalidInput(`invalid input in field 'rules.${index}.${field}'`, {
        name: `rules.${index}.${field}`,
        messages: [message],
      });
    const hasPorts = protocol === "tcp" || protocol === "udp";
    if (hasPorts !== (port !== null)) throw wrong("port", hasPorts ? "port is required" : "port is not allowed");
    if (port !== null && !/^\d{1,5}(?:-\d{1,5})?$/u.test(port)) throw wrong("port", "invalid port or port range");
    const networks = direction === "in" ? source_ips : destination_ips;
    if (networks.length === 0) throw wrong(direction === "in" ? "source_ips" : "destination_ips", "must not be empty");
    for (const network of [...source_ips, ...destination_ips]) {
      if (!isNetwork(network)) throw wrong("source_ips", `invalid network '${network}'`);
    }
    return { direction, protocol, port, source_ips, destination_ips, description };
  });
}

/** A network in CIDR notation, no bit set behind its prefix. */
function isNetwork(text: string): boolean {
  if (!ipaddr.isValidCIDR(text)) return false;
  const [address] = ipaddr.parseCIDR(text);
  const first =
    address.kind() === "ipv4" ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text);
  return first.toNormalizedString() === address.toNormalizedString();
}

/** Firewalls: as soon as one stands before a server, what no rule lets in stays out. */
export function serveFirewalls(api: Api, project: Project): void {
  const { firewalls, servers, actions } = project;
  const apply = (firewall: Firewall, server: number, command = "apply_firewall"): Step => ({
    command,
    resources: [
      { type: "firewall", id: firewall.id },
      { type: "server", id: server },
    ],
    effect: () => enforce(project, server),
  });
  const answer = ({ rules, servers: chosen, labelSelectors, ...firewall }: Firewall): object => ({
    ...{ ...firewall, rules },
    applied_to: [
      ...[...chosen].map((id) => ({ type: "server", server: { id } })),
      ...[...labelSelectors].map((text) => ({
        ...{ type: "label_selector", label_selector: { selector: text } },
        applied_to_resources: [...servers.values()]
          .filter(({ labels }) => selector(text)(labels))
          .map(({ id }) => ({ type: "server", server: { id } })),
      })),
    ],
  });
  /** Changes what a firewall stands before. */
  const retarget = (firewall: Firewall, targets: readonly FirewallTarget[], on: boolean): readonly object[] => {
    const before = serversOf(project, firewall);
    for (const { server, label_selector: label } of targets) {
      if (server !== undefined && !servers.has(server.id)) {
        throw new ApiError("firewall_resource_not_found", `server with ID '${server.id}' not found`);
      }
      if (server !== undefined && on && firewall.servers.has(server.id)) {
        throw new ApiError("firewall_already_applied", "firewall was already applied on resource");
      }
      if (server !== undefined) firewall.servers[on ? "add" : "delete"](server.id);
      if (label !== undefined) firewall.labelSelectors[on ? "add" : "delete"](label.selector);
    }
    const after = serversOf(project, firewall);
    const changed = on ? after.filter((id) => !before.includes(id)) : before.filter((id) => !after.includes(id));
    return changed.flatMap((id) => actions.start(apply(firewall, id, on ? "apply_firewall" : "remove_firewall")));
  };

  api.serve("GET", "/firewalls", ({ query }) => page("firewalls", pick(firewalls.values(), query), query, answer));
  api.serve("GET", "/firewalls/{id}", ({ id }) => ({ firewall: answer(firewalls.require(id)) }));
  api.serve<{ name: string; rules?: readonly RuleInput[]; labels?: Labels; apply_to?: readonly FirewallTarget[] }>(
    "POST",
    "/firewalls",
    ({ body }) => {
      firewalls.requireFree(body.name);
      const own = { rules: checkRules(body.rules), servers: new Set<number>(), labelSelectors: new Set<string>() };
      const firewall = { ...project.fresh(body.name, body.labels), ...own };
      const applied = retarget(firewall, body.apply_to ?? [], true);
      firewalls.set(firewall.id, firewall);
      return { firewall: answer(firewall), actions: applied };
    },
  );
  api.serve<{ name?: string; labels?: Labels }>("PUT", "/firewalls/{id}", ({ id, body }) => ({
    firewall: answer(firewalls.rename(id, body)),
  }));
  api.serve("DELETE", "/firewalls/{id}", ({ id }) => {
    const firewall = firewalls.require(id);
    if (firewall.servers.size + firewall.labelSelectors.size > 0) {
      throw new ApiError("resource_in_use", `firewall with ID ${id} is still in use`);
    }
    firewalls.delete(id);
    return undefined;
  });
  api.serve<{ rules: readonly RuleInput[] }>("POST", "/firewalls/{id}/actions/set_rules", ({ id, body }) => {
    const firewall = firewalls.require(id);
    firewall.rules = checkRules(body.rules);
    const set = { command: "set_firewall_rules", resources: [{ type: "firewall" as const, id }] };
    return { actions: actions.start(set, ...serversOf(project, firewall).map((server) => apply(firewall, server))) };
  });
  api.serve<{ apply_to: readonly FirewallTarget[] }>("POST", "/firewalls/{id}/actions/apply_to_resources", (call) => ({
    actions: retarget(firewalls.require(call.id), call.body.apply_to, true),
  }));
  api.serve<{ remove_from: readonly FirewallTarget[] }>(
    "POST",
    "/firewalls/{id}/actions/remove_from_resources",
    ({ id, body }) => ({ actions: retarget(firewalls.require(id), body.remove_from, false) }),
  );
}
