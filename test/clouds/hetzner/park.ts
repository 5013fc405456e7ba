/** What servers, volumes and firewalls really are: the API decides, a park does. */

/** One rule of a firewall, as the API has it. */
export interface FirewallRule {
  readonly direction: "in" | "out";
  readonly protocol: "tcp" | "udp" | "icmp" | "esp" | "gre";
  /** `22` or `1024-5000`; null where the protocol has no ports. */
  readonly port: string | null;
  /** Networks in CIDR notation, IPv4 and IPv6. */
  readonly source_ips: readonly string[];
  readonly destination_ips: readonly string[];
  readonly description?: string | null;
}

/** A server's place in a private network. */
export interface PrivateAddress {
  /** Id of the network. */
  readonly network: number;
  /** The network's range in CIDR notation. */
  readonly range: string;
  readonly ip: string;
}

/** What a server is made of. */
export interface ServerBoot {
  readonly id: number;
  readonly name: string;
  /** `debian-13` */
  readonly image: string;
  readonly architecture: "x86" | "arm";
  readonly memoryGib: number;
  /** The user data, unchanged; empty if none was given. */
  readonly userData: string;
  /** In OpenSSH format: what Hetzner puts into root's authorized_keys. */
  readonly rootKeys: readonly string[];
  /** Public addresses; absent if the server has none of that kind. The IPv6 one is a network, `2001:db8:1::/64`. */
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** The volumes that hang on it from the start. */
  readonly volumes: readonly number[];
  /** What its firewalls let through; undefined without a firewall: everything. */
  readonly rules: readonly FirewallRule[] | undefined;
  readonly privateNets: readonly PrivateAddress[];
}

/** Machines, disks and filters behind the API. Whatever fails here ends the API's action in an error. */
export interface Park extends AsyncDisposable {
  /** The next free public IPv4 address. */
  allocateIpv4(): string;
  /** The next free public IPv6 network, a /64. */
  allocateIpv6(): string;
  /** Gives an address back. */
  release(address: string): void;
  /** Makes a machine with a fresh disk and switches it on; resolves when it runs, not when its boot is over. */
  bootServer(server: ServerBoot): Promise<void>;
  /** Asks the guest to shut down; resolves when it is off, and never if the guest does not listen. */
  shutdown(id: number): Promise<void>;
  /** Pulls the plug. */
  powerOff(id: number): Promise<void>;
  /** Switches it on again, with the same disk and address. */
  start(id: number): Promise<void>;
  /** Removes machine and disk. Its volumes stay. */
  destroy(id: number): Promise<void>;
  /** Whether it has power. */
  running(id: number): Promise<boolean>;
  createVolume(id: number, sizeGb: number, format: "ext4" | "xfs" | undefined): Promise<void>;
  /** The guest sees it as /dev/disk/by-id/scsi-0HC_Volume_<id>. */
  attach(volume: number, server: number): Promise<void>;
  detach(volume: number, server: number): Promise<void>;
  grow(volume: number, sizeGb: number): Promise<void>;
  destroyVolume(id: number): Promise<void>;
  applyFirewall(server: number, rules: readonly FirewallRule[] | undefined): Promise<void>;
  /** Gives it exactly these private addresses. */
  applyPrivateNets(server: number, nets: readonly PrivateAddress[]): Promise<void>;
}
