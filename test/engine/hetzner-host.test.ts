/**
 * The life of a host at Hetzner Cloud: the real Pulumi, the real provider, the simulated API in front of machines that
 * are only written down, and in place of each an SSH server that boots at once. What runs on hosts is left out here.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { startHetznerCloud, type HetznerCloud } from "../clouds/hetzner/hetzner-cloud.ts";
import type { ServerBoot } from "../clouds/hetzner/park.ts";
import { recordedPark, type RecordedPark } from "../clouds/hetzner/recorded-park.ts";
import { deployer, type CommandResult, type Deployer } from "../support/deployer.ts";
import { fakeSshHost, type FakeSshHost } from "../support/fake-ssh-host.ts";
import { until } from "../support/until.ts";
import { hetzner, otherKey } from "../unit/bad-configurations.ts";

/** In place of what runs on hosts. */
const stub = `
import * as pulumi from "@pulumi/pulumi";
export class ContainerGateway extends pulumi.ComponentResource {
  constructor(name, args, opts) {
    super("openclaw:container:Gateway", name, {}, opts);
    this.token = pulumi.secret("token");
    this.url = args.host.ready.id.apply(() => "http://127.0.0.1:" + args.spec.port + "/");
    this.releaseId = pulumi.all([args.host.identity, args.host.data]).apply(([identity, { device, sizeGb }]) => [identity, device, sizeGb].join(" "));
    this.downtimeSeconds = pulumi.output(undefined);
    this.registerOutputs({});
  }
}
`;

let clone: Deployer;
let park: RecordedPark;
let cloud: HetznerCloud;
const hosts = new Map<number, FakeSshHost>();

/** A park whose machines have an SSH server with the host key of their user data. */
function parkWithSsh(): RecordedPark {
  const recorded = recordedPark();
  const close = async (id: number): Promise<void> => {
    await hosts.get(id)?.[Symbol.asyncDispose]();
    hosts.delete(id);
  };
  return Object.assign(Object.create(recorded) as RecordedPark, {
    bootServer: async (boot: ServerBoot) => {
      const { ssh_keys: keys } = parse(boot.userData) as { ssh_keys: { ed25519_private: string } };
      await recorded.bootServer(boot);
      hosts.set(boot.id, await fakeSshHost(boot.ipv4 ?? "", 22, keys.ed25519_private));
    },
    destroy: async (id: number) => {
      await close(id);
      await recorded.destroy(id);
    },
    [Symbol.asyncDispose]: async () => {
      for (const id of [...hosts.keys()]) await close(id);
    },
  });
}

const set = (key: string, value: string, stack = "prod"): Promise<string> =>
  clone.pulumi("config", "set", "--stack", stack, "--path", `openclaw:${key}`, value);
const unset = (key: string, stack = "prod"): Promise<string> =>
  clone.pulumi("config", "rm", "--stack", stack, "--path", `openclaw:${key}`);

/** `up` without a preview before it, or `destroy`. */
const run = (command: "up" | "destroy", stack = "prod"): Promise<CommandResult> =>
  clone.npm("pulumi", command, "--stack", stack, "--yes", "--skip-preview");

const up = async (stack = "prod"): Promise<string> => {
  const { output, exitCode } = await run("up", stack);
  expect(exitCode, output).toBe(0);
  return output;
};

/** What a preview announces, by resource; what stays the same is left out. */
async function planned(stack = "prod"): Promise<Readonly<Record<string, string>>> {
  const { steps } = JSON.parse(await clone.pulumi("preview", "--stack", stack, "--json")) as {
    steps: { op: string; urn: string }[];
  };
  const changes = steps.filter(({ op }) => !["same", "read", "refresh"].includes(op));
  return Object.fromEntries(changes.map(({ op, urn }) => [urn.split("::").at(-1) ?? "", op]));
}

