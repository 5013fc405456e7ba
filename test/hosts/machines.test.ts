/** The machines that other tests of this layer stand on: what they claim to be is tried here. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { machineEngine } from "../clouds/machines/engine.ts";
import { bootMachine, type BootedMachine, type MachineOptions } from "../clouds/machines/machine.ts";
import { createNetwork, type MachineNetwork } from "../clouds/machines/network.ts";
import { preparedDisk } from "../clouds/machines/prepared-disk.ts";
import { publishOpenclaw, publishVariant, repository, startRegistry } from "../clouds/machines/registry.ts";
import { sweep } from "../clouds/machines/run-label.ts";
import { createVolume, type BlockVolume } from "../clouds/machines/volume.ts";
import { generateKey } from "../support/sshd.ts";

const directory = mkdtempSync(join(tmpdir(), "openclaw-machines-"));
const file = (name: string): string => join(directory, name);
const publicKey = (name: string): string => readFileSync(file(`${name}.pub`), "utf8").trim();

const volumeId = "scsi-0HC_Volume_1";
const unit = `[Mount]
What=/dev/disk/by-id/${volumeId}
Where=/srv/data
Type=xfs
[Install]
WantedBy=multi-user.target
`;

let network: MachineNetwork;
let volume: BlockVolume;
let one: BootedMachine;
let two: BootedMachine;
const bootSeconds: number[] = [];
const cleanup: (() => Promise<void>)[] = [];

/** Whether a connection from this computer opens. */
const reaches = (host: string, port: number, localAddress?: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1500, ...(localAddress === undefined ? {} : { localAddress }) });
    const end = (opened: boolean) => () => {
      socket.destroy();
      resolve(opened);
    };
    socket.on("connect", end(true)).on("error", end(false)).on("timeout", end(false));
  });

