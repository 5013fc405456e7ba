/** What a project at Hetzner holds. Fields are named as in the API where they go into answers unchanged. */
import type { FirewallRule } from "./park.ts";
import type { Image, Location, ServerType } from "./catalog.ts";

/** What every resource has. */
export interface Named {
  readonly id: number;
  readonly created: string;
  name: string;
  labels: Readonly<Record<string, string>>;
}

export interface SshKey extends Named {
  readonly fingerprint: string;
  readonly public_key: string;
}

export interface PrimaryIp extends Named {
  readonly type: "ipv4" | "ipv6";
  /** An address, or a /64 network for IPv6. */
  readonly ip: string;
  readonly location: Location;
  assignee: number | null;
  autoDelete: boolean;
  deleteProtected: boolean;
}

export interface Firewall extends Named {
  rules: readonly FirewallRule[];
  readonly servers: Set<number>;
  readonly labelSelectors: Set<string>;
}

export interface Volume extends Named {
  readonly location: Location;
  readonly format: "ext4" | "xfs" | null;
  size: number;
  status: "creating" | "available";
  server: number | null;
  deleteProtected: boolean;
}

export interface Subnet {
  readonly type: "cloud" | "server" | "vswitch";
  readonly ip_range: string;
  readonly network_zone: string;
}

export interface Route {
  readonly destination: string;
  readonly gateway: string;
}

export interface Network extends Named {
  ip_range: string;
  subnets: readonly Subnet[];
  routes: readonly Route[];
  expose_routes_to_vswitch: boolean;
  deleteProtected: boolean;
}

export interface PlacementGroup extends Named {
  readonly type: "spread";
}

export interface PrivateNet {
  readonly network: number;
  readonly ip: string;
  readonly mac_address: string;
  alias_ips: readonly string[];
}

export interface Server extends Named {
  readonly location: Location;
  readonly sshKeys: readonly string[];
  image: Image;
  type: ServerType;
  /** GB; grows with the type unless the disk is kept, and never shrinks. */
  disk: number;
  status: "initializing" | "starting" | "running" | "stopping" | "off" | "migrating" | "rebuilding";
  userData: string;
  /** Whether there is a machine behind it already. */
  booted: boolean;
  deleteProtected: boolean;
  rebuildProtected: boolean;
  backups: boolean;
  placementGroup: number | null;
  privateNets: PrivateNet[];
}
