/** The simulated Hetzner Cloud by itself: what can be done to servers, volumes, addresses and firewalls. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HetznerClient } from "../clouds/hetzner/client.ts";
import { startHetznerCloud, type HetznerCloud } from "../clouds/hetzner/hetzner-cloud.ts";
import { recordedPark, type RecordedPark } from "../clouds/hetzner/recorded-park.ts";

let park: RecordedPark;
let cloud: HetznerCloud;
let client: HetznerClient;

beforeEach(async () => {
  park = recordedPark();
  cloud = await startHetznerCloud({ park });
  client = new HetznerClient(cloud);
});

afterEach(async () => {
  await cloud[Symbol.asyncDispose]();
  expect(cloud.violations).toEqual([]);
});

describe("a server", () => {
  it("is made with its key, addresses, firewall, volume, network and user data", async () => {
    const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    const { ssh_key: key } = await client.call("POST", "/ssh_keys", { name: "deploy", public_key: `${publicKey} me` });
    const { id: ipv4, ip } = await client.address();
    const rules = [{ direction: "in", protocol: "tcp", port: "22", source_ips: ["192.0.2.0/24"] }];
    const { firewall } = await client.make("/firewalls", { name: "gw", rules });
    const { network } = await client.call("POST", "/networks", {
      ...{ name: "private", ip_range: "10.0.0.0/16" },
      subnets: [{ type: "cloud", network_zone: "eu-central", ip_range: "10.0.1.0/24" }],
    });
    const { id: disk } = await client.volume();
    const made = await client.server({
      ...{
        user_data: "#cloud-config",
        ssh_keys: [key.id],
        labels: { a: "1" },
        volumes: [disk],
        networks: [network.id],
      },
      ...{ firewalls: [{ firewall: firewall.id }], public_net: { ipv4, enable_ipv6: true } },
    });
    expect((await client.call("GET", `/servers/${made.id}`)).server).toMatchObject({
      ...{ status: "running", volumes: [disk], private_net: [{ network: network.id, ip: "10.0.1.2" }] },
      public_net: { ipv4: { id: ipv4, ip }, firewalls: [{ id: firewall.id }] },
    });
    expect(park.machines.get(made.id)?.boot).toMatchObject({
      ...{ name: "gw", image: "debian-13", userData: "#cloud-config", rootKeys: [`${publicKey} me`], ipv4: ip },
      ...{ volumes: [disk], rules },
    });
  });

  it("cannot have a name that is taken, an unknown image, a type that is not sold there, not any more, or sold out", async () => {
    await client.server();
    const order = { name: "b", image: "debian-13", server_type: "cx23", location: "hel1" };
    const refused = (more: object) => client.refusal("POST", "/servers", { ...order, ...more });
    expect(await refused({ name: "gw" })).toBe("409 uniqueness_error: server name is already used");
    expect(await refused({ image: "debian-99" })).toMatch(/^422 invalid_input: image 'debian-99' not found/);
    expect(await refused({ location: "ash" })).toBe("422 invalid_input: unsupported location for server type");
    expect(await refused({ server_type: "cx22" })).toBe("422 invalid_input: server type 104 is deprecated");
    const [offer] = cloud.project.catalog.serverTypes.find(({ name }) => name === "cx23")?.offers ?? [];
    if (offer !== undefined) offer.available = false;
    expect(await refused({ location: "fsn1" })).toBe("412 resource_unavailable: error during placement");
    cloud.project.serverLimit = 1;
    expect(await refused({})).toBe("403 resource_limit_exceeded: server limit reached");
  });

  it("that is asked to shut down is off when its guest is through, and never if that does not listen", async () => {
    const { id } = await client.server();
    park.shutdownMs = 500;
    await client.make(`/servers/${id}/actions/shutdown`);
    expect(await client.status(id)).toBe("running");
    expect(
      await client.refusal("POST", `/servers/${id}/actions/change_type`, { server_type: "cx33", upgrade_disk: false }),
    ).toBe("422 server_not_stopped: server must be stopped before changing type");
    await expect.poll(() => client.status(id)).toBe("off");
    await client.make(`/servers/${id}/actions/poweron`);
    park.ignoresShutdown = true;
    await client.make(`/servers/${id}/actions/shutdown`);
    await sleep(50);
    expect(await client.status(id)).toBe("running");
  });

  it("changes its type when it is off, starts then, and keeps its disk if asked to", async () => {
    const { id } = await client.server();
    const change = (type: string, upgrade: boolean) =>
      client.refusal("POST", `/servers/${id}/actions/change_type`, { server_type: type, upgrade_disk: upgrade });
    await client.make(`/servers/${id}/actions/poweroff`);
    expect(await change("cax11", false)).toBe("422 invalid_server_type: server type has a different architecture");
    expect(await change("cx22", false)).toBe("422 invalid_input: server type 104 is deprecated");
    await client.make(`/servers/${id}/actions/change_type`, { server_type: "cx33", upgrade_disk: false });
    expect((await client.call("GET", `/servers/${id}`)).server).toMatchObject({
      ...{ status: "running", primary_disk_size: 40, server_type: { name: "cx33" } },
    });
    await client.make(`/servers/${id}/actions/poweroff`);
    await client.make(`/servers/${id}/actions/change_type`, { server_type: "cpx22", upgrade_disk: true });
    await client.make(`/servers/${id}/actions/poweroff`);
    expect(await change("cx23", false)).toMatch(/^422 invalid_server_type: server disk is bigger/);
  });

  it("that is asked to reboot starts again when its guest is through", async () => {
    const { id } = await client.server();
    await client.make(`/servers/${id}/actions/reboot`);
    await expect.poll(() => park.machines.get(id)?.journal).toEqual(["boot", "shutdown", "start"]);
    expect(await client.status(id)).toBe("running");
  });

  it("that switched itself off is off", async () => {
    const { id } = await client.server();
    await park.powerOff(id);
    expect(await client.status(id)).toBe("off");
  });

  it("leaves what is attached to it, but for the addresses that came with it", async () => {
    const { id: ipv4 } = await client.address();
    const { id: disk } = await client.volume();
    const { id } = await client.server({ volumes: [disk], public_net: { ipv4 } });
    expect(cloud.exists().primaryIps).toHaveLength(2);
    await client.make(`/servers/${id}/actions/change_protection`, { delete: true, rebuild: true });
    expect(await client.refusal("DELETE", `/servers/${id}`)).toBe("423 protected: server deletion is protected");
    await client.make(`/servers/${id}/actions/change_protection`, { delete: false, rebuild: false });
    expect(await client.refusal("DELETE", `/servers/${id}`)).toMatch(/^200/);
    expect(cloud.exists()).toMatchObject({ servers: [], volumes: ["data"], primaryIps: ["gw-ipv4"] });
    expect((await client.call("GET", `/primary_ips/${ipv4}`)).primary_ip).toMatchObject({
      ...{ assignee_id: null, assignee_type: "unassigned" },
    });
    expect((await client.call("GET", `/volumes/${disk}`)).volume.server).toBeNull();
    expect(cloud.costs().map(({ kind, name }) => `${kind} ${name}`)).toEqual(["volume data", "primary IP gw-ipv4"]);
    expect(park.machines.size).toBe(0);
  });

  it("is rebuilt from an image with the user data it had", async () => {
    const { id } = await client.server({ user_data: "#cloud-config" });
    await client.make(`/servers/${id}/actions/rebuild`, { image: "ubuntu-24.04" });
    expect(park.machines.get(id)?.boot).toMatchObject({ image: "ubuntu-24.04", userData: "#cloud-config" });
  });
});

describe("a volume", () => {
  it("is attached by its id, grows and never shrinks", async () => {
    const { id: on } = await client.server();
    const { id, linux_device: device } = await client.volume({ server: on });
    expect(device).toBe(`/dev/disk/by-id/scsi-0HC_Volume_${id}`);
    expect([...(park.machines.get(on)?.volumes ?? [])]).toEqual([id]);
    await client.make(`/volumes/${id}/actions/resize`, { size: 20 });
    expect(park.disks.get(id)?.sizeGb).toBe(20);
    expect(await client.refusal("POST", `/volumes/${id}/actions/resize`, { size: 20 })).toMatch(/^422 invalid_input/);
    expect(await client.refusal("POST", "/volumes", { name: "small", size: 9, location: "hel1" })).toMatch(
      /^422 invalid_input/,
    );
  });

  it("is on one server at a time, of its own location", async () => {
    const [a, b] = [await client.server(), await client.server({ name: "b" })];
    const far = await client.server({ name: "far", location: "fsn1" });
    const { id } = await client.volume({ server: a.id });
    expect(await client.refusal("POST", `/volumes/${id}/actions/attach`, { server: b.id })).toMatch(
      /^422 volume_already_attached/,
    );
    await client.make(`/volumes/${id}/actions/detach`);
    expect(await client.refusal("POST", `/volumes/${id}/actions/attach`, { server: far.id })).toMatch(
      /^422 invalid_input/,
    );
    await client.make(`/volumes/${id}/actions/attach`, { server: b.id });
    expect((await client.call("GET", `/volumes/${id}`)).volume.server).toBe(b.id);
  });

  it("is not deleted while it is attached or protected", async () => {
    const { id } = await client.volume({ server: (await client.server()).id });
    await client.make(`/volumes/${id}/actions/change_protection`, { delete: true });
    expect(await client.refusal("DELETE", `/volumes/${id}`)).toBe("423 protected: volume deletion is protected");
    await client.make(`/volumes/${id}/actions/change_protection`, { delete: false });
    expect(await client.refusal("DELETE", `/volumes/${id}`)).toBe(
      `422 service_error: volume with ID '${id}' is still attached to a server`,
    );
    await client.make(`/volumes/${id}/actions/detach`);
    expect(await client.refusal("DELETE", `/volumes/${id}`)).toMatch(/^204/);
    expect(park.disks.size).toBe(0);
  });
});

describe("a primary IP", () => {
  it("changes its server only while that is off", async () => {
    const { id } = await client.address();
    const { id: on } = await client.server({ public_net: { enable_ipv4: false } });
    const assign = { assignee_id: on, assignee_type: "server" };
    expect(await client.refusal("POST", `/primary_ips/${id}/actions/assign`, assign)).toMatch(
      /^422 server_not_stopped/,
    );
    await client.make(`/servers/${on}/actions/poweroff`);
    await client.make(`/primary_ips/${id}/actions/assign`, assign);
    expect((await client.call("GET", `/primary_ips/${id}`)).primary_ip).toMatchObject({
      assignee_id: on,
      assignee_type: "server",
    });
    expect(await client.refusal("POST", `/primary_ips/${id}/actions/assign`, assign)).toMatch(
      /^422 primary_ip_already_assigned/,
    );
    expect(await client.refusal("DELETE", `/primary_ips/${id}`)).toMatch(/^422 must_be_unassigned/);
    await client.make(`/servers/${on}/actions/poweron`);
    expect(await client.refusal("POST", `/primary_ips/${id}/actions/unassign`)).toMatch(/^422 server_not_stopped/);
  });

  it("is for one server, of its own location and kind", async () => {
    const { id } = await client.address();
    await client.server({ public_net: { ipv4: id } });
    const order = { name: "b", image: "debian-13", server_type: "cx23", location: "hel1" };
    const refused = (ipv4: number, more: object = {}) =>
      client.refusal("POST", "/servers", { ...order, ...more, public_net: { ipv4 } });
    expect(await refused(id)).toMatch(/^422 primary_ip_assigned/);
    const { id: far } = await client.address({ name: "far", location: "fsn1" });
    expect(await refused(far)).toMatch(/^422 primary_ip_datacenter_mismatch/);
    const { id: ipv6 } = await client.address({ name: "v6", type: "ipv6" });
    expect(await refused(ipv6)).toMatch(/^422 primary_ip_version_mismatch/);
  });

  it("is protected only if it does not go with its server", async () => {
    const { id } = await client.address({ auto_delete: true });
    const protect = () => client.refusal("POST", `/primary_ips/${id}/actions/change_protection`, { delete: true });
    expect(await protect()).toMatch(/^422 invalid_input/);
    await client.call("PUT", `/primary_ips/${id}`, { auto_delete: false });
    await client.make(`/primary_ips/${id}/actions/change_protection`, { delete: true });
    expect(await client.refusal("DELETE", `/primary_ips/${id}`)).toMatch(/^423 protected/);
  });
});

describe("a firewall", () => {
  const ssh = { direction: "in", protocol: "tcp", port: "22", source_ips: ["0.0.0.0/0", "::/0"] };

  it("lets in nothing but what its rules say, on the servers it stands before", async () => {
    const { id: on } = await client.server();
    const rules = () => park.machines.get(on)?.rules;
    expect(rules()).toBeUndefined();
    const { firewall } = await client.make("/firewalls", { name: "gw" });
    await client.make(`/firewalls/${firewall.id}/actions/apply_to_resources`, {
      apply_to: [{ type: "server", server: { id: on } }],
    });
    expect(rules()).toEqual([]);
    await client.make(`/firewalls/${firewall.id}/actions/set_rules`, { rules: [ssh] });
    expect(rules()).toMatchObject([ssh]);
    expect(await client.refusal("DELETE", `/firewalls/${firewall.id}`)).toBe(
      `422 resource_in_use: firewall with ID ${firewall.id} is still in use`,
    );
    await client.make(`/firewalls/${firewall.id}/actions/remove_from_resources`, {
      remove_from: [{ type: "server", server: { id: on } }],
    });
    expect(rules()).toBeUndefined();
    expect(await client.refusal("DELETE", `/firewalls/${firewall.id}`)).toMatch(/^204/);
  });

  it("stands before the servers with a label", async () => {
    const { id: on } = await client.server();
    await client.make("/firewalls", {
      ...{ name: "gw", rules: [ssh] },
      apply_to: [{ type: "label_selector", label_selector: { selector: "role=gateway" } }],
    });
    expect(park.machines.get(on)?.rules).toBeUndefined();
    await client.call("PUT", `/servers/${on}`, { labels: { role: "gateway" } });
    expect(park.machines.get(on)?.rules).toHaveLength(1);
  });

  it.each([
    ["a port where there is none", { ...ssh, protocol: "icmp" }],
    ["no port where there is one", { ...ssh, port: null }],
    ["no source", { ...ssh, source_ips: [] }],
    ["bits behind the prefix", { ...ssh, source_ips: ["192.0.2.1/24"] }],
    ["a word for a network", { ...ssh, source_ips: ["everybody"] }],
  ])("with %s is refused", async (_, rule) => {
    expect(await client.refusal("POST", "/firewalls", { name: "gw", rules: [rule] })).toMatch(/^422 invalid_input/);
  });
});
