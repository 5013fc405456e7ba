/** What `destroy` keeps at Hetzner Cloud, and how a stack goes on with it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { hetznerWithoutHosts, nothingAtAll, only, type HetznerWithoutHosts } from "../support/hetzner-without-hosts.ts";
import type { HetznerStack } from "../support/hetzner-stack.ts";

let hetzner: HetznerWithoutHosts;
let prod: HetznerStack;
let second: HetznerStack;

beforeAll(async () => {
  hetzner = await hetznerWithoutHosts("127.79");
  prod = await hetzner.newStack("prod");
  await prod.set("data.sizeGb", "20");
  await prod.up();
  await prod.unset("data.sizeGb");
});

afterAll(() => hetzner[Symbol.asyncDispose]());

test("destroy leaves the volume, though the host is dead, and says how to go on with it", async () => {
  const id = (await prod.outputs()).data.id;
  await only(hetzner.park.hosts)[Symbol.asyncDispose]();

  const { output: text, exitCode } = await prod.attempt("destroy");
  expect(exitCode, text).toBe(0);
  expect(text).toContain(`The gateway's state was kept: the volume ${id}, which goes on costing money.`);
  // Once in the outputs, which Pulumi itself shows when they go; once by `npm run pulumi`.
  expect(text.split(`npm run pulumi -- config set --stack prod --path openclaw:data.adopt ${id}`)).toHaveLength(3);
  expect(hetzner.cloud.exists()).toEqual({ ...nothingAtAll, volumes: ["openclaw-prod-data"] });
});

test("a new stack does not take over silently what was kept, and adopts it when told to", async () => {
  const { id } = only(hetzner.cloud.project.volumes);
  const message = await prod.refused();
  expect(message).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:data.adopt
         got:     nothing, and there is a volume openclaw-prod-data (<id>, 20 GB in fsn1) already: an earlier stack's, whose state was kept
         allowed: its id: this stack then goes on with that state; or another name for the stack
         type:    npm run pulumi -- config set --stack prod --path openclaw:data.adopt <id>"
  `);

  await prod.set("data.adopt", "4711");
  expect(await prod.refused()).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:data.adopt
         got:     4711
         allowed: the id of a volume in the project of the API token
         type:    npm run pulumi -- config rm --stack prod --path openclaw:data.adopt"
  `);
  await prod.set("data.adopt", String(id));
  await prod.set("host.region", "nbg1");
  expect(await prod.refused()).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:host.region
         got:     "nbg1" for a server of the data volume openclaw-prod-data (<id>), which is in fsn1
         allowed: fsn1: a server is where its data is, and a volume does not move
         type:    npm run pulumi -- config set --stack prod --path openclaw:host.region fsn1"
  `);
  await prod.set("host.region", "fsn1");

  expect(await prod.planned()).toMatchObject({ "host-data": "import", "host-server": "create" });
  await prod.up();
  expect([...only(hetzner.park.machines).volumes]).toEqual([id]);
  expect(await prod.planned()).toEqual({});
  await prod.set("data.sizeGb", "30");
  expect(await prod.planned()).toEqual({ "host-data": "update" });
  // The word has done its work, and may go.
  await prod.unset("data.adopt");
  await prod.unset("data.sizeGb");
  expect(await prod.planned()).toEqual({});
});

test("a stack with another name adopts, too; what is in use is not adopted", async () => {
  const { id } = only(hetzner.cloud.project.volumes);
  second = await hetzner.newStack("second");
  await second.set("data.adopt", String(id));
  expect(await second.refused()).toMatchInlineSnapshot(`
    "the configuration of stack "second" has 1 fault; nothing was changed

      1. openclaw:data.adopt
         got:     <id>, which is attached to the server <id>
         allowed: a volume that no other server uses: destroy its stack first
         type:    npm run pulumi -- config rm --stack second --path openclaw:data.adopt"
  `);
  await prod.destroy();
  await second.set("data.sizeGb", "40");
  expect(await second.planned()).toMatchObject({ "host-data": "import", "host-server": "create" });
  const text = await second.up();
  expect(text).toMatch(/growing the volume \d+ from 20 to 40 GB/);
  expect(text).toMatch(/the volume \d+, openclaw-prod-data, is openclaw-second-data from now on/);
  expect(only(hetzner.park.disks).sizeGb).toBe(40);
  expect(only(hetzner.cloud.project.volumes)).toMatchObject({ id, name: "openclaw-second-data" });
  expect(await second.planned()).toEqual({});
});

/** The volume of a stack that adopted it neither goes, nor moves, nor shrinks, whatever is asked for. */
async function expectVolumeStays(name: string): Promise<void> {
  await second.set("host.region", "hel1");
  expect(await second.refused()).toBe(`the configuration of stack "second" has 1 fault; nothing was changed

  1. openclaw:host.region
     got:     "hel1" for a server of the data volume ${name} (<id>), which is in fsn1
     allowed: fsn1: a server is where its data is, and a volume does not move
     type:    npm run pulumi -- config set --stack second --path openclaw:host.region fsn1`);
  await second.set("host.region", "fsn1");
  await second.set("data.sizeGb", "30");
  expect(await second.refused()).toBe(`the configuration of stack "second" has 1 fault; nothing was changed

  1. openclaw:data.sizeGb
     got:     30
     allowed: 40 or more: that is the size of ${name} (<id>), and volumes only grow
     type:    npm run pulumi -- config set --stack second --path openclaw:data.sizeGb 40`);
  await second.unset("data.sizeGb");
}

test("data.adopt may be taken out again: the volume stays the stack's own", async () => {
  await second.unset("data.adopt");
  await second.unset("data.sizeGb");
  expect(await second.planned()).toEqual({});
  await expectVolumeStays("openclaw-second-data");
});

test("a volume that somebody renamed and relabelled is found on its server, and gets its name back", async () => {
  const { id } = only(hetzner.cloud.project.volumes);
  await hetzner.cloud.call("PUT", `/volumes/${String(id)}`, { name: "renamed", labels: {} });
  await expectVolumeStays("renamed");
  expect(await second.planned()).toEqual({ "host-data": "update" });
  await second.up();
  expect(only(hetzner.cloud.project.volumes)).toMatchObject({ id, name: "openclaw-second-data", size: 40 });
  expect(await second.planned()).toEqual({});
});

test("what is to be deleted is deleted: nothing is left that costs money", async () => {
  await second.set("data.onDestroy", "delete");
  await second.up();
  const { output: text, exitCode } = await second.attempt("destroy");
  expect(exitCode, text).toBe(0);
  expect(text).not.toContain("was kept");
  expect(hetzner.cloud.exists()).toEqual(nothingAtAll);
  expect(hetzner.cloud.costs()).toEqual([]);
});
