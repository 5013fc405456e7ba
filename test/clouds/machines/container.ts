/** The container that a machine is: as much of a computer as one can be. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { docker } from "./engine.ts";
import { hostImage } from "./images.ts";
import type { MachineOptions } from "./machine.ts";
import { run } from "./places.ts";
import { ownName, runLabel } from "./run-label.ts";

/** What systemd and a Docker engine inside need; all but those of the kernel's clock and modules, which are the computer's. */
const capabilities = [
  ...["SYS_ADMIN", "SYS_BOOT", "NET_ADMIN", "NET_RAW", "SYS_PTRACE", "SYS_TTY_CONFIG", "MKNOD", "AUDIT_WRITE"],
  ...["AUDIT_CONTROL", "SYSLOG", "DAC_READ_SEARCH", "LINUX_IMMUTABLE", "SYS_NICE", "IPC_LOCK", "LEASE", "WAKE_ALARM"],
];

const recipes = join(import.meta.dirname, "recipes");

/** A container that has not been started. */
export interface MachineContainer {
  /** Name of the container. */
  readonly id: string;
  /** Its files on this computer. */
  readonly files: string;
}

/** Makes a machine's container. */
export async function createContainer(options: MachineOptions, dockerDisk: string): Promise<MachineContainer> {
  const { name, network, number } = options;
  const id = `${name}-${String(process.pid)}-${network.bridge}`;
  const files = mkdtempSync(join(run, `${ownName("machine", name)}-`));
  const seed = join(files, "seed");
  mkdirSync(seed);
  writeFileSync(join(seed, "user-data"), options.userData ?? "#cloud-config\n{}\n");
  writeFileSync(join(seed, "meta-data"), `instance-id: ${options.instanceId ?? name}\nlocal-hostname: ${name}\n`);
  writeFileSync(join(files, "resolv.conf"), `nameserver ${network.gateway}\n`);

  await docker([
    ...["create", "--name", id, "--hostname", name, "--label", runLabel],
    ...["--network", network.name, "--ip", network.address(number), "--ip6", network.address6(number)],
    ...capabilities.flatMap((capability) => ["--cap-add", capability]),
    // Allows everything but what would change this computer: its swap, clock and modules.
    ...["--security-opt", `seccomp=${join(recipes, "seccomp.json")}`, "--security-opt", "apparmor=unconfined"],
    ...["--cgroupns=host", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup:rw"],
    ...["--device-cgroup-rule", "b 7:* rmw"],
    ...["--sysctl", "net.ipv6.conf.all.disable_ipv6=0", "--sysctl", "net.ipv4.ip_forward=1"],
    ...["--tmpfs", "/run", "--tmpfs", "/tmp:exec"],
    ...["--volume", `${seed}:/var/lib/cloud/seed/nocloud:ro`],
    ...["--volume", `${join(files, "resolv.conf")}:/etc/resolv.conf:ro`],
    ...["--volume", `${dockerDisk}:/var/lib/docker`],
    ...["--volume", `${join(recipes, "power-on.sh")}:/usr/local/sbin/power-on:ro`],
    ...Object.entries(options.mounts ?? {}).flatMap(([path, from]) => ["--volume", `${from}:${path}:ro`]),
    await hostImage(options.image ?? "full"),
    "/usr/local/sbin/power-on",
  ]);
  return { id, files };
}
