/** The simulated Hetzner Cloud with machines that boot: what the API says is what they do. */
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HetznerClient } from "../clouds/hetzner/client.ts";
import { startHetznerCloud, type HetznerCloud } from "../clouds/hetzner/hetzner-cloud.ts";
import { machinePark, type MachinePark } from "../clouds/hetzner/machine-park.ts";
import { machineEngine } from "../clouds/machines/engine.ts";
import { createNetwork, type MachineNetwork } from "../clouds/machines/network.ts";
import { sweep } from "../clouds/machines/run-label.ts";

let network: MachineNetwork;
let park: MachinePark;
let cloud: HetznerCloud;
let client: HetznerClient;
let server: number;
let volume: number;
let firewall: number;
let ipv4: { readonly id: number; readonly ip: string };
let ipv6: { readonly id: number; readonly ip: string };

const order = (): object => ({
  public_net: { ipv4: ipv4.id, ipv6: ipv6.id },
  ...{ user_data: "#cloud-config\nruncmd: [touch /root/user-data]\n", firewalls: [{ firewall }] },
});

/** Whether the server's SSH answers to this computer, at one of its addresses. */
async function reaches(host: string): Promise<boolean> {
  const socket = connect({ host, port: 22, timeout: 2000 });
  const opened = await new Promise<boolean>((resolve) => {
    socket.on("connect", () => {
      resolve(true);
    });
    for (const event of ["error", "timeout"])
      socket.on(event, () => {
        resolve(false);
      });
  });
  socket.destroy();
  return opened;
}

const addresses = (): readonly string[] => [ipv4.ip, ipv6.ip.replace("/64", "1")];
const shell = async (text: string): Promise<string> => (await park.machine(server).shell(text)).trim();
const device = (): string => `/dev/disk/by-id/scsi-0HC_Volume_${volume}`;

beforeAll(async () => {
  await machineEngine();
  await sweep();
  network = await createNetwork();
  park = machinePark({ network });
  cloud = await startHetznerCloud({ park });
  client = new HetznerClient(cloud);
});

afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
  await park[Symbol.asyncDispose]();
  await network.remove();
  expect(cloud.violations).toEqual([]);
});

test("a server boots with its addresses, its user data, root's keys and its metadata", async () => {
  ipv4 = await client.address();
  ipv6 = await client.address({ name: "gw-ipv6", type: "ipv6" });
  const rule = (source: string) => ({ direction: "in", protocol: "tcp", port: "22", source_ips: [source] });
  const rules = [rule("198.51.100.0/24"), rule("2001:db8::/32")];
  firewall = (await client.make("/firewalls", { name: "gw", rules })).firewall.id;
  const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me";
  await client.call("POST", "/ssh_keys", { name: "me", public_key: key });
  server = (await client.server({ ...order(), ssh_keys: ["me"] })).id;
  await park.machine(server).untilBooted();
  expect(await shell("ls /root/user-data; hostname; cat /root/.ssh/authorized_keys")).toBe(
    `/root/user-data\ngw\n${key}`,
  );
  expect(await shell("curl -s http://169.254.169.254/hetzner/v1/metadata/instance-id")).toBe(String(server));
  expect(await shell("ip -brief address show dev eth0")).toContain(addresses()[1]);
});

test("nothing gets through its firewall but what a rule lets in", async () => {
  expect(await Promise.all(addresses().map(reaches))).toEqual([false, false]);
  const rule = { direction: "in", protocol: "tcp", port: "22", source_ips: ["0.0.0.0/0", "::/0"] };
  await client.make(`/firewalls/${firewall}/actions/set_rules`, { rules: [rule] });
  expect(await Promise.all(addresses().map(reaches))).toEqual([true, true]);
  await client.make(`/firewalls/${firewall}/actions/set_rules`, { rules: [] });
  expect(await Promise.all(addresses().map(reaches))).toEqual([false, false]);
});

test("a private network is an interface of its own, which firewalls do not filter, and which can be left", async () => {
  const subnets = [{ type: "cloud", network_zone: "eu-central", ip_range: "10.97.1.0/24" }];
  const { id } = (await client.make("/networks", { name: "inner", ip_range: "10.97.0.0/16", subnets })).network;
  await client.make(`/servers/${server}/actions/attach_to_network`, { network: id });
  const [net] = cloud.project.servers.require(server).privateNets;
  expect(await shell("ip -brief address")).toContain(`${net?.ip}/16`);
  expect(await Promise.all([...addresses(), net?.ip ?? ""].map(reaches))).toEqual([false, false, true]);
  await client.make(`/servers/${server}/actions/detach_from_network`, { network: id });
  expect(await shell("ip -brief address")).not.toContain("10.97");
});

test("a volume is a disk of its own, and grows while it is used", async () => {
  volume = (await client.volume({ server })).id;
  expect(await shell(`blkid ${device()} || echo blank`)).toBe("blank");
  await shell(`mkfs.xfs -q ${device()}; mkdir -p /data; mount ${device()} /data; echo kept >/data/file`);
  await client.make(`/volumes/${volume}/actions/resize`, { size: 20 });
  await shell("xfs_growfs /data");
  expect(Number(await shell("df --output=size --block-size=1G /data | tail -1"))).toBeGreaterThan(18);
  await shell("umount /data");
});

test("a shutdown is graceful, and over after its action is", async () => {
  await shell("echo running >/root/state");
  await client.make(`/servers/${server}/actions/shutdown`);
  await expect.poll(() => client.status(server), { timeout: 30_000 }).toBe("off");
  expect(await park.machine(server).isRunning()).toBe(false);
  await client.make(`/servers/${server}/actions/poweron`);
  await park.machine(server).untilBooted();
  expect(await shell(`cat /root/state; test -b ${device()} && echo attached`)).toBe("running\nattached");
});

test("a server that is made again has its addresses and its volume, and nothing else", async () => {
  expect(await client.refusal("DELETE", `/servers/${server}`)).toMatch(/^200/);
  expect(await Promise.all(addresses().map(reaches))).toEqual([false, false]);
  server = (await client.server({ ...order(), volumes: [volume] })).id;
  await park.machine(server).untilBooted();
  await shell(`test ! -e /root/state; mkdir -p /data; mount ${device()} /data`);
  expect(await shell("cat /data/file")).toBe("kept");
});