/** The fault that a preview and an `up` both tell; neither may change anything. */
async function refused(stack = "prod"): Promise<string> {
  const before = cloud.requests.length;
  const { output, exitCode } = await clone.npm("pulumi", "preview", "--stack", stack);
  expect(exitCode, output).not.toBe(0);
  const applied = await run("up", stack);
  expect(applied.exitCode, applied.output).not.toBe(0);
  const changing = cloud.requests.slice(before).filter(({ method }) => method !== "GET");
  expect(changing).toEqual([]);
  const message = (text: string): string =>
    (/ {4}error: (.*?)\n\s*\n(?:Resources|Outputs):/s.exec(text)?.[1] ?? text).replaceAll(/^ {4}/gm, "").trim();
  expect(message(applied.output)).toBe(message(output));
  return message(output).replaceAll(/\b1\d{7}\b/g, "<id>");
}

const output = async (path: string, stack = "prod"): Promise<string> => {
  const outputs: unknown = JSON.parse(await clone.pulumi("stack", "output", "--stack", stack, "--json"));
  return String(path.split(".").reduce<unknown>((value, part) => Reflect.get(value as object, part), outputs));
};

const only = <T>(shelf: ReadonlyMap<number, T>): T => {
  const [item, ...rest] = shelf.values();
  if (item === undefined || rest.length > 0) throw new Error(`${String(shelf.size)} of them`);
  return item;
};
const journal = (): readonly string[] => only(park.machines).journal;

async function newStack(stack: string): Promise<void> {
  const made = await clone.npm("new", stack, "--target", "hetzner");
  expect(made.output).toContain(`config set --stack ${stack} --secret hcloud:token`);
  const config = (...words: string[]) => clone.pulumi("config", "set", "--stack", stack, ...words);
  await config("--secret", "hcloud:token", cloud.token);
  await config("hcloud:endpoint", cloud.endpoint);
  await config("hcloud:pollInterval", "1ms");
  await config("--path", "openclaw:ssh.allowedCidrs[0]", "127.0.0.0/8");
  await config("--path", "openclaw:ssh.authorizedKeys[0]", hetzner.ssh.authorizedKeys[0] ?? "");
}

beforeAll(async () => {
  clone = deployer("hetzner");
  writeFileSync(join(clone.checkout, "components/container/container-gateway.ts"), stub);
  park = parkWithSsh();
  cloud = await startHetznerCloud({ park });
  await newStack("prod");
});

afterAll(async () => {
  expect(cloud.violations).toEqual([]);
  await cloud[Symbol.asyncDispose]();
  await park[Symbol.asyncDispose]();
  clone.remove();
});

const everything = {
  servers: ["openclaw-prod"],
  volumes: ["openclaw-prod-data"],
  firewalls: ["openclaw-prod-firewall"],
  primaryIps: ["openclaw-prod-ipv4", "openclaw-prod-ipv6"],
  sshKeys: ["openclaw-prod-deploy"],
  networks: [],
  placementGroups: [],
};
const nothing = { ...everything, servers: [], volumes: [], firewalls: [], primaryIps: [], sshKeys: [] };

test("npm run new leaves what exists alone, and says what is allowed", async () => {
  const said = async (...words: string[]): Promise<string> => (await clone.npm("new", ...words)).output;
  expect(await said("prod", "--target", "hetzner")).toBe(
    "stacks/Pulumi.prod.yaml exists already; it was left as it is",
  );
  expect(await said("other", "--target", "azure")).toBe("--target is azure; allowed: local, hetzner");
  expect(await said("other")).toBe("--target is missing; allowed: local, hetzner");
  expect(await said("a/b", "--target", "hetzner")).toBe(
    `"a/b" cannot be a stack's name; allowed: at most 41 letters, digits, - and _`,
  );
  expect(await said("mine", "--target", "local")).toBe("npm start makes the local stack, and deploys it");
  expect(await said("--help")).toContain("npm run new -- hetzner-prod --target hetzner");
  expect(await said("--traget", "hetzner")).toContain("Unknown option '--traget'");
});

