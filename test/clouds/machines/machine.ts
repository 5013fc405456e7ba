/** A Debian host that boots: systemd, cloud-init, sshd and Docker are the real ones, in a container of the tests' engine. */
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { createContainer } from "./container.ts";
import { dockerDisk, type PreparedDisk } from "./docker-disk.ts";
import { docker } from "./engine.ts";
import { createFirewall, type InboundRule } from "./firewall.ts";
import type { HostImageKind } from "./images.ts";
import type { MachineNetwork } from "./network.ts";
import { socket } from "./places.ts";
import type { PrivateNetwork } from "./private-network.ts";
import { ownTable } from "./run-label.ts";
import { emptySlots } from "./slots.ts";
import { inStore } from "./store.ts";
import type { BlockVolume } from "./volume.ts";

/** What {@link bootMachine} makes. */
export interface MachineOptions {
  readonly name: string;
  readonly network: MachineNetwork;
  /** Number of its addresses in the network, 2 to 250. */
  readonly number: number;
  /** @default full */
  readonly image?: HostImageKind;
  /** A network that is routed to it, e.g. of `network.network6`; it has the first address. @default none */
  readonly network6?: string;
  /** cloud-init's user data. @default none */
  readonly userData?: string;
  /** cloud-init runs once for each. @default the name */
  readonly instanceId?: string;
  /** What Docker on the machine has pulled already. @default nothing */
  readonly disk?: PreparedDisk;
  /** The cloud's firewall. @default everything is let in */
  readonly firewall?: readonly InboundRule[];
  /** Directories of this computer that the machine sees, by path on the machine; read-only. @default none */
  readonly mounts?: Readonly<Record<string, string>>;
}

/** What a command on a machine printed, standard error included. */
export interface ExecResult {
  readonly output: string;
  readonly exitCode: number | undefined;
}

/** See the file's comment. */
export interface BootedMachine {
  readonly name: string;
  readonly address: string;
  readonly address6: string;
  /** Runs a command as root, from outside: no SSH. */
  readonly exec: (words: readonly string[], options?: { readonly input?: string }) => Promise<ExecResult>;
  /** The same, for a shell's text. @throws Error with the output when it fails */
  readonly shell: (text: string) => Promise<string>;
  /**
   * Waits until a shell's condition holds. The machine itself asks: each question from outside costs more processor time
   * than a hundred of its own.
   *
   * @param seconds how long at most
   * @returns whether it holds; false, too, when the machine went off meanwhile
   */
  readonly holds: (condition: string, seconds: number) => Promise<boolean>;
  /**
   * TCP connections that its SSH port accepted since it was made, over reboots. Counted on the wire.
   *
   * @param port @default 22
   */
  readonly sshConnections: (port?: number) => Promise<number>;
  readonly setFirewall: (rules: readonly InboundRule[] | undefined) => Promise<void>;
  /** systemd stops everything and the machine boots again; its disks stay. So it does when it decides to by itself. */
  readonly reboot: () => Promise<void>;
  /** The power button: systemd stops everything, and the machine is off. */
  readonly shutdown: () => Promise<void>;
  /** The plug. */
  readonly powerOff: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly isRunning: () => Promise<boolean>;
  /** Waits until everything that starts at boot has started, cloud-init included. @throws Error naming what failed */
  readonly untilBooted: () => Promise<void>;
  /** The device appears as `/dev/disk/by-id/<name>`. */
  readonly attach: (volume: BlockVolume, byId: string) => Promise<void>;
  readonly detach: (volume: BlockVolume) => Promise<void>;
  /** Gives it an interface in a private network, with this address. */
  readonly join: (privateNetwork: PrivateNetwork, privateAddress: string) => Promise<void>;
  readonly leave: (privateNetwork: PrivateNetwork) => Promise<void>;
  /** The file of the disk under /var/lib/docker, everything written. */
  readonly dockerDiskFile: () => Promise<string>;
  /** Removes it with its root disk; volumes stay. */
  readonly destroy: () => Promise<void>;
}

const whatFailed = `systemctl --failed --no-pager --no-legend --plain
cloud-init status --long || true
journalctl --boot --priority err --lines 20 --no-pager`;

const stopTimeoutSeconds = 400;

/** How a first process ends that rebooted, as Docker tells it: 128 + SIGHUP, see reboot(2) for PID namespaces. */
const rebooted = 129;

