/** What is done to a host at Hetzner Cloud that exists, and what is refused. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startHetznerCloud } from "../clouds/hetzner/hetzner-cloud.ts";
import { otherKey } from "../unit/bad-configurations.ts";
import { until } from "../support/until.ts";
import { hetznerWithoutHosts, only, type HetznerWithoutHosts } from "../support/hetzner-without-hosts.ts";
import type { HetznerStack } from "../support/hetzner-stack.ts";

let hetzner: HetznerWithoutHosts;
let prod: HetznerStack;

beforeAll(async () => {
  hetzner = await hetznerWithoutHosts("127.78");
  prod = await hetzner.newStack("prod");
  await prod.up();
});

afterAll(() => hetzner[Symbol.asyncDispose]());

test("another type: stopped in order, never switched off", async () => {
  await prod.set("host.size", "cx33");
  expect(await prod.planned()).toEqual({ "host-server": "update", "host-first-connection": "update" });
  hetzner.park.shutdownMs = 1500;
  const text = await prod.up();
  hetzner.park.shutdownMs = 0;
  expect(text).toMatch(/stopping the server \d+: its gateway may take 330 s to end in order/);
  expect(only(hetzner.park.machines).journal).toEqual(["boot", "shutdown", "start"]);
  expect(only(hetzner.cloud.project.servers)).toMatchObject({ type: { name: "cx33" } });
  expect(await prod.planned()).toEqual({});
});

test("a smaller disk and another architecture need a new server, and say so", async () => {
  await prod.set("host.size", "cax11");
  expect(await prod.refused()).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:host.size
         got:     "cax11" (arm) for a server that is cx33 (x86)
         allowed: types of x86; the other architecture needs a new server: raise openclaw:host.rebuild to 1 too
         type:    npm run pulumi -- config set --stack prod --path openclaw:host.size cx33"
  `);
  await prod.set("host.size", "cx23");
  expect(await prod.planned()).toEqual({ "host-server": "update", "host-first-connection": "update" });
  await prod.set("host.size", "cx33");
});

test("the volume grows in place, and never shrinks", async () => {
  await prod.set("data.sizeGb", "20");
  expect(await prod.planned()).toEqual({ "host-data": "update" });
  await prod.up();
  expect(only(hetzner.park.disks).sizeGb).toBe(20);
  expect((await prod.outputs()).release.id).toMatch(/ 20$/);
  await prod.set("data.sizeGb", "15");
  expect(await prod.refused()).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:data.sizeGb
         got:     15
         allowed: 20 or more: that is the size of openclaw-prod-data (<id>), and volumes only grow
         type:    npm run pulumi -- config set --stack prod --path openclaw:data.sizeGb 20"
  `);
  await prod.unset("data.sizeGb");
  expect(await prod.planned()).toEqual({});
});

test("a rebuild makes another server with today's user data, the same addresses and keys, and the volume", async () => {
  const before = {
    machine: only(hetzner.park.machines),
    host: (await prod.outputs()).host.hostKey,
    data: (await prod.outputs()).data.id,
  };
  const address = (await prod.outputs()).host.address;
  const asked = hetzner.cloud.requests.length;
  await prod.set("ssh.authorizedKeys[0]", otherKey);
  await prod.set("host.rebuild", "1");
  expect(await prod.planned()).toEqual({
    "host-bootstrap-key": "replace",
    "host-server": "replace",
    "host-attachment": "replace",
    "host-first-connection": "update",
  });
  await prod.up();

  expect(before.machine.journal.at(-1)).toBe("shutdown");
  const operations = hetzner.cloud.requests.slice(asked).map(({ operation }) => operation);
  // The volume leaves with its server: it is never taken from a gateway that runs.
  expect(operations).toContain("/volumes/{id}/actions/attach");
  expect(operations).not.toContain("/volumes/{id}/actions/detach");
  const { boot, volumes } = only(hetzner.park.machines);
  expect(boot.userData).toContain(otherKey);
  expect(boot.userData).not.toBe(before.machine.boot.userData);
  expect([...volumes]).toEqual([Number(before.data)]);
  expect(boot.ipv4).toBe(address);
  expect((await prod.outputs()).host.hostKey).toBe(before.host);
  expect((await prod.outputs()).data.id).toBe(before.data);
  expect(await prod.planned()).toEqual({});
});

test("a server that was deleted behind the stack's back comes back, with its volume", async () => {
  const { boot } = only(hetzner.park.machines);
  await hetzner.cloud.call("DELETE", `/servers/${String(boot.id)}`);
  await until("the server to be gone", () => hetzner.park.machines.size === 0 || undefined);
  expect(await prod.planned()).toEqual({
    "host-server": "create",
    "host-attachment": "create",
    "host-first-connection": "update",
  });
  await prod.up();
  const again = only(hetzner.park.machines);
  expect(again.boot.id).not.toBe(boot.id);
  expect(again.boot.ipv4).toBe(boot.ipv4);
  expect([...again.volumes]).toEqual([Number((await prod.outputs()).data.id)]);
  expect(await prod.planned()).toEqual({});
});

test("a server that somebody switched off is switched on", async () => {
  const { boot, journal: seen } = only(hetzner.park.machines);
  await hetzner.cloud.call("POST", `/servers/${String(boot.id)}/actions/poweroff`);
  await until("the server to be off", () => seen.at(-1) === "powerOff" || undefined);
  expect(await prod.up()).toContain("the server openclaw-prod is off, switching it on");
  expect(seen.slice(-2)).toEqual(["powerOff", "start"]);
});

test("a private network is joined in place, also by the next server, and left again", async () => {
  const { cloud, park } = hetzner;
  const inZone = async (name: string, zone: string): Promise<string> => {
    const subnets = [{ type: "cloud", network_zone: zone, ip_range: "10.97.1.0/24" }];
    const { network } = (await cloud.call("POST", "/networks", { name, ip_range: "10.97.0.0/16", subnets })).body as {
      network: { id: number };
    };
    return String(network.id);
  };
  await prod.set("host.networkId", await inZone("far", "us-east"));
  expect(await prod.refused()).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:host.networkId
         got:     <id>, the network far, which has no subnet in eu-central, where fsn1 is
         allowed: a network with a subnet of eu-central: hcloud network add-subnet far --type cloud --network-zone eu-central
         type:    npm run pulumi -- config rm --stack prod --path openclaw:host.networkId"
  `);
  await prod.set("host.networkId", "4711");
  expect(await prod.refused()).toContain("4711, which Hetzner Cloud does not have");

  const id = await inZone("near", "eu-central");
  await prod.set("host.networkId", id);
  expect(await prod.planned()).toEqual({ "host-server": "update" });
  await prod.up();
  expect(only(park.machines).privateNets).toEqual([{ network: Number(id), ip: "10.97.1.2", range: "10.97.0.0/16" }]);
  expect(await prod.planned()).toEqual({});
  await prod.set("host.rebuild", "2");
  await prod.up();
  expect(only(park.machines).privateNets).toHaveLength(1);
  expect(await prod.planned()).toEqual({});
  await prod.unset("host.networkId");
  await prod.up();
  expect(only(park.machines).privateNets).toEqual([]);
});

test("another region is refused: the data does not move", async () => {
  await prod.set("host.region", "hel1");
  expect(await prod.refused()).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:host.region
         got:     "hel1" for a server of the data volume openclaw-prod-data (<id>), which is in fsn1
         allowed: fsn1: a server is where its data is, and a volume does not move
         type:    npm run pulumi -- config set --stack prod --path openclaw:host.region fsn1"
  `);
  await prod.set("host.region", "fsn1");
});

test("the token of another project is refused: a gateway made there would be an empty one", async () => {
  await using other = await startHetznerCloud({ park: hetzner.park });
  const ask = async ({ token, endpoint }: typeof other) => {
    await hetzner.clone.pulumi("config", "set", "--stack", "prod", "--secret", "hcloud:token", token);
    await hetzner.clone.pulumi("config", "set", "--stack", "prod", "hcloud:endpoint", endpoint);
  };
  await ask(other);
  expect(await prod.refused()).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. hcloud:token
         got:     the token of a project without the volume <id>, on which this stack's state is
         allowed: a token of the stack's own project. If the volume was deleted: openclaw:data.adopt with another one; or, to begin with nothing, destroy this stack first
         type:    npm run pulumi -- config set --stack prod --secret hcloud:token"
  `);
  expect(other.requests.filter(({ method }) => method !== "GET")).toEqual([]);
  await ask(hetzner.cloud);
  expect(await prod.planned()).toEqual({});
});

test("with a token of another project in HCLOUD_TOKEN, nothing that is not found there is forgotten", async () => {
  await using other = await startHetznerCloud({ park: hetzner.park });
  const settings = ["hcloud:token", "hcloud:endpoint"];
  for (const name of settings) await hetzner.clone.pulumi("config", "rm", "--stack", "prod", name);
  const changeWith = ({ token, endpoint }: Pick<typeof other, "token" | "endpoint">, command: string) => {
    const words = [command, "--stack", "prod", "--yes", "--skip-preview"];
    return hetzner.clone.npmWith({ HCLOUD_TOKEN: token, HCLOUD_ENDPOINT: endpoint }, "pulumi", ...words);
  };
  const unchanged = { exitCode: 0, output: expect.stringMatching(/Resources:\n\s+\d+ unchanged/) as string };
  expect(await changeWith(hetzner.cloud, "up")).toMatchObject(unchanged);
  const inState = async (): Promise<readonly unknown[]> => {
    const state = JSON.parse(await prod.pulumi("stack", "export")) as {
      deployment: { resources: { urn: string; id?: string }[] };
    }; // Pulumi's own format
    return state.deployment.resources.map(({ urn, id }) => ({ urn, id }));
  };
  const before = await inState();
  const { exitCode, output } = await changeWith(other, "up");
  expect(exitCode).not.toBe(0);
  expect(output).toContain("the token of a project without the volume");
  expect(await changeWith(other, "refresh")).toMatchObject(unchanged);
  expect(await inState()).toEqual(expect.arrayContaining([...before]));
  expect(other.requests.filter(({ method }) => method !== "GET")).toEqual([]);

  hetzner.cloud.renewToken();
  expect((await changeWith(hetzner.cloud, "up")).output).toContain(
    "HCLOUD_TOKEN is another one than the stack was deployed with",
  );
  await hetzner.clone.pulumi("config", "set", "--stack", "prod", "hcloud:endpoint", hetzner.cloud.endpoint);
  await hetzner.clone.pulumi("config", "set", "--stack", "prod", "--secret", "hcloud:token", hetzner.cloud.token);
  const taken = await hetzner.clone.npm(
    "pulumi",
    "up",
    "--stack",
    "prod",
    "--refresh=false",
    "--yes",
    "--skip-preview",
  );
  expect(taken.exitCode, taken.output).toBe(0);
  expect(await prod.planned()).toEqual({});
});

test("a token that is refused, and an API that is not there, are said as they are", async () => {
  const config = (...words: string[]) => hetzner.clone.pulumi("config", "set", "--stack", "prod", ...words);
  await config("--secret", "hcloud:token", "x".repeat(64));
  expect((await hetzner.clone.npm("pulumi", "preview", "--stack", "prod", "--refresh=false")).output).toContain(
    "Hetzner Cloud refuses the API token. Make a new one (project, Security, API tokens, read & write), then: npm run pulumi -- config set --stack prod --secret hcloud:token",
  );
  await config("--secret", "hcloud:token", hetzner.cloud.token);
  await config("hcloud:endpoint", "http://127.0.0.1:39999/v1");
  expect((await hetzner.clone.npm("pulumi", "preview", "--stack", "prod", "--refresh=false")).output).toContain(
    "Hetzner Cloud cannot be reached at http://127.0.0.1:39999/v1: connect ECONNREFUSED 127.0.0.1:39999",
  );
  await config("hcloud:endpoint", hetzner.cloud.endpoint);
});

test("a token that was revoked is still used by a refresh: how to take up the new one is said, and does it", async () => {
  hetzner.cloud.renewToken();
  await hetzner.clone.pulumi("config", "set", "--stack", "prod", "--secret", "hcloud:token", hetzner.cloud.token);
  const { output, exitCode } = await prod.attempt("up");
  expect(exitCode).not.toBe(0);
  const [, command = output] = /take up the new one first:\n\n {2}npm run pulumi -- (.*)/.exec(output) ?? [];
  expect(command).toBe("up --stack prod --refresh=false");
  const taken = await hetzner.clone.npm("pulumi", ...command.split(" "), "--yes", "--skip-preview");
  expect(taken.exitCode, taken.output).toBe(0);
  expect(await prod.up()).toMatch(/Resources:\n\s+\d+ unchanged/);
});
