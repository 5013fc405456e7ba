/** Hetzner Cloud, simulated: its API on loopback, in front of a park of machines. */
import { randomBytes } from "node:crypto";
import type { ActionFault } from "./actions.ts";
import { serveActions } from "./action-routes.ts";
import { prices } from "./catalog.ts";
import { serveCatalog } from "./catalog-routes.ts";
import type { Method } from "./description.ts";
import type { RequestFault } from "./faults.ts";
import { serveFirewalls } from "./firewalls.ts";
import { Api, type RecordedRequest } from "./http.ts";
import { serveNetworks } from "./networks.ts";
import type { Park } from "./park.ts";
import { servePlacementGroups } from "./placement-groups.ts";
import { servePrimaryIps } from "./primary-ips.ts";
import { Project } from "./project.ts";
import { serveServerActions } from "./server-actions.ts";
import { serveServers } from "./servers.ts";
import { serveSshKeys } from "./ssh-keys.ts";
import { serveVolumes } from "./volumes.ts";

export interface HetznerCloudOptions {
  /** What servers and volumes are. It is disposed of by whoever made it. */
  readonly park: Park;
  /** How long an action takes at least, in milliseconds. @default 2 */
  readonly actionMs?: number;
  /** @default 3600, as at Hetzner */
  readonly requestsPerHour?: number;
  /** @default 0: any free one */
  readonly port?: number;
}

/** Something that costs money as long as it exists. */
export interface Cost {
  readonly kind: "server" | "volume" | "primary IP";
  readonly id: number;
  readonly name: string;
  /** EUR a month, net. */
  readonly monthly: number;
}

/** What exists, by kind, sorted by name. */
export type Existing = Readonly<
  Record<
    "servers" | "volumes" | "firewalls" | "primaryIps" | "sshKeys" | "networks" | "placementGroups",
    readonly string[]
  >
>;

/** The running cloud. */
export interface HetznerCloud extends AsyncDisposable {
  /** For `hcloud:endpoint`. */
  readonly endpoint: string;
  /** 64 characters, for `hcloud:token`. */
  readonly token: string;
  /** Revokes the token, and makes another one. */
  readonly renewToken: () => void;
  /** Everything that was asked, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Answers that the API's description refuses: faults of the simulation, a test expects none. */
  readonly violations: readonly string[];
  /** The project behind the API, for what a test does behind a client's back. */
  readonly project: Project;
  readonly exists: () => Existing;
  /** What costs money now; servers do so when they are off, too. */
  readonly costs: () => readonly Cost[];
  /** Lets the next request of a kind fail, or wait. @returns whether it met a request by now */
  readonly failRequest: (fault: RequestFault) => () => boolean;
  /** Lets the next action with a command fail, or take its time. */
  readonly failAction: (fault: ActionFault) => void;
  /** Uses up the rate limit: from now on requests are refused until some come back. */
  readonly exhaustRateLimit: () => void;
  /** Makes a request with the project's token. @param path behind `/v1` @throws nothing: the status says it */
  readonly call: (method: Method, path: string, body?: object) => Promise<{ status: number; body: unknown }>;
}

/** Starts the API on loopback. */
export async function startHetznerCloud(options: HetznerCloudOptions): Promise<HetznerCloud> {
  const { park, actionMs = 2, requestsPerHour = 3600, port = 0 } = options;
  const project = new Project(park, actionMs);
  const api = new Api(randomBytes(32).toString("hex"), requestsPerHour);
  for (const serve of [serveActions, serveCatalog, serveSshKeys, servePrimaryIps, serveFirewalls, serveVolumes]) {
    serve(api, project);
  }
  for (const serve of [serveNetworks, servePlacementGroups, serveServers, serveServerActions]) serve(api, project);
  const endpoint = await api.listen(port);
  const names = (shelf: ReadonlyMap<number, { readonly name: string }>): readonly string[] =>
    [...shelf.values()].map(({ name }) => name).toSorted();

  return {
    get token() {
      return api.token;
    },
    renewToken: () => {
      api.token = randomBytes(32).toString("hex");
    },
    ...{ endpoint, project, requests: api.requests, violations: api.violations },
    exists: () => ({
      ...{ servers: names(project.servers), volumes: names(project.volumes), firewalls: names(project.firewalls) },
      ...{ primaryIps: names(project.primaryIps), sshKeys: names(project.sshKeys) },
      ...{ networks: names(project.networks), placementGroups: names(project.placementGroups) },
    }),
    costs: () => costs(project),
    failRequest: (fault) => api.faults.add(fault),
    failAction: (fault) => {
      project.actions.fault(fault);
    },
    exhaustRateLimit: () => {
      api.rateLimit.exhaust();
    },
    call: async (method, path, body) => {
      const headers = { authorization: `Bearer ${api.token}` };
      const content = { headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
      const answer = await fetch(endpoint + path, { method, headers, ...(body === undefined ? {} : content) });
      const text = await answer.text();
      return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
    },
    [Symbol.asyncDispose]: async () => {
      await api.close();
      await project.actions.stop();
    },
  };
}

function costs({ servers, volumes, primaryIps }: Project): readonly Cost[] {
  const what = ({ id, name }: { readonly id: number; readonly name: string }) => ({ id, name });
  return [
    ...[...servers.values()].map((server) => ({
      ...{ kind: "server" as const, ...what(server) },
      monthly: server.type.offers.find(({ location }) => location === server.location.name)?.monthly ?? 0,
    })),
    ...[...volumes.values()].map((volume) => ({
      ...{ kind: "volume" as const, ...what(volume), monthly: volume.size * prices.volumePerGb },
    })),
    ...[...primaryIps.values()]
      .filter(({ type }) => type === "ipv4")
      .map((ip) => ({ kind: "primary IP" as const, ...what(ip), monthly: prices.primaryIpv4 })),
  ];
}
