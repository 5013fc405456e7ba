/** What tests and simulated clouds get from machines that boot. The functions are in the files named beside each type. */

/** An address of either family. */
export interface Addresses {
  readonly v4: string;
  readonly v6: string;
}

/** Addresses of one machine. */
export interface MachineAddresses extends Addresses {
  /** The whole network that is routed to the machine, e.g. `2001:db8:…::/64`; `v6` is its first address. */
  readonly v6Network: string;
}

/** One cloud's own part of the test network; `network.ts`. Machines reach one another and the registry, not the Internet. */
export interface MachineNetwork extends AsyncDisposable {
  /** Number of the run: unique among those that live, also in names of containers and links. */
  readonly run: number;
  /** Where files of the run belong; removed with it. */
  readonly directory: string;
  /** Where connections of the test process come from unless it binds `stranger`. */
  readonly outside: Addresses;
  /** Another source, for firewalls that let only some in: `net.connect({ localAddress: stranger.v4, … })`. */
  readonly stranger: Addresses;
  /** Where services of the run listen, e.g. its registry. */
  readonly services: Addresses;
  /** Name server of the machines: knows `names`, answers NXDOMAIN for everything else. */
  readonly dns: string;
  /** Addresses that no machine had before. */
  readonly allocate: () => MachineAddresses;
  /** Makes a name resolve, on all machines of the run. */
  readonly setName: (name: string, address: string) => Promise<void>;
  /** Removes all machines, volumes and services of the run. Also when some of them failed. */
  readonly destroy: () => Promise<void>;
}

/** What a metadata service says at a path like `/hetzner/v1/userdata`; undefined is 404. */
export type Metadata = (path: string) => string | undefined;

/** Root file systems; `images.ts`. */
export const machineImages = ["debian-13", "debian-13-bare"] as const;
/** `debian-13` has all packages of the baseline; `debian-13-bare` is as providers give it: no Docker, ufw, fail2ban. */
export type MachineImage = (typeof machineImages)[number];

/** How a machine is made; `bootMachine` in `machine.ts`. */
export interface BootOptions {
  readonly network: MachineNetwork;
  /** Its host name. Unique within the run. */
  readonly name: string;
  /** @default "debian-13" */
  readonly image?: MachineImage;
  /** @default - none */
  readonly userData?: string;
  /** cloud-init runs again when it changes. @default - the name */
  readonly instanceId?: string;
  /** @default network.allocate() */
  readonly addresses?: MachineAddresses;
  /** Second interface, `eth1`, in the run's private network: not filtered, the same layer 2. E.g. `10.0.1.2/24`. @default - none */
  readonly privateAddress?: string;
  /** Answers of 169.254.169.254. @default - Hetzner's paths */
  readonly metadata?: Metadata;
  /** Whether its Docker has the OpenClaw images already. @default false */
  readonly preloaded?: boolean;
  /** @default true */
  readonly start?: boolean;
}

/** How a command on a machine ended. */
export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface ExecOptions {
  readonly input?: string;
  /** @default "root" */
  readonly user?: string;
  /** Whether a non-zero exit code is a result instead of an Error. @default false */
  readonly allowFailure?: boolean;
}

/** A Debian host with systemd, cloud-init and sshd. Its disk lasts until `destroy`. */
export interface Machine extends AsyncDisposable {
  readonly name: string;
  readonly addresses: MachineAddresses;
  readonly state: () => Promise<"running" | "off">;
  /** Runs a command as its console would: without SSH. @throws Error with the output when it fails */
  readonly exec: (words: readonly string[], options?: ExecOptions) => Promise<ExecResult>;
  /** Waits until cloud-init and systemd are done. @throws Error with cloud-init's faults @param seconds @default 60 */
  readonly untilBooted: (seconds?: number) => Promise<void>;
  /**
   * TCP connections that its port accepted since it was made, over reboots. Counted on the wire, where nothing on the
   * machine has a say. @param port @default 22
   */
  readonly sshConnections: (port?: number) => Promise<number>;
  /** As the power button and then power on: systemd stops everything first. Returns when it is on again. */
  readonly reboot: () => Promise<void>;
  /** As the power button. Returns when it is off. */
  readonly shutdown: () => Promise<void>;
  /** As pulling the plug. */
  readonly powerOff: () => Promise<void>;
  /** Power on; nothing when it is on. A `reboot` that the machine itself decides needs no start. */
  readonly start: () => Promise<void>;
  /** Makes a volume appear at `/dev/disk/by-id/<byIdName>`, now and after every start, until `detach`. */
  readonly attach: (volume: MachineVolume, byIdName: string) => Promise<void>;
  readonly detach: (volume: MachineVolume) => Promise<void>;
  /** Removes it and its disk; volumes stay. */
  readonly destroy: () => Promise<void>;
}

/** A block device that outlives machines; `createVolume` in `volume.ts`. Blank at first. */
export interface MachineVolume extends AsyncDisposable {
  /** On the test's side, e.g. `/dev/loop3`. */
  readonly device: string;
  /** Takes effect at once, also while mounted. */
  readonly grow: (sizeGb: number) => Promise<void>;
  readonly destroy: () => Promise<void>;
}

/** One rule as Hetzner's firewalls have it: inbound only. `firewall.ts`. */
export interface FirewallRule {
  readonly protocol: "tcp" | "udp" | "icmp" | "esp" | "gre";
  /** `22`, `80-85`; only with tcp and udp, where it defaults to any. */
  readonly port?: string;
  /** CIDRs of both families. */
  readonly sourceIps: readonly string[];
}

/** Registry of the machines, which know it as `ghcr.io`; `startRegistry` in `registry.ts`. */
export interface MachineRegistry extends AsyncDisposable {
  /** `sha256:…` of `openclaw/openclaw:<tag>`. */
  readonly digest: (tag: string) => Promise<string>;
  /** Pushes `openclaw/openclaw:<tag>`: a Dockerfile's lines after `FROM` the given version. @returns its digest */
  readonly pushVariant: (tag: string, version: string, lines: readonly string[]) => Promise<string>;
  /** Connections are refused until `start`. */
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
}