const ssh = (command: string, knownHosts = "known_hosts") =>
  execa(
    "ssh",
    [
      ...["-F", "/dev/null", "-i", file("client"), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"],
      ...["-o", `UserKnownHostsFile=${file(knownHosts)}`, "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=5"],
      ...[`tester@${one.address}`, command],
    ],
    { reject: false, all: true },
  );

beforeAll(async () => {
  await machineEngine();
  await sweep();
  for (const name of ["client", "host", "another-host"]) await generateKey("ed25519", file(name));
  const userData = {
    users: [{ name: "tester", ssh_authorized_keys: [publicKey("client")], shell: "/bin/bash" }],
    ssh_keys: { ed25519_private: readFileSync(file("host"), "utf8"), ed25519_public: publicKey("host") },
    ssh_genkeytypes: ["ed25519"],
    runcmd: ["date +%s%N >> /root/runs"],
  };
  network = await createNetwork();
  cleanup.push(network.remove);
  network.serveMetadata((client, path) => (path === "/hetzner/v1/metadata/public-ipv4" ? client : undefined));
  volume = await createVolume({ sizeGb: 1 });
  cleanup.push(volume.destroy);
  const boot = async (options: Omit<MachineOptions, "network">): Promise<BootedMachine> => {
    const started = performance.now();
    const machine = await bootMachine({ network, ...options });
    cleanup.push(machine.destroy);
    await machine.untilBooted();
    bootSeconds.push((performance.now() - started) / 1000);
    return machine;
  };
  one = await boot({ name: "one", number: 2, userData: `#cloud-config\n${stringify(userData)}` });
  two = await boot({ name: "two", number: 3, image: "bare" });
  writeFileSync(file("known_hosts"), `${one.address} ${publicKey("host")}\n`);
  writeFileSync(file("wrong_hosts"), `${one.address} ${publicKey("another-host")}\n`);
});

afterAll(async () => {
  for (const made of cleanup.reverse()) await made();
  rmSync(directory, { recursive: true });
});

describe("a machine", () => {
  test("boots within ten seconds, everything on it running, and applies its user data", async () => {
    expect(Math.min(...bootSeconds)).toBeLessThan(10); // other tests may be busy during one of them
    expect(await one.shell("hostname; wc -l < /root/runs; cloud-init status")).toBe("one\n1\nstatus: done");
  });

  test("proves itself by the host key of its user data, and counts connections", async () => {
    const before = await one.sshConnections();
    expect(await ssh("whoami")).toMatchObject({ exitCode: 0, stdout: "tester" });
    expect((await ssh("true", "wrong_hosts")).all).toContain("REMOTE HOST IDENTIFICATION HAS CHANGED");
    expect(await one.sshConnections()).toBe(before + 2);
  });

  test("keeps its disk over reboots, its own ones too, and runs cloud-init once", async () => {
    const bootIds = new Set<string>();
    const boots = async (): Promise<number> => bootIds.add(await one.shell("cat /proc/sys/kernel/random/boot_id")).size;
    const before = await one.sshConnections();
    await one.shell("echo kept > /root/note");
    expect(await boots()).toBe(1);
    await one.reboot();
    await one.untilBooted();
    expect(await boots()).toBe(2);
    await one.exec(["systemctl", "reboot"]);
    await expect.poll(boots, { timeout: 60_000 }).toBe(3);
    await one.untilBooted();
    await one.powerOff();
    expect(await one.isRunning()).toBe(false);
    await one.start();
    await one.untilBooted();
    expect(await one.shell("cat /root/note; wc -l < /root/runs; journalctl --list-boots -q | wc -l")).toBe(
      "kept\n1\n4",
    );
    expect(await ssh("true")).toMatchObject({ exitCode: 0 });
    expect(await one.sshConnections()).toBe(before + 1);
  });

  test("cannot change the computer's swap, clock or kernel", async () => {
    await one.shell("fallocate -l 16M /swap && chmod 600 /swap && mkswap -q /swap");
    for (const command of ["swapon /swap", "date -s @2000000000", "sysctl -qw kernel.panic=7"])
      expect(await one.exec(["sh", "-c", command])).toMatchObject({ exitCode: expect.not.closeTo(0) as number });
    await one.shell("sysctl -qw net.ipv4.conf.all.log_martians=1; rm /swap");
  });

  test("as a provider gives it, lacks what the baseline installs", async () => {
    const commands = ["docker", "ufw", "fail2ban-server", "unattended-upgrade", "jq", "mkfs.xfs", "nft"];
    const find = `for command in ${commands.join(" ")}; do ! command -v $command || exit 1; done`;
    await two.shell(`${find}; command -v curl python3 sudo cloud-init`);
    expect((await one.exec(["sh", "-c", find])).exitCode).toBe(1);
  });
});

describe("a volume", () => {
  test("is blank, is mounted by its id, grows while mounted, and is there after a reboot", async () => {
    await one.attach(volume, volumeId);
    expect((await one.exec(["blkid", `/dev/disk/by-id/${volumeId}`])).output).toBe("");
    await one.exec(["tee", "/etc/systemd/system/srv-data.mount"], { input: unit });
    await one.shell(`mkfs.xfs -q /dev/disk/by-id/${volumeId} && mkdir -p /srv/data && systemctl daemon-reload &&
      systemctl enable --now -q srv-data.mount && echo kept > /srv/data/note`);
    const sizeMb = async (): Promise<number> =>
      Number(await one.shell("df --output=size -BM /srv/data | tail -1 | tr -dc 0-9"));
    expect(await sizeMb()).toBeLessThan(1024);
    await volume.grow(2);
    await one.shell("xfs_growfs /srv/data >/dev/null");
    expect(await sizeMb()).toBeGreaterThan(1500);
    await one.reboot();
    await one.untilBooted();
    expect(await one.shell("cat /srv/data/note; cp --reflink=always /srv/data/note /srv/data/copy")).toBe("kept");
  });

  test("moves to another machine, with what is on it", async () => {
    await one.shell("systemctl disable -q --now srv-data.mount");
    await one.detach(volume);
    await one.shell(`test ! -e /dev/disk/by-id/${volumeId}`);
    await two.attach(volume, volumeId);
    await two.powerOff();
    await two.start();
    await two.untilBooted();
    expect(await two.shell(`mount /dev/disk/by-id/${volumeId} /mnt && cat /mnt/note && umount /mnt`)).toBe("kept");
    await two.detach(volume);
  });
});

describe("a firewall", () => {
  const opened = async (): Promise<readonly boolean[]> => [
    await reaches(one.address, 22),
    await reaches(one.address6, 22),
    (await two.exec(["nc", "-z", "-w", "1", one.address, "22"])).exitCode === 0,
    (await two.exec(["nc", "-z", "-w", "1", one.address6, "22"])).exitCode === 0,
  ];

  test("without rules for a packet drops it, v4 and v6, from everywhere", async () => {
    expect(await opened()).toEqual([true, true, true, true]);
    await one.setFirewall([{ protocol: "tcp", port: "22", sources: [`${network.gateway}/32`] }]);
    expect(await opened()).toEqual([true, false, false, false]);
    await one.setFirewall([{ protocol: "tcp", port: "20-30", sources: [`${two.address6}/128`, "10.99.0.0/16"] }]);
    expect(await opened()).toEqual([false, false, false, true]);
    await one.setFirewall([]);
    expect(await opened()).toEqual([false, false, false, false]);
  });

  test("lets replies through, and nothing on the machine opens it", async () => {
    await one.setFirewall([]);
    await one.shell(`nc -z -w 2 ${two.address} 22; nc -z -w 2 ${two.address6} 22`);
    await one.shell("nft flush ruleset; iptables -F; iptables -P INPUT ACCEPT");
    expect(await opened()).toEqual([false, false, false, false]);
    await one.reboot();
    await one.untilBooted();
    expect(await opened()).toEqual([false, false, false, false]);
    await one.setFirewall(undefined);
    expect(await opened()).toEqual([true, true, true, true]);
  });
});

describe("a network", () => {
  test("answers at the metadata address, knows its names, and leads nowhere else", async () => {
    const metadata = "curl -sf --max-time 5 http://169.254.169.254/hetzner/v1/metadata";
    expect(await one.shell(`${metadata}/public-ipv4`)).toBe(one.address);
    expect((await one.exec(["sh", "-c", `${metadata}/nothing`])).exitCode).toBe(22);
    await network.addName("files.example", network.gateway);
    expect(await one.shell("getent ahostsv4 files.example | head -1")).toContain(network.gateway);
    const resolve = "import socket; socket.getaddrinfo('example.org', 80)";
    expect((await one.exec(["python3", "-c", resolve])).output).toContain("Name or service not known");
    expect((await one.exec(["nc", "-z", "-w", "2", "198.51.100.1", "80"])).exitCode).not.toBe(0);
  });
});

describe("a registry", () => {
  test("serves images as ghcr.io, by digest, until it is stopped", async () => {
    const registry = await startRegistry(network);
    const three = await bootMachine({ name: "three", network, number: 4, disk: await preparedDisk() });
    try {
      await three.untilBooted();
      const digest = await publishOpenclaw("2026.9.6");
      expect(await three.shell(`docker images --digests --format '{{.Digest}}'`)).toContain(digest);
      const image = `${repository}:2026.9.6@${digest}`;
      expect(await three.shell(`docker pull -q ${image} && docker run --rm ${image} openclaw --version`)).toContain(
        "2026.9.6",
      );
      const variant = await publishVariant("2026.9.6", "broken", ['CMD ["false"]']);
      expect(await three.shell(`docker pull -q ${repository}:broken@${variant}`)).toContain(variant);
      const none = `${repository}:2026.9.6@sha256:${"0".repeat(64)}`;
      expect((await three.exec(["docker", "pull", "-q", none])).output).toContain("manifest unknown");
      // Containers reach the metadata service too, until a baseline closes it.
      const inside = `docker run --rm ${image} curl -sf --max-time 5 http://169.254.169.254/hetzner/v1/metadata/public-ipv4`;
      expect(await three.shell(inside)).toBe(three.address);
      await registry.stop();
      expect((await three.exec(["docker", "pull", "-q", `${repository}:broken`])).output).toContain("refused");
      await registry.start();
      await three.shell(`docker pull -q ${repository}:broken`);
    } finally {
      await three.destroy();
      await registry.stop();
    }
  });
});

test("what a killed test leaves behind is swept", async () => {
  const left = await execa("node", [join(import.meta.dirname, "../support/hosts/killed-test.ts")], { reject: false });
  expect(left).toMatchObject({ signal: "SIGKILL" });
  const pid = left.stdout.trim();
  const traces = async (): Promise<readonly boolean[]> => {
    const tables = await execa("nft", ["list", "tables"]);
    const loops = await execa("losetup", ["--list", "--noheadings", "--output", "BACK-FILE"]);
    return [tables.stdout.includes(`openclaw_${pid}_`), new RegExp(`(docker|volume)-${pid}-`).test(loops.stdout)];
  };
  expect(await traces()).toEqual([true, true]);
  await sweep();
  expect(await traces()).toEqual([false, false]);
});