/** Boots a machine; it answers to `exec` at once, and goes on booting. */
export async function bootMachine(options: MachineOptions): Promise<BootedMachine> {
  const { name, network, number, network6 } = options;
  const address = network.address(number);
  const address6 = network6?.replace("/64", "1") ?? network.address6(number);
  const disk = await dockerDisk(options.disk);
  const container = await createContainer(options, disk.mountPoint);
  const firewall = await createFirewall(ownTable(`${network.bridge}_${String(number)}`), address, [
    network.address6(number),
    ...(network6 === undefined ? [] : [network6]),
  ]);
  await firewall.set(options.firewall);
  const slots = emptySlots();
  let starts = 0;
  let removed = false;

  const isRunning = async (): Promise<boolean> =>
    (await docker(["inspect", "--format", "{{.State.Running}}", container.id])) === "true";

  const exec: BootedMachine["exec"] = async (words, { input } = {}) => {
    const result = await execa("docker", ["exec", "--interactive", container.id, ...words], {
      env: { DOCKER_HOST: socket },
      all: true,
      reject: false,
      input: input ?? "",
    });
    return { output: result.all, exitCode: result.exitCode };
  };
  const shell: BootedMachine["shell"] = async (text) => {
    const { output, exitCode } = await exec(["bash", "-euo", "pipefail", "-c", text]);
    if (exitCode !== 0) throw new Error(`on ${name}: ${text}\nended with ${String(exitCode)}:\n${output}`);
    return output;
  };

  const holds: BootedMachine["holds"] = async (condition, seconds) => {
    const loop = `until { ${condition}; } >/dev/null 2>&1; do ((SECONDS < ${seconds})) || exit 1; sleep 0.1; done`;
    return (await exec(["bash", "-uc", loop])).exitCode === 0;
  };

  const start = async (): Promise<void> => {
    if (await isRunning()) return;
    await docker(["start", container.id]);
    starts += 1;
    if (network6 !== undefined) {
      await shell(`ip -6 address replace ${address6}/64 dev eth0 nodad`);
      const route = ["dev", network.bridge, "via", network.address6(number)];
      await execa("ip", ["-6", "route", "replace", network6, ...route]);
    }
    await shell(`${slots.plugAll()}\ntouch /dev/.power-on`);
    void docker(["wait", container.id]).then(
      (code) => (Number(code) === rebooted && !removed ? start() : undefined),
      () => undefined, // it was removed
    );
  };
  const pressUntil = async (
    press: () => Promise<unknown>,
    what: string,
    holds: () => Promise<boolean> | boolean,
  ): Promise<void> => {
    const deadline = performance.now() + stopTimeoutSeconds * 1000;
    for (let waited = 0; !(await holds()); waited += 1) {
      // Pressed before systemd listened, the power button did nothing.
      if (waited % 50 === 0) await press();
      if (performance.now() > deadline)
        throw new Error(`${name} did not ${what} within ${String(stopTimeoutSeconds)} s`);
      await sleep(100);
    }
  };
  /** Sends a signal of systemd(1) to the first process; nothing when it has just ended. */
  const signal = (signalName: string) => () =>
    docker(["kill", "--signal", signalName, container.id]).catch(() => undefined);
  const isOff = async (): Promise<boolean> => !(await isRunning());

  await start();
  return {
    name,
    address,
    address6,
    exec,
    shell,
    holds,
    isRunning,
    start,
    sshConnections: (port = 22) => firewall.accepted(port),
    setFirewall: firewall.set,
    shutdown: async () => {
      await pressUntil(signal("SIGRTMIN+4"), "go off", isOff);
    },
    reboot: async () => {
      const before = starts;
      await pressUntil(signal("SIGRTMIN+5"), "reboot", () => starts > before);
    },
    powerOff: async () => {
      await pressUntil(signal("SIGKILL"), "go off", isOff);
    },
    untilBooted: async () => {
      await shell("until systemctl list-units >/dev/null 2>&1; do sleep 0.1; done");
      const { output } = await exec(["systemctl", "is-system-running", "--wait"]);
      if (output.trim() !== "running") throw new Error(`${name} is ${output}: ${await shell(whatFailed)}`);
    },
    attach: async (volume, byId) => {
      const command = slots.plug(volume, byId);
      if (await isRunning()) await shell(command);
    },
    detach: async (volume) => {
      const command = slots.unplug(volume);
      if (command !== undefined && (await isRunning())) await shell(command);
    },
    join: async (privateNetwork, privateAddress) => {
      await docker(["network", "connect", "--ip", privateAddress, privateNetwork.name, container.id]);
    },
    leave: async (privateNetwork) => {
      await docker(["network", "disconnect", privateNetwork.name, container.id]);
    },
    dockerDiskFile: async () => {
      await execa("sync", ["--file-system", disk.mountPoint]);
      return inStore(disk.file);
    },
    destroy: async () => {
      removed = true;
      await docker(["rm", "--force", "--volumes", container.id]);
      await disk.remove();
      await firewall.remove();
      rmSync(container.files, { recursive: true, force: true });
    },
  };
}
