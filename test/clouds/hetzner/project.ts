/** A project at Hetzner: everything in it, and what it stands on. */
import { Actions } from "./actions.ts";
import { ApiError, invalidInput, notFound } from "./api-error.ts";
import { catalog, type Catalog } from "./catalog.ts";
import { checkLabels, type Labels } from "./labels.ts";
import type { Park } from "./park.ts";
import type { Firewall, Named, Network, PlacementGroup, PrimaryIp, Server, SshKey, Volume } from "./records.ts";

/** A kind of resource that has names and labels. */
export class Shelf<T extends Named> extends Map<number, T> {
  /** As in messages: `server`. */
  readonly kind: string;

  constructor(kind: string) {
    super();
    this.kind = kind;
  }

  /** @throws ApiError `not_found` */
  require(id: number): T {
    const found = this.get(id);
    if (found === undefined) throw notFound(this.kind, id);
    return found;
  }

  /** By id or name. @throws ApiError `invalid_input`, as where a request names another resource */
  requireNamed(idOrName: number | string, field: string): T {
    const found = [...this.values()].find(({ id, name }) => String(id) === String(idOrName) || name === idOrName);
    if (found !== undefined) return found;
    throw invalidInput(`${this.kind} '${idOrName}' not found`, { name: field, messages: [`${this.kind} not found`] });
  }

  /** @param except the resource that may have the name already @throws ApiError `uniqueness_error` */
  requireFree(name: string, except?: number): void {
    const taken = [...this.values()].some((each) => each.name === name && each.id !== except);
    // The messages that users report: "server name is already used", "SSH key name is already used".
    if (taken)
      throw new ApiError("uniqueness_error", `${this.kind} name is already used`, { fields: [{ name: "name" }] });
  }

  /** What PUT does to every resource: another name, other labels. @throws ApiError */
  rename(id: number, { name, labels }: { readonly name?: string; readonly labels?: Labels }): T {
    const found = this.require(id);
    if (name !== undefined) {
      this.requireFree(name, id);
      found.name = name;
    }
    if (labels !== undefined) found.labels = checkLabels(labels);
    return found;
  }
}

/** All of it. */
export class Project {
  readonly park: Park;
  readonly actions: Actions;
  readonly catalog: Catalog = catalog();
  readonly servers = new Shelf<Server>("server");
  readonly volumes = new Shelf<Volume>("volume");
  readonly firewalls = new Shelf<Firewall>("firewall");
  readonly primaryIps = new Shelf<PrimaryIp>("primary IP");
  readonly sshKeys = new Shelf<SshKey>("SSH key");
  readonly networks = new Shelf<Network>("network");
  readonly placementGroups = new Shelf<PlacementGroup>("placement group");
  /** How many servers the project may have. @default 25 */
  serverLimit = 25;
  #lastId = 10_000_000;

  constructor(park: Park, actionMs: number) {
    this.park = park;
    this.actions = new Actions(actionMs);
  }

  /** What every new resource starts with. @throws ApiError for labels that may not be */
  fresh(name: string, labels: Labels | undefined) {
    this.#lastId += 1;
    return { id: this.#lastId, name, labels: checkLabels(labels), created: new Date().toISOString() };
  }

  /** By id or name. @throws ApiError `invalid_input` */
  location(idOrName: number | string) {
    const found = this.catalog.locations.find(({ id, name }) => String(id) === String(idOrName) || name === idOrName);
    if (found !== undefined) return found;
    throw invalidInput(`location '${idOrName}' not found`, { name: "location", messages: ["location not found"] });
  }
}