test("a size that is sold out, and one that is too small, are refused before anything is created", async () => {
  await set("host.size", "cpx21");
  expect(await refused()).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:host.size
         got:     "cpx21", which is not sold in fsn1 any more
         allowed: what fsn1 has now: cpx22, cx23, ccx13, cx33
         type:    npm run pulumi -- config set --stack prod --path openclaw:host.size cpx22"
  `);
  await set("host.size", "cx23");
  expect(cloud.exists()).toEqual(nothing);
});

/** An `up` that is killed, its whole process group at once, as soon as something holds. */
async function killedUp(what: string, holds: () => boolean): Promise<void> {
  const running = clone.launch("pulumi", "up", "--stack", "prod", "--yes", "--skip-preview");
  let ended: CommandResult | undefined;
  void running.result.then((result) => (ended = result));
  await until(
    what,
    () => {
      if (ended !== undefined) throw new Error(`it ended before ${what}:\n${ended.output}`);
      return holds() || undefined;
    },
    60,
  );
  process.kill(-running.pid, "SIGKILL");
  await running.result;
}

test("an up that was killed while it made something is completed by the next", async () => {
  cloud.failAction({ command: "create_server", afterMs: 3000 });
  await killedUp("a server", () => cloud.project.servers.size === 1);
  await until("the server to run", () => park.machines.size === 1 || undefined);
  cloud.failAction({ command: "attach_volume", afterMs: 3000 });
  await killedUp("the attachment", () => cloud.requests.some(({ operation }) => operation.endsWith("/actions/attach")));
  await until("the volume to be attached", () => only(park.machines).volumes.size === 1 || undefined);
  const text = await up();
  expect(text).toMatch(/cleared the lock of an interrupted run/);
  expect(text).toMatch(/an interrupted run was creating .*\bhost-attachment\b.*: looking what became of it/);
  expect(journal()).toEqual(["boot"]);
  expect(cloud.exists()).toEqual(everything);
  expect(await planned()).toEqual({});
  expect(await run("destroy")).toMatchObject({ exitCode: 0 });
  const { id } = only(cloud.project.volumes);
  await cloud.call("DELETE", `/volumes/${String(id)}`);
  expect(cloud.exists()).toEqual(nothing);
});

test("from nothing to a host with its permanent key", async () => {
  const text = await up();
  expect(text).toContain("the host has its permanent key");
  expect(cloud.exists()).toEqual(everything);

  const { boot, rules, volumes } = only(park.machines);
  expect(rules).toEqual([
    expect.objectContaining({ direction: "in", protocol: "tcp", port: "22", source_ips: ["127.0.0.0/8"] }),
  ]);
  expect([...volumes]).toEqual([Number(await output("data.id"))]);
  expect(boot.ipv4).toBe(await output("host.address"));
  // One private key is in the user data, and it is not the host's any more.
  expect(boot.userData.match(/PRIVATE KEY/g)).toHaveLength(2);
  expect(boot.userData).not.toContain(await output("host.hostKey"));
  expect(await output("release.id")).toMatch(/^hetzner-\d+-cx23 \/dev\/disk\/by-id\/scsi-0HC_Volume_\d+ 10$/);
});

test("an up that changes nothing does nothing", async () => {
  const host = only(hosts);
  const before = host.connections();
  expect(await up()).toMatch(/Resources:\n\s+14 unchanged/);
  expect(await planned()).toEqual({});
  expect(await clone.pulumi("refresh", "--stack", "prod", "--yes", "--skip-preview")).toMatch(/14 unchanged/);
  expect(host.connections()).toBe(before);
});

test("another range changes the firewall, and tries whether it lets the deployer in", async () => {
  await set("ssh.allowedCidrs[1]", "2001:DB8::/48");
  expect(await planned()).toEqual({ "host-firewall": "update", "host-first-connection": "update" });
  await up();
  expect(only(park.machines).rules?.[0]?.source_ips).toEqual(["127.0.0.0/8", "2001:db8::/48"]);
  expect(await planned()).toEqual({});
});

test("another key changes the user data, which is no reason to make another server", async () => {
  await set("ssh.authorizedKeys[0]", otherKey);
  expect(await planned()).toEqual({});
});

test("another type: stopped in order, never switched off", async () => {
  await set("host.size", "cx33");
  expect(await planned()).toEqual({ "host-server": "update", "host-first-connection": "update" });
  park.shutdownMs = 1500;
  const text = await up();
  park.shutdownMs = 0;
  expect(text).toMatch(/stopping the server \d+: its gateway may take 330 s to end in order/);
  expect(journal()).toEqual(["boot", "shutdown", "start"]);
  expect(only(cloud.project.servers)).toMatchObject({ type: { name: "cx33" } });
  expect(await planned()).toEqual({});
});

test("a smaller disk and another architecture need a new server, and say so", async () => {
  await set("host.size", "cax11");
  expect(await refused()).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:host.size
         got:     "cax11" (arm) for a server that is cx33 (x86)
         allowed: types of x86; the other architecture needs a new server: raise openclaw:host.rebuild to 1 too
         type:    npm run pulumi -- config set --stack prod --path openclaw:host.size cx33"
  `);
  await set("host.size", "cx23");
  expect(await planned()).toEqual({ "host-server": "update", "host-first-connection": "update" });
  await set("host.size", "cx33");
});

