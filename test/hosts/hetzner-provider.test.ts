/** The real hcloud provider, the real engine and the simulated Hetzner Cloud: a server's life. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startHetznerCloud, type HetznerCloud } from "../clouds/hetzner/hetzner-cloud.ts";
import { newProject, programInput } from "../clouds/hetzner/provider-project.ts";
import { recordedPark, type RecordedMachine, type RecordedPark } from "../clouds/hetzner/recorded-park.ts";
import type { PulumiProject } from "../support/pulumi-project.ts";

let park: RecordedPark;
let cloud: HetznerCloud;
let project: PulumiProject;
let seen = 0;

/** What was asked of the API since the last time, polling and reading left out. */
function changes(): readonly string[] {
  const fresh = cloud.requests.slice(seen);
  seen = cloud.requests.length;
  return fresh.filter(({ method }) => method !== "GET").map(({ method, operation }) => `${method} ${operation}`);
}

/** The machine, if there is one only. */
function machine(): RecordedMachine | undefined {
  expect(park.machines.size).toBe(1);
  return [...park.machines.values()][0];
}

beforeAll(async () => {
  park = recordedPark();
  cloud = await startHetznerCloud({ park });
  project = await newProject(cloud);
});

afterEach(() => {
  expect(cloud.violations).toEqual([]);
});

afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await cloud[Symbol.asyncDispose]();
});

test("it is made, with all that belongs to it, and stays the same", async () => {
  const up = await project.deploy("up");
  expect(up, up.messages).toMatchObject({ succeeded: true, messages: "" });
  expect(cloud.exists()).toEqual({
    ...{ servers: ["gw"], volumes: ["gw-data"], firewalls: ["gw"], primaryIps: ["gw-ipv4", "gw-ipv6"] },
    ...{ sshKeys: ["gw"], networks: ["gw"], placementGroups: [] },
  });
  const made = machine();
  expect(made?.boot).toMatchObject({ userData: programInput.userData, rules: [{ port: "22" }], ipv4: "127.77.0.2" });
  expect([...(made?.volumes ?? [])]).toHaveLength(1);
  changes();

  expect(await project.deploy("up")).toMatchObject({ succeeded: true, steps: [] });
  expect(await project.deploy("refresh", "--expect-no-changes")).toMatchObject({ succeeded: true });
  expect(await project.deploy("up")).toMatchObject({ succeeded: true, steps: [] });
  expect(changes()).toEqual([]);
});

test.each([
  ["labels", { label: "2" }, ["firewall", "ipv4", "ipv6", "key", "network", "server", "volume"]],
  ["firewall rules", { ports: ["22", "443"] }, ["firewall"]],
  ["a larger volume", { sizeGb: 20 }, ["volume"]],
  ["another server type", { serverType: "cx33" }, ["server"]],
])("%s change in place", async (_, change, resources) => {
  project.input = { ...project.input, ...change };
  const updates = resources.map((name) => `update ${name}`);
  expect((await project.deploy("preview")).steps.toSorted()).toEqual(updates);
  const up = await project.deploy("up");
  expect(up.steps.toSorted(), up.messages).toEqual(updates);
});

test("after the changes all is the same; for the server type the provider cut the power", async () => {
  expect(await project.deploy("up")).toMatchObject({ succeeded: true, steps: [] });
  expect(machine()?.journal).toEqual(["boot", "powerOff", "start"]);
  expect(
    machine()
      ?.rules?.map(({ port }) => port)
      .toSorted(),
  ).toEqual(["22", "443"]);
  expect([...park.disks.values()].map(({ sizeGb }) => sizeGb)).toEqual([20]);
});

test("it is replaced with today's user data; addresses and volume go on", async () => {
  const { boot, volumes } = machine() ?? {};
  const before = [...(volumes ?? [])];
  changes();
  project.input = { ...project.input, userData: "#cloud-config\nhostname: other\n" };
  const up = await project.deploy("up");
  expect(up.steps, up.messages).toEqual([
    ...["delete-replaced server", "replace server", "create-replacement server", "update volume"],
  ]);
  // The volume was not detached: that went with the server, after it was shut down.
  expect(changes()).toEqual([
    ...["POST /servers/{id}/actions/shutdown", "DELETE /servers/{id}"],
    ...["POST /servers", "POST /servers/{id}/actions/attach_to_network", "POST /volumes/{id}/actions/attach"],
  ]);
  const now = machine();
  expect(now?.boot).toMatchObject({ userData: "#cloud-config\nhostname: other\n", ipv4: boot?.ipv4, ipv6: boot?.ipv6 });
  expect([...(now?.volumes ?? [])]).toEqual(before);
});

test("deleted behind Pulumi's back, only a refresh brings it back", async () => {
  const [id] = cloud.project.servers.keys();
  await cloud.call("DELETE", `/servers/${String(id)}`);
  expect(await project.deploy("up")).toMatchObject({ succeeded: true, steps: [] });
  expect(park.machines.size).toBe(0);
  const up = await project.deploy("up", "--refresh");
  expect(up.steps, up.messages).toEqual(["create server", "update volume"]);
  expect(machine()?.volumes.size).toBe(1);
});

test("destroyed, nothing is left that costs money; the guest was shut down", async () => {
  changes();
  const destroy = await project.deploy("destroy");
  expect(destroy, destroy.messages).toMatchObject({ succeeded: true });
  expect(cloud.costs()).toEqual([]);
  expect(Object.values(cloud.exists()).flat()).toEqual([]);
  expect(park.disks.size).toBe(0);
  // A volume that hangs on by `serverId` is taken from the running server first.
  expect(changes().slice(0, 4)).toEqual([
    ...["POST /volumes/{id}/actions/detach", "DELETE /volumes/{id}"],
    ...["POST /servers/{id}/actions/shutdown", "DELETE /servers/{id}"],
  ]);
});
