/** A Debian host that boots: systemd, cloud-init, sshd and Docker are the real ones, in a container of the tests' engine. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { docker } from "./engine.ts";
import { applyFirewall, countSsh, type InboundRule } from "./firewall.ts";
import type { HostImageKind } from "./images.ts";
import { hostImage } from "./images.ts";
import type { MachineNetwork } from "./network.ts";
import { run } from "./places.ts";
import { dockerDisk, type PreparedDisk } from "./docker-disk.ts";
import { runLabel } from "./run-label.ts";
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
  /** New SSH connections since it was made, over reboots. */
  readonly sshConnections: () => Promise<number>;
  readonly setFirewall: (rules: readonly InboundRule[] | undefined) => Promise<void>;
  /** systemd stops everything and the machine boots again; its disks stay. */
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
  /** The file of the disk under /var/lib/docker, everything written. */
  readonly dockerDiskFile: () => Promise<string>;
  /** Removes it with its root disk; volumes stay. */
  readonly destroy: () => Promise<void>;
}

/** What systemd and a Docker engine inside need. CAP_SYS_RESOURCE is not to be had here. */
const capabilities = [
  ...["SYS_ADMIN", "NET_ADMIN", "NET_RAW", "SYS_PTRACE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "AUDIT_WRITE"],
  ...["AUDIT_CONTROL", "SYSLOG", "DAC_READ_SEARCH", "LINUX_IMMUTABLE", "SYS_NICE", "IPC_LOCK", "LEASE", "WAKE_ALARM"],
];

const stopTimeoutSeconds = 400;

/** Boots a machine; it answers to `exec` at once, and goes on booting. */
export async function bootMachine(options: MachineOptions): Promise<BootedMachine> {
  const { name, network, number } = options;
  const container = `${name}-${String(process.pid)}`;
  const files = mkdtempSync(join(run, "machine-"));
  const seed = join(files, "seed");
  mkdirSync(seed);
  writeFileSync(join(seed, "user-data"), options.userData ?? "#cloud-config\n{}\n");
  writeFileSync(join(seed, "meta-data"), `instance-id: ${options.instanceId ?? name}\nlocal-hostname: ${name}\n`);
  writeFileSync(join(files, "resolv.conf"), `nameserver ${network.gateway}\n`);
  const disk = await dockerDisk(options.disk);

  await docker([
    ...["create", "--name", container, "--hostname", name, "--label", runLabel],
    ...["--network", network.name, "--ip", network.address(number), "--ip6", network.address6(number)],
    ...capabilities.flatMap((capability) => ["--cap-add", capability]),
    ...["--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined", "--cgroupns=host"],
    ...["--device-cgroup-rule", "b 7:* rmw", "--sysctl", "net.ipv6.conf.all.disable_ipv6=0"],
    ...["--sysctl", "net.ipv4.ip_forward=1"],
    ...["--tmpfs", "/run", "--tmpfs", "/tmp:exec", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup:rw"],
    ...["--volume", `${seed}:/var/lib/cloud/seed/nocloud:ro`],
    ...["--volume", `${join(files, "resolv.conf")}:/etc/resolv.conf:ro`],
    ...["--volume", `${disk.mountPoint}:/var/lib/docker`],
    ...Object.entries(options.mounts ?? {}).flatMap(([path, from]) => ["--volume", `${from}:${path}:ro`]),
    await hostImage(options.image ?? "full"),
  ]);

  const attached = new Map<BlockVolume, string>();
  let firewall = options.firewall;
  let countedSsh = 0;

  const inspect = async (field: string): Promise<string> =>
    (await docker(["inspect", "--format", `{{.State.${field}}}`, container])).trim();
  const isRunning = async (): Promise<boolean> => (await inspect("Running")) === "true";
  const pid = async (): Promise<number> => Number(await inspect("Pid"));

  const exec: BootedMachine["exec"] = async (words, { input } = {}) => {
    const result = await execa("docker", ["exec", "--interactive", container, ...words], {
      env: { DOCKER_HOST: `unix://${join(run, "docker.sock")}` },
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

  const plug = (volume: BlockVolume, byId: string): Promise<string> => {
    const minor = volume.device.replace("/dev/loop", "");
    const node = `/dev/sd${String.fromCharCode(98 + [...attached.keys()].indexOf(volume))}`;
    return shell(
      `mkdir -p /dev/disk/by-id; rm -f ${node}; mknod -m 660 ${node} b 7 ${minor}; ln -sfn ${node} /dev/disk/by-id/${byId}`,
    );
  };
  const start = async (): Promise<void> => {
    await docker(["start", container]);
    await applyFirewall(await pid(), firewall);
    for (const [volume, byId] of attached) await plug(volume, byId);
  };
  const untilOff = async (): Promise<void> => {
    for (let waited = 0; await isRunning(); waited += 1) {
      if (waited > stopTimeoutSeconds * 5)
        throw new Error(`${name} did not go off within ${String(stopTimeoutSeconds)} s`);
      await sleep(200);
    }
  };
  const keepCount = async (): Promise<void> => {
    if (await isRunning()) countedSsh += await countSsh(await pid());
  };
  const shutdown = async (): Promise<void> => {
    await keepCount();
    await docker(["kill", "--signal", "SIGRTMIN+4", container]);
    await untilOff();
  };

  await start();
  return {
    name,
    address: network.address(number),
    address6: network.address6(number),
    exec,
    shell,
    isRunning,
    start,
    shutdown,
    untilBooted: async () => {
      await shell("until systemctl list-units >/dev/null 2>&1; do sleep 0.1; done");
      const { output } = await exec(["systemctl", "is-system-running", "--wait"]);
      if (output.trim() !== "running")
        throw new Error(`${name} is ${output}: ${await shell("systemctl --failed --no-pager")}`);
    },
    sshConnections: async () => countedSsh + ((await isRunning()) ? await countSsh(await pid()) : 0),
    setFirewall: async (rules) => {
      firewall = rules;
      if (!(await isRunning())) return;
      await keepCount();
      await applyFirewall(await pid(), rules);
    },
    reboot: async () => {
      await shutdown();
      await start();
    },
    powerOff: async () => {
      await keepCount();
      await docker(["kill", container]);
      await untilOff();
    },
    attach: async (volume, byId) => {
      attached.set(volume, byId);
      if (await isRunning()) await plug(volume, byId);
    },
    detach: async (volume) => {
      const byId = attached.get(volume);
      attached.delete(volume);
      if (byId !== undefined && (await isRunning()))
        await shell(`rm -f "$(readlink -f /dev/disk/by-id/${byId})" /dev/disk/by-id/${byId}`);
    },
    dockerDiskFile: async () => {
      await execa("sync", ["--file-system", disk.mountPoint]);
      return inStore(disk.file);
    },
    destroy: async () => {
      await docker(["rm", "--force", "--volumes", container]);
      await disk.remove();
      rmSync(files, { recursive: true, force: true });
    },
  };
}