test("the volume grows in place, and never shrinks", async () => {
  await set("data.sizeGb", "20");
  expect(await planned()).toEqual({ "host-data": "update" });
  await up();
  expect(only(park.disks).sizeGb).toBe(20);
  expect(await output("release.id")).toMatch(/ 20$/);
  await set("data.sizeGb", "15");
  expect(await refused()).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:data.sizeGb
         got:     15
         allowed: 20 or more: that is the size of openclaw-prod-data (<id>), and volumes only grow
         type:    npm run pulumi -- config set --stack prod --path openclaw:data.sizeGb 20"
  `);
  await unset("data.sizeGb");
  expect(await planned()).toEqual({});
});

test("a rebuild makes another server with today's user data, the same addresses and keys, and the volume", async () => {
  const before = { machine: only(park.machines), host: await output("host.hostKey"), data: await output("data.id") };
  const address = await output("host.address");
  const asked = cloud.requests.length;
  await set("host.rebuild", "1");
  expect(await planned()).toEqual({
    "host-bootstrap-key": "replace",
    "host-server": "replace",
    "host-attachment": "replace",
    "host-first-connection": "update",
  });
  await up();

  expect(before.machine.journal.at(-1)).toBe("shutdown");
  const operations = cloud.requests.slice(asked).map(({ operation }) => operation);
  // The volume leaves with its server: it is never taken from a gateway that runs.
  expect(operations).toContain("/volumes/{id}/actions/attach");
  expect(operations).not.toContain("/volumes/{id}/actions/detach");
  const { boot, volumes } = only(park.machines);
  expect(boot.userData).toContain(otherKey);
  expect(boot.userData).not.toBe(before.machine.boot.userData);
  expect([...volumes]).toEqual([Number(before.data)]);
  expect(boot.ipv4).toBe(address);
  expect(await output("host.hostKey")).toBe(before.host);
  expect(await output("data.id")).toBe(before.data);
  expect(await planned()).toEqual({});
});

test("a server that was deleted behind the stack's back comes back, with its volume", async () => {
  const { boot } = only(park.machines);
  await cloud.call("DELETE", `/servers/${String(boot.id)}`);
  await until("the server to be gone", () => park.machines.size === 0 || undefined);
  expect(await planned()).toEqual({
    "host-server": "create",
    "host-attachment": "create",
    "host-first-connection": "update",
  });
  await up();
  const again = only(park.machines);
  expect(again.boot.id).not.toBe(boot.id);
  expect(again.boot.ipv4).toBe(boot.ipv4);
  expect([...again.volumes]).toEqual([Number(await output("data.id"))]);
  expect(await planned()).toEqual({});
});

test("a server that somebody switched off is switched on", async () => {
  const { boot, journal: seen } = only(park.machines);
  await cloud.call("POST", `/servers/${String(boot.id)}/actions/poweroff`);
  await until("the server to be off", () => seen.at(-1) === "powerOff" || undefined);
  expect(await up()).toContain("the server openclaw-prod is off, switching it on");
  expect(seen.slice(-2)).toEqual(["powerOff", "start"]);
});

test("another region is refused: the data does not move", async () => {
  await set("host.region", "hel1");
  expect(await refused()).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:host.region
         got:     "hel1" for a server of the data volume openclaw-prod-data (<id>), which is in fsn1
         allowed: fsn1: a server is where its data is, and a volume does not move
         type:    npm run pulumi -- config set --stack prod --path openclaw:host.region fsn1"
  `);
  await set("host.region", "fsn1");
});

