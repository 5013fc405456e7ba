/** The machines behind the simulated Hetzner Cloud: servers boot, volumes are block devices, firewalls filter. */
import { bootMachine, type BootedMachine } from "../machines/machine.ts";
import type { PreparedDisk } from "../machines/docker-disk.ts";
import type { InboundRule } from "../machines/firewall.ts";
import type { HostImageKind } from "../machines/images.ts";
import type { MachineNetwork } from "../machines/network.ts";
import { createPrivateNetwork, type PrivateNetwork } from "../machines/private-network.ts";
import { createVolume, type BlockVolume } from "../machines/volume.ts";
import type { FirewallRule, Park, PrivateAddress, ServerBoot } from "./park.ts";

/** Options of {@link machinePark}. */
export interface MachineParkOptions {
  readonly network: MachineNetwork;
  /** What Docker on new servers has pulled already. @default nothing */
  readonly disk?: PreparedDisk;
  /** @default full */
  readonly image?: HostImageKind;
}

/** A park of machines that boot. */
export interface MachinePark extends Park {
  /** The machine of a server. @throws Error when there is none */
  readonly machine: (server: number) => BootedMachine;
  /** What a server was made of. @throws Error when there is none */
  readonly boot: (server: number) => ServerBoot;
  /** The network of machines behind a private network. @throws Error when no server ever joined it */
  readonly privateNetwork: (network: number) => PrivateNetwork;
}

interface Server {
  readonly machine: BootedMachine;
  readonly boot: ServerBoot;
  readonly joined: Set<number>;
}

const get = <T>(shelf: ReadonlyMap<number, T>, id: number, what: string): T => {
  const found = shelf.get(id);
  if (found === undefined) throw new Error(`the park has no ${what} ${String(id)}`);
  return found;
};

const byId = (volume: number): string => `scsi-0HC_Volume_${String(volume)}`;

const inbound = (rules: readonly FirewallRule[] | undefined): InboundRule[] | undefined =>
  rules?.flatMap(({ direction, protocol, port, source_ips: sources }) =>
    direction === "in" && (protocol === "tcp" || protocol === "udp" || protocol === "icmp")
      ? [{ protocol, sources, ...(port === null ? {} : { port }) }]
      : [],
  );

/** What Hetzner's metadata service answers. */
const metadata = ({ boot }: Server, path: string): string | undefined =>
  ({
    "/hetzner/v1/userdata": boot.userData,
    "/hetzner/v1/metadata/instance-id": String(boot.id),
    "/hetzner/v1/metadata/hostname": boot.name,
    "/hetzner/v1/metadata/public-ipv4": boot.ipv4 ?? "",
  })[path];

/** Hetzner's images let in root with the project's SSH keys, which cloud-init gets from the metadata service. */
async function addRootKeys(machine: BootedMachine, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const add = "umask 077; mkdir -p /root/.ssh; cat >>/root/.ssh/authorized_keys";
  await machine.exec(["sh", "-c", add], { input: `${keys.join("\n")}\n` });
}

/** Makes a park in a network. */
export function machinePark({ network, disk, image }: MachineParkOptions): MachinePark {
  const servers = new Map<number, Server>();
  const volumes = new Map<number, BlockVolume>();
  const privateNetworks = new Map<number, PrivateNetwork>();
  const taken = new Set<string>();
  const machine = (id: number): BootedMachine => get(servers, id, "server").machine;

  network.serveMetadata((client, path) => {
    const server = [...servers.values()].find(({ boot }) => boot.ipv4 === client);
    return server === undefined ? undefined : metadata(server, path);
  });
  const free = (address: (number: number) => string): string => {
    const found = Array.from({ length: 200 }, (_, index) => address(index + 10)).find((one) => !taken.has(one));
    if (found === undefined) throw new Error("the park has no free address");
    taken.add(found);
    return found;
  };

  const applyPrivateNets = async (server: number, nets: readonly PrivateAddress[]): Promise<void> => {
    const { machine: booted, joined } = get(servers, server, "server");
    for (const { network: id, range, ip } of nets.filter((net) => !joined.has(net.network))) {
      const own = privateNetworks.get(id) ?? (await createPrivateNetwork(`private-${String(id)}`, range));
      privateNetworks.set(id, own);
      await booted.join(own, ip);
      joined.add(id);
    }
    for (const id of [...joined].filter((one) => !nets.some((net) => net.network === one))) {
      await booted.leave(get(privateNetworks, id, "private network"));
      joined.delete(id);
    }
  };

  return {
    machine,
    boot: (id) => get(servers, id, "server").boot,
    privateNetwork: (id) => get(privateNetworks, id, "private network"),
    applyPrivateNets,
    allocateIpv4: () => free(network.address),
    allocateIpv6: () => free(network.network6),
    release: (address) => taken.delete(address),
    bootServer: async (boot) => {
      const rules = inbound(boot.rules);
      const number = Number((boot.ipv4 ?? free(network.address)).split(".").at(-1));
      const booted = await bootMachine({
        name: boot.name,
        instanceId: String(boot.id),
        network,
        number,
        userData: boot.userData === "" ? "#cloud-config\n{}\n" : boot.userData,
        ...(boot.ipv6 === undefined ? {} : { network6: boot.ipv6 }),
        ...(disk === undefined ? {} : { disk }),
        ...(image === undefined ? {} : { image }),
        ...(rules === undefined ? {} : { firewall: rules }),
      });
      servers.set(boot.id, { machine: booted, boot, joined: new Set() });
      await applyPrivateNets(boot.id, boot.privateNets);
      await addRootKeys(booted, boot.rootKeys);
      for (const volume of boot.volumes) await booted.attach(get(volumes, volume, "volume"), byId(volume));
    },
    shutdown: (id) => machine(id).shutdown(),
    powerOff: (id) => machine(id).powerOff(),
    start: (id) => machine(id).start(),
    running: (id) => machine(id).isRunning(),
    destroy: async (id) => {
      await machine(id).destroy();
      servers.delete(id);
    },
    createVolume: async (id, sizeGb, format) => {
      volumes.set(id, await createVolume({ sizeGb, format }));
    },
    attach: (volume, server) => machine(server).attach(get(volumes, volume, "volume"), byId(volume)),
    detach: (volume, server) => machine(server).detach(get(volumes, volume, "volume")),
    grow: (volume, sizeGb) => get(volumes, volume, "volume").grow(sizeGb),
    destroyVolume: async (id) => {
      await get(volumes, id, "volume").destroy();
      volumes.delete(id);
    },
    applyFirewall: (server, rules) => machine(server).setFirewall(inbound(rules)),
    [Symbol.asyncDispose]: async () => {
      for (const { machine: booted } of servers.values()) await booted.destroy();
      for (const volume of volumes.values()) await volume.destroy();
      for (const own of privateNetworks.values()) await own.remove();
      servers.clear();
      volumes.clear();
    },
  };
}
