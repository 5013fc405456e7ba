/** What the program asks Hetzner Cloud by itself, against the simulated API. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { HetznerApi } from "../../components/host/hetzner/api.ts";
import { takeVolume } from "../../components/host/hetzner/adoption.ts";
import { look } from "../../components/host/hetzner/found.ts";
import { changePower, stopGracefully } from "../../components/host/hetzner/graceful-stop.ts";
import { hetznerLabels, hetznerNames } from "../../components/host/hetzner/names.ts";
import { startHetznerCloud, type HetznerCloud } from "../clouds/hetzner/hetzner-cloud.ts";
import { otherKey } from "../unit/bad-configurations.ts";
import { recordedPark, type RecordedPark } from "../clouds/hetzner/recorded-park.ts";

const names = hetznerNames("openclaw", "prod");

let park: RecordedPark;
let cloud: HetznerCloud;
let api: HetznerApi;

beforeEach(async () => {
  park = recordedPark();
  cloud = await startHetznerCloud({ park });
  api = new HetznerApi(cloud);
});

afterEach(async () => {
  expect(cloud.violations).toEqual([]);
  await cloud[Symbol.asyncDispose]();
});

const make = async (path: string, body: object): Promise<number> => {
  const answer = await cloud.call("POST", path, body);
  const made = Object.values(answer.body as Record<string, { id?: number } | null>).find(
    (each) => typeof each?.id === "number",
  );
  if (answer.status !== 201 || made?.id === undefined) throw new Error(JSON.stringify(answer));
  return made.id;
};

const makeServer = async (): Promise<number> => {
  const labels = { ...hetznerLabels(names, {}), "openclaw-rebuild": "0" };
  await make("/servers", { name: names.server, server_type: "cx23", image: "debian-13", location: "fsn1", labels });
  const { server } = await look(api, names, { region: "fsn1", image: "debian-13" });
  if (server === undefined) throw new Error("no server");
  while ((await look(api, names, { region: "fsn1", image: "debian-13" })).server?.status !== "running");
  return server.id;
};

test("finds what is sold, and nothing of a stack that is not there", async () => {
  const found = await look(api, names, { region: "fsn1", image: "debian-13", adopt: 4711 });
  expect(found).toMatchObject({ server: undefined, volume: undefined, adopted: undefined, isDeployed: false });
  expect(found.serverTypes.find(({ name }) => name === "cx23")).toEqual({
    name: "cx23",
    architecture: "x86",
    cores: 2,
    memory: 4,
    disk: 40,
    locations: ["fsn1", "nbg1", "hel1"].map((name) => ({ name, deprecation: null, available: true })),
  });
  expect(found.images.map(({ architecture }) => architecture).sort()).toEqual(["arm", "x86"]);
});

test("finds a stack's own things by their names, and a volume by its id", async () => {
  const server = await makeServer();
  const volume = await make("/volumes", { name: names.volume, size: 10, location: "fsn1" });
  const other = await make("/volumes", { name: "other", size: 20, location: "hel1" });
  const found = await look(api, names, { region: "fsn1", image: "debian-13", adopt: other });
  expect(found.server).toMatchObject({ id: server, primary_disk_size: 40 });
  expect(found.volume).toMatchObject({ id: volume, size: 10, server: null });
  expect(found.adopted).toMatchObject({ id: other, size: 20, location: { name: "hel1" } });
});

test("stops a server in order, and takes one that is off as it is", async () => {
  const id = await makeServer();
  const said: string[] = [];
  park.shutdownMs = 700;
  await stopGracefully(api, id, (line) => said.push(line));
  expect(park.machines.get(id)?.journal).toEqual(["boot", "shutdown"]);
  expect(said).toEqual([`stopping the server ${String(id)}: its gateway may take 330 s to end in order`]);
  await stopGracefully(api, id, (line) => said.push(line));
  expect(said).toHaveLength(1);
});

test("never cuts the power of a server that does not stop", async () => {
  const id = await makeServer();
  park.ignoresShutdown = true;
  await expect(stopGracefully(api, id, () => undefined, 1)).rejects.toThrow(
    `the server ${String(id)} did not stop within 1 s of being told to; it was left as it is. Look at its console at Hetzner Cloud, or switch it off there, and run this again`,
  );
  expect(park.machines.get(id)?.journal).toEqual(["boot", "shutdown"]);
});

test("switches on what was left off", async () => {
  const id = await makeServer();
  await stopGracefully(api, id, () => undefined);
  const { server } = await look(api, names, { region: "fsn1", image: "debian-13" });
  if (server === undefined) throw new Error("no server");
  await changePower(api, server, "start", () => undefined);
  while ((await look(api, names, { region: "fsn1", image: "debian-13" })).server?.status !== "running");
  expect(park.machines.get(id)?.journal).toEqual(["boot", "shutdown", "start"]);
});

test("finds the stack's volume by its label when somebody renamed it, and on its server when that is gone too", async () => {
  const labels = hetznerLabels(names, {});
  const id = await make("/volumes", { name: "renamed", size: 10, location: "fsn1", labels });
  await make("/volumes", { name: "other", size: 10, location: "fsn1", labels: { "openclaw-stack": "openclaw-other" } });
  expect((await look(api, names, { region: "fsn1", image: "debian-13" })).volume).toMatchObject({ id });
  await make(`/volumes/${String(id)}/actions/attach`, { server: await makeServer() });
  while ((await look(api, names, { region: "fsn1", image: "debian-13" })).volume?.server === null);
  await cloud.call("PUT", `/volumes/${String(id)}`, { labels: {} });
  expect((await look(api, names, { region: "fsn1", image: "debian-13" })).volume).toMatchObject({
    id,
    name: "renamed",
  });
});

test("finds the other stack that has the volume to adopt, as long as its deploy key is there", async () => {
  const old = hetznerNames("openclaw", "old");
  const labels = hetznerLabels(old, {});
  const id = await make("/volumes", { name: old.volume, size: 10, location: "fsn1", labels });
  const own = await make("/volumes", { name: "own", size: 10, location: "fsn1", labels: hetznerLabels(names, {}) });
  const key = await make("/ssh_keys", { name: old.deployKey, public_key: otherKey, labels });
  const owner = async (adopt: number): Promise<string | undefined> =>
    (await look(api, names, { region: "fsn1", image: "debian-13", adopt })).adoptedOwner;
  expect(await owner(id)).toBe("openclaw-old");
  expect(await owner(own)).toBeUndefined();
  await cloud.call("DELETE", `/ssh_keys/${String(key)}`);
  expect(await owner(id)).toBeUndefined();
});

test("makes a volume the stack's own, once, and says why it cannot", async () => {
  const id = await make("/volumes", { name: "theirs", size: 10, location: "fsn1" });
  const said: string[] = [];
  const take = async (size: number): Promise<void> => {
    const { adopted } = await look(api, names, { region: "fsn1", image: "debian-13", adopt: id });
    if (adopted === undefined) throw new Error("no volume");
    await takeVolume(api, adopted, { name: names.volume, labels: hetznerLabels(names, {}), size }, (line) =>
      said.push(line),
    );
  };
  await take(20);
  await take(20);
  expect(cloud.project.volumes.get(id)).toMatchObject({ name: names.volume, size: 20 });
  expect(said).toEqual([
    `growing the volume ${String(id)} from 10 to 20 GB`,
    `the volume ${String(id)}, theirs, is openclaw-prod-data from now on`,
  ]);
  cloud.failAction({ command: "resize_volume", error: { code: "action_failed", message: "no space" } });
  await expect(take(30)).rejects.toThrow(
    `growing the volume ${String(id)} to 30 GB failed at Hetzner Cloud: no space (action_failed)`,
  );
});

test("asks again when the API is busy", async () => {
  cloud.exhaustRateLimit();
  const found = await look(api, names, { region: "fsn1", image: "debian-13" });
  expect(found.serverTypes.length).toBeGreaterThan(5);
  expect(cloud.requests.some(({ status }) => status === 429)).toBe(true);
});

test("says what the API answers", async () => {
  await expect(api.act("/servers/1/actions/poweron")).rejects.toThrow(
    /^Hetzner Cloud answers POST \/servers\/1\/actions\/poweron with 404: .* \(not_found\)$/,
  );
  const stranger = new HetznerApi({ token: "x".repeat(64), endpoint: cloud.endpoint });
  await expect(look(stranger, names, { region: "fsn1", image: "debian-13" })).rejects.toThrow(
    "Hetzner Cloud refuses the API token. Make a new one (project, Security, API tokens, read & write), then: pulumi config set --secret hcloud:token",
  );
});