test("a token that is refused, and an API that is not there, are said as they are", async () => {
  const config = (...words: string[]) => clone.pulumi("config", "set", "--stack", "prod", ...words);
  await config("--secret", "hcloud:token", "x".repeat(64));
  expect((await clone.npm("pulumi", "preview", "--stack", "prod", "--refresh=false")).output).toContain(
    "Hetzner Cloud refuses the API token.",
  );
  await config("--secret", "hcloud:token", cloud.token);
  await config("hcloud:endpoint", "http://127.0.0.1:39999/v1");
  expect((await clone.npm("pulumi", "preview", "--stack", "prod", "--refresh=false")).output).toContain(
    "Hetzner Cloud cannot be reached at http://127.0.0.1:39999/v1: connect ECONNREFUSED 127.0.0.1:39999",
  );
  await config("hcloud:endpoint", cloud.endpoint);
});

test("destroy leaves the volume, though the host is dead, and says how to go on with it", async () => {
  const id = await output("data.id");
  await only(hosts)[Symbol.asyncDispose]();
  hosts.clear();
  const { output: text, exitCode } = await run("destroy");
  expect(exitCode, text).toBe(0);
  expect(text).toContain(`The gateway's state was kept: the volume ${id}, which goes on costing money.`);
  expect(text).toContain(`npm run pulumi -- config set --stack prod --path openclaw:data.adopt ${id}`);
  expect(cloud.exists()).toEqual({ ...nothing, volumes: ["openclaw-prod-data"] });
});

test("a new stack does not take over silently what was kept, and adopts it when told to", async () => {
  const { id } = only(cloud.project.volumes);
  const message = await refused();
  expect(message).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:data.adopt
         got:     nothing, and there is a volume openclaw-prod-data (<id>, 20 GB in fsn1) already: an earlier stack's, whose state was kept
         allowed: its id: this stack then goes on with that state; or another name for the stack
         type:    npm run pulumi -- config set --stack prod --path openclaw:data.adopt <id>"
  `);

  await set("data.adopt", "4711");
  expect(await refused()).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:data.adopt
         got:     4711
         allowed: the id of a volume in the project of the API token
         type:    npm run pulumi -- config rm --stack prod --path openclaw:data.adopt"
  `);
  await set("data.adopt", String(id));
  await set("host.region", "nbg1");
  expect(await refused()).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:host.region
         got:     "nbg1" for a server of the data volume openclaw-prod-data (<id>), which is in fsn1
         allowed: fsn1: a server is where its data is, and a volume does not move
         type:    npm run pulumi -- config set --stack prod --path openclaw:host.region fsn1"
  `);
  await set("host.region", "fsn1");

  expect(await planned()).toMatchObject({ "host-data": "import", "host-server": "create" });
  await up();
  expect([...only(park.machines).volumes]).toEqual([id]);
  expect(await planned()).toEqual({});
  await set("data.sizeGb", "30");
  expect(await planned()).toEqual({ "host-data": "update" });
  // The word has done its work, and may go.
  await unset("data.adopt");
  await unset("data.sizeGb");
  expect(await planned()).toEqual({});
});

test("a stack with another name adopts, too; what is in use is not adopted", async () => {
  const { id } = only(cloud.project.volumes);
  await newStack("second");
  await set("data.adopt", String(id), "second");
  expect(await refused("second")).toMatchInlineSnapshot(`
    "the configuration of stack "second" has 1 fault; nothing was changed

      1. openclaw:data.adopt
         got:     <id>, which is attached to the server <id>
         allowed: a volume that no other server uses: destroy its stack, or detach it there
         type:    npm run pulumi -- config rm --stack second --path openclaw:data.adopt"
  `);
  await run("destroy");
  await set("data.sizeGb", "40", "second");
  await up("second");
  expect(only(park.disks).sizeGb).toBe(20);
  expect(await planned("second")).toEqual({ "host-data": "update" });
  await up("second");
  expect(only(park.disks).sizeGb).toBe(40);
  expect(only(cloud.project.volumes).name).toBe("openclaw-prod-data");
});

test("what is to be deleted is deleted: nothing is left that costs money", async () => {
  await set("data.onDestroy", "delete", "second");
  await up("second");
  const { output: text, exitCode } = await run("destroy", "second");
  expect(exitCode, text).toBe(0);
  expect(text).not.toContain("was kept");
  expect(cloud.exists()).toEqual(nothing);
  expect(cloud.costs()).toEqual([]);
});
