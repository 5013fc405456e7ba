/** A park without machines: it remembers what it was told, for tests of the API itself. */
import type { FirewallRule, Park, PrivateAddress, ServerBoot } from "./park.ts";

/** A machine that is only written down. */
export interface RecordedMachine {
  readonly boot: ServerBoot;
  running: boolean;
  rules: readonly FirewallRule[] | undefined;
  privateNets: readonly PrivateAddress[];
  readonly volumes: Set<number>;
  /** What was done to it, in order: `boot`, `shutdown`, `powerOff`, … */
  readonly journal: string[];
}

/** The park, and what it knows. */
export interface RecordedPark extends Park {
  readonly machines: ReadonlyMap<number, RecordedMachine>;
  readonly disks: ReadonlyMap<number, { readonly sizeGb: number; readonly format: string | undefined }>;
  /** Guests from now on ignore the ACPI signal, as a hung or minimal system does. @default they listen */
  ignoresShutdown: boolean;
  /** How long a guest takes to shut down, in milliseconds. @default 0 */
  shutdownMs: number;
}

/**
 * @param network first two numbers of the IPv4 addresses; they are loopback's, so that whoever connects to one is
 *   refused at once. @default 127.77
 */
export function recordedPark(network = "127.77"): RecordedPark {
  const machines = new Map<number, RecordedMachine>();
  const disks = new Map<number, { sizeGb: number; format: string | undefined }>();
  const addresses = { v4: 0, v6: 0 };
  const machine = (id: number): RecordedMachine => {
    const found = machines.get(id);
    if (found === undefined) throw new Error(`no machine ${id}`);
    return found;
  };
  const park: RecordedPark = {
    machines,
    disks,
    ignoresShutdown: false,
    shutdownMs: 0,
    allocateIpv4: () => `${network}.${Math.floor(++addresses.v4 / 250)}.${(addresses.v4 % 250) + 1}`,
    allocateIpv6: () => `2001:db8:${(++addresses.v6).toString(16)}::/64`,
    release: () => undefined,
    bootServer: (boot) => {
      const { rules, privateNets, volumes } = boot;
      machines.set(boot.id, { boot, running: true, rules, privateNets, volumes: new Set(volumes), journal: ["boot"] });
      return Promise.resolve();
    },
    shutdown: (id) => {
      const found = machine(id);
      found.journal.push("shutdown");
      const off = Promise.withResolvers<undefined>();
      if (!park.ignoresShutdown) {
        setTimeout(() => {
          found.running = false;
          off.resolve(undefined);
        }, park.shutdownMs);
      }
      return off.promise;
    },
    powerOff: (id) => {
      machine(id).journal.push("powerOff");
      machine(id).running = false;
      return Promise.resolve();
    },
    start: (id) => {
      machine(id).journal.push("start");
      machine(id).running = true;
      return Promise.resolve();
    },
    destroy: (id) => {
      machines.delete(id);
      return Promise.resolve();
    },
    running: (id) => Promise.resolve(machines.get(id)?.running ?? false),
    createVolume: (id, sizeGb, format) => {
      disks.set(id, { sizeGb, format });
      return Promise.resolve();
    },
    attach: (volume, server) => {
      machine(server).volumes.add(volume);
      return Promise.resolve();
    },
    detach: (volume, server) => {
      machine(server).volumes.delete(volume);
      return Promise.resolve();
    },
    grow: (volume, sizeGb) => {
      disks.set(volume, { sizeGb, format: disks.get(volume)?.format });
      return Promise.resolve();
    },
    destroyVolume: (id) => {
      disks.delete(id);
      return Promise.resolve();
    },
    applyFirewall: (server, rules) => {
      machine(server).rules = rules;
      return Promise.resolve();
    },
    applyPrivateNets: (server, nets) => {
      machine(server).privateNets = nets;
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return park;
}
