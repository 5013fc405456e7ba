/** What tests ask the simulated API for, by its own HTTP interface. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Method } from "./description.ts";
import type { HetznerCloud } from "./hetzner-cloud.ts";

interface Identified {
  readonly id: number;
}

interface ActionAnswer extends Identified {
  readonly command: string;
  readonly status: string;
  readonly progress: number;
  readonly finished: string | null;
}

/** What the answers hold, as far as tests read it; each has a part of it. */
export interface Answer {
  readonly action: ActionAnswer;
  readonly actions: readonly ActionAnswer[];
  readonly next_actions: readonly ActionAnswer[];
  readonly server: Identified & { readonly status: string };
  readonly volume: Identified & { readonly linux_device: string; readonly server: number | null };
  readonly primary_ip: Identified & { readonly ip: string };
  readonly firewall: Identified;
  readonly network: Identified;
  readonly networks: readonly { readonly name: string }[];
  readonly ssh_key: Identified & { readonly fingerprint: string };
  readonly ssh_keys: readonly unknown[];
  readonly server_types: readonly { readonly locations: readonly unknown[]; readonly prices: readonly unknown[] }[];
  readonly images: readonly unknown[];
  readonly meta: { readonly pagination: object };
}

/** See the file's comment. */
export class HetznerClient {
  readonly #cloud: HetznerCloud;

  constructor(cloud: HetznerCloud) {
    this.#cloud = cloud;
  }

  /** The answer's body. */
  async call(method: Method, path: string, body?: object): Promise<Answer> {
    const answer = await this.#cloud.call(method, path, body);
    return answer.body as Answer; // the caller knows which part the path has, and the cloud judges it by its description
  }

  /** `404 not_found: server with ID '1' not found`, or `200 accepted: `. */
  async refusal(method: Method, path: string, body?: object): Promise<string> {
    const { status, body: answer } = await this.#cloud.call(method, path, body);
    const { error } = (answer ?? {}) as { error?: { code: string; message: string } }; // the API's shape of errors
    return `${status} ${error?.code ?? "accepted"}: ${error?.message ?? ""}`;
  }

  /** POSTs, and waits for the actions. */
  async make(path: string, body: object = {}): Promise<Answer> {
    return this.settled(await this.call("POST", path, body));
  }

  /** Waits for the actions of an answer. */
  async settled<T extends Partial<Pick<Answer, "action" | "actions" | "next_actions">>>(answer: T): Promise<T> {
    const { action, actions = [], next_actions: next = [] } = answer;
    const ids = [...(action === undefined ? [] : [action]), ...next, ...actions].map(({ id }) => `id=${id}`);
    while (ids.length > 0) {
      const { actions: now } = await this.call("GET", `/actions?${ids.join("&")}`);
      if (now.every(({ status }) => status !== "running")) break;
      await sleep(2);
    }
    return answer;
  }

  /** A debian-13 server `gw` in hel1, that runs. */
  async server(more: object = {}): Promise<Answer["server"]> {
    const order = { name: "gw", image: "debian-13", server_type: "cx23", location: "hel1", ...more };
    return (await this.make("/servers", order)).server;
  }

  /** A blank volume `data` of 10 GB, in hel1 if it goes on no server. */
  async volume(more: { readonly name?: string; readonly server?: number } = {}): Promise<Answer["volume"]> {
    const where = more.server === undefined ? { location: "hel1" } : {};
    return (await this.make("/volumes", { name: "data", size: 10, ...where, ...more })).volume;
  }

  /** An IPv4 address `gw-ipv4` in hel1. */
  async address(more: object = {}): Promise<Answer["primary_ip"]> {
    const order = { name: "gw-ipv4", type: "ipv4", location: "hel1", ...more };
    return (await this.make("/primary_ips", order)).primary_ip;
  }

  async status(server: number): Promise<string> {
    return (await this.call("GET", `/servers/${server}`)).server.status;
  }
}
