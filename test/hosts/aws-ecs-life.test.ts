/**
 * The life of a gateway on ECS: the real Pulumi, the real AWS command line and the real OpenClaw, in a simulated account
 * whose tasks run. One life, because each step starts where the one before it ended.
 */
import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openclawVersions } from "../../components/local/versions.ts";
import { leftovers } from "../clouds/aws/plugin/leftovers.ts";
import { docker } from "../clouds/machines/engine.ts";
import { openclawImage } from "../clouds/machines/images.ts";
import { connects } from "../support/connects.ts";
import { crashes } from "../support/hosts/image-variants.ts";
import { startDevice, type Device } from "../support/ecs/device.ts";
import { logLines } from "../support/ecs/log-lines.ts";
import { startMountTarget, startNeighbour } from "../support/ecs/network-hosts.ts";
import { ways } from "../support/ecs/ways.ts";
import { gatewayLives, type GatewayLives } from "../support/ecs/gateway-lives.ts";
import { leaseRow } from "../support/ecs/lease.ts";
import { domain, ecsDeployment, type EcsDeployment } from "../support/ecs/ecs-deployment.ts";

const [newest, before] = openclawVersions;
/** A secret of the gateway's, which nobody may find in what `up` prints, or in a log. */
const canary = "canary-5b8e7c21d0";
/** The gateway's tokens, all there were. */
const tokens = new Set<string>();
let d: EcsDeployment;
let lives: GatewayLives | undefined;
let device: Device | undefined;
/** When the device had connected. */
let connected = 0;
let fileSystem = "";
let token = "";

beforeAll(async () => {
  d = await ecsDeployment({ access: "https", cidr: "10.73.0.0/24", timings: { targetSecondMs: 300 } });
  for (const version of openclawVersions) await openclawImage(version);
  await d.set("gateway.version", before);
  await d.set("secrets.ANTHROPIC_API_KEY", canary, "--secret");
  // Without a NAT gateway, whose zone may be lost.
  await d.set("network.egress", "public");
});

afterAll(async () => {
  lives?.stop();
  await device?.remove();
  await d[Symbol.asyncDispose]();
});

/** What every state of the life must satisfy: the gateway answers through its name, to its own token only, and has its state. */
async function expectGateway(version: string): Promise<void> {
  ({ token } = await d.outputs());
  tokens.add(token);
  expect(JSON.parse((await d.ask("/healthz")).body)).toEqual({ ok: true, status: "live" });
  expect((await d.ask("/tools/invoke", token)).status).toBe(200);
  expect((await d.ask("/tools/invoke", "0".repeat(96))).status).toBe(401);
  expect(await d.inShell("openclaw", "--version")).toContain(`OpenClaw ${version}`);
  expect(readFileSync(note(), "utf8")).toBe("kept");
}

/** A file in the workspace: the state that must survive everything. */
const note = (): string => d.file(fileSystem, "state/workspace/MEMORY.md");

/** What `openclaw devices list --json` prints. */
interface Devices {
  readonly pending: readonly { readonly requestId: string; readonly clientId: string }[];
  readonly paired: readonly { readonly connected: boolean }[];
}

const devices = async (): Promise<Devices> =>
  JSON.parse(await d.inShell("openclaw", "devices", "list", "--json")) as Devices;

test("from nothing, on an empty file system, to a verified gateway behind the load balancer's name", async () => {
  expect(await d.up()).not.toContain(canary);
  const { data } = await d.outputs();
  fileSystem = data.id;
  expect(existsSync(d.file(fileSystem, "releases"))).toBe(false);
  mkdirSync(dirname(note()), { recursive: true });
  writeFileSync(note(), "kept");
  for (const path of [dirname(note()), note()]) chownSync(path, 1000, 1000);
  lives = gatewayLives(fileSystem);
  await expectGateway(before);
});

test("A4: a device that asks is approved with the pasted command, through ECS Exec", async () => {
  const asks = await startDevice({ address: await d.address(), token });
  device = asks;
  // Each look at the devices is an OpenClaw of its own, which takes from this one its time to start.
  await expect.poll(() => asks.log(), { timeout: 240_000, interval: 500 }).toMatch(/pairing required/i);
  const { pending } = await devices();
  expect(pending).toHaveLength(1);
  const [asking] = pending;
  expect(asking?.clientId).toBe("node-host");
  const id = asking?.requestId ?? "";
  expect(await d.paste("approveDevice")).toContain(`Selected pending device request ${id}\n`);
  expect(await devices()).toMatchObject({ pending: [{ requestId: id }], paired: [] });
  await d.paste("approveDevice", id);
  expect(await devices()).toMatchObject({ pending: [], paired: [{ connected: false }] });
  await device.restart();
  await expect.poll(() => asks.log(), { timeout: 120_000, interval: 500 }).toContain("node host gateway connected");
  await expect.poll(devices, { timeout: 120_000, interval: 500 }).toMatchObject({ paired: [{ connected: true }] });
  connected = Date.now();
});

test("O2: each command of the outputs works as it is pasted", async () => {
  expect(await d.paste("status")).toMatch(/rollout: COMPLETED[^]*reached a steady state/);
  const verified = /\[entrypoint\] release [0-9a-f]{12} is verified/;
  expect(await d.pasteUntil(verified, "logs")).toMatch(verified);
  const [, link = ""] = /(https:\S+)/.exec(await d.paste("open")) ?? [];
  expect(link).toContain(`https://${domain}/#bootstrapToken=`);
  expect(link).not.toContain(token);
  expect(await d.paste("cli", "--version")).toContain(`OpenClaw ${before}`);
});

test("a WebSocket through the load balancer is held for longer than a minute", async () => {
  await sleep(Math.max(0, connected + 65_000 - Date.now()));
  expect(await devices()).toMatchObject({ paired: [{ connected: true }] });
  expect(await device?.log()).not.toMatch(/closed|reconnect/);
});

test("O2: restart: the gateway ends in order, and a new task of the same release goes on with its state", async () => {
  const [old, release] = [d.task(), readFileSync(d.file(fileSystem, "release.json"), "utf8")];
  expect(await d.paste("restart")).toMatch(/^gateway-service-[0-9a-f]{7}\n?$/);
  const isHealthy = () =>
    d.world.tasks
      .tasks()
      .some(({ order, running }) => order.id !== old.order.id && running.state().health === "HEALTHY");
  await expect.poll(isHealthy, { timeout: 600_000, interval: 500 }).toBe(true);
  const { stop, containers } = old.running.state();
  expect(stop?.code).toBe("ServiceSchedulerInitiated");
  expect(containers.find(({ name }) => name === "gateway")?.exitCode).toBe(0);
  expect(d.task().order.definition.taskDefinitionArn).toBe(old.order.definition.taskDefinitionArn);
  expect(readFileSync(d.file(fileSystem, "release.json"), "utf8")).toBe(release);
  await expectGateway(before);
  // It comes back by itself.
  await expect.poll(devices, { timeout: 120_000, interval: 500 }).toMatchObject({ paired: [{ connected: true }] });
  expect(await d.planned()).toEqual({});
});

test("O3, O8: the next version and another token: a new task goes on with the state, and the old token is refused", async () => {
  const old = token;
  await d.set("gateway.version", newest);
  await d.set("gateway.tokenVersion", "2");
  const planned = await d.planned();
  expect(planned).toMatchObject({ "gateway-token": "replace", "gateway-task": "replace", "gateway-service": "update" });
  await d.up();
  await expectGateway(newest);
  expect(token).not.toBe(old);
  expect((await d.ask("/tools/invoke", old)).status).toBe(401);
});

test("an image that damages the state and ends: the old task and the old state come back, and up says why", async () => {
  const image = `openclaw-test/variant:${newest}-crashes`;
  const lines = [`FROM ${await openclawImage(newest)}`, ...crashes, ""];
  await docker(["build", "--quiet", "--tag", image, "-"], { input: lines.join("\n") });
  await d.set("gateway.image.reference", `ghcr.io/openclaw/openclaw:${newest}-crashes`);
  const { output, exitCode } = await d.attempt("up");
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(
    /did not become the gateway: ECS went back to the task before, \S+, which runs again, with its state/,
  );
  expect(output).toContain("container gateway: ended with 1");
  expect(output).toContain("cannot read the model registry");
  expect(output).not.toContain(canary);
  await expectGateway(newest);
  expect(readdirSync(d.file(fileSystem, "rejected")).length).toBeGreaterThan(0);
  await d.unset("gateway.image");
});

test("a zone that is lost: the gateway comes back in the other, once its lease is over", async () => {
  const database = d.file(fileSystem, "state/state/openclaw.sqlite");
  const [killed, life] = [d.task(), lives?.all().at(-1)];
  const { zone = "" } = killed.running.state();
  d.world.park.loseZone(zone);
  const lost = Date.now();
  const row = leaseRow(database);
  expect(row?.host).toBe(life?.hostname);
  expect(row?.expiresAt).toBeGreaterThan(lost + 200_000);
  const waits = `the gateway on ${String(row?.host)} has not given up this state; its lease ends at ${new Date(row?.expiresAt ?? 0).toISOString()}`;
  await expect
    .poll(async () => (await logLines(d.aws)).includes(`[entrypoint] ${waits}`), { timeout: 200_000, interval: 1000 })
    .toBe(true);
  const again = () =>
    d.world.tasks.tasks().find(({ desired, running }) => desired === "RUNNING" && running.state().health === "HEALTHY");
  await expect.poll(again, { timeout: 600_000, interval: 1000 }).toBeDefined();
  console.info(`zone lost → healthy in the other: ${((Date.now() - lost) / 1000).toFixed(0)} s`);
  expect(d.task().running.state().zone).not.toBe(zone);
  const next = lives?.all().at(-1);
  expect(next?.hostname).not.toBe(life?.hostname);
  // No gateway process before the lease of the one that was killed had ended.
  expect((next?.begun ?? 0) - (life?.seen ?? 0)).toBeGreaterThan(((row?.expiresAt ?? 0) - lost) / 1000 - 2);
  expect(leaseRow(database)?.host).toBe(next?.hostname);
  await expectGateway(newest);
});

test("two gateways never ran on the file system at once", () => {
  console.info(lives?.all().map(({ hostname, begun, seen }) => `${hostname} ${String(begun)} to ${String(seen)}`));
  // The first, the restarted one, the next version, the bad image's undoing, the other zone.
  expect(lives?.all().length).toBeGreaterThanOrEqual(5);
  expect(lives?.overlaps()).toEqual([]);
});

test("exposure: from the internet 443, and 80 that redirects; behind it only the two ways that are meant", async () => {
  const address = await d.address();
  const { running } = d.task();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get({ host: address, path: "/a?b=c", headers: { host: domain }, agent: false }, resolve).on("error", reject);
  const { statusCode, headers } = await promise;
  expect([statusCode, headers.location]).toEqual([301, `https://${domain}:443/a?b=c`]);
  const open = [];
  for (const port of [22, 80, 443, 2049, 18_789]) if (await connects(address, port)) open.push(port);
  expect(open).toEqual([80, 443]);
  expect(await connects(running.state().address ?? "", 18_789)).toBe(false);
  expect(await ways(d)).toEqual({
    "internet → load balancer": [80, 443],
    "load balancer → task": [18_789],
    "task → file system": [2049],
    // As everybody on the internet.
    "task → load balancer": [80, 443],
  });
});

test("exposure: a neighbour in the network reaches nothing, as it would by rules that are too open", async () => {
  const { order, running } = d.task();
  const { address = "" } = running.state();
  const [group = ""] = order.network.securityGroups ?? [];
  const { MountTargets: [mounted] = [] } = await d.aws.efs.describeMountTargets({ FileSystemId: fileSystem });
  const { SecurityGroups: groups = [] } = await d.aws.efs.describeMountTargetSecurityGroups({
    MountTargetId: mounted?.MountTargetId,
  });
  const target = await startMountTarget(d, groups);
  const neighbour = await startNeighbour(d);
  const reached = async () => ({
    task: await neighbour.open(address, [80, 443, 2049, 18_789]),
    files: await neighbour.open(target.address, [2049]),
  });
  expect(await reached()).toEqual({ task: [], files: [] });
  const mount = ["timeout", "5", "bash", "-c", `exec 3<>/dev/tcp/${target.address}/2049`];
  expect((await running.exec("shell", mount)).exitCode).toBe(0);
  const everything = [{ IpProtocol: "tcp", FromPort: 0, ToPort: 65_535, IpRanges: [{ CidrIp: "10.73.0.0/24" }] }];
  const rules = [group, ...groups].map((GroupId) => ({ GroupId, IpPermissions: everything }));
  for (const rule of rules) await d.aws.ec2.authorizeSecurityGroupIngress(rule);
  await d.world.park.look();
  expect(await reached()).toEqual({ task: [18_789], files: [2049] });
  for (const rule of rules) await d.aws.ec2.revokeSecurityGroupIngress(rule);
  await d.world.park.look();
  expect(await reached()).toEqual({ task: [], files: [] });
  await Promise.all([neighbour.remove(), target.remove()]);
});

test("no secret is in the log of any task, but what the bad image itself printed", async () => {
  const lines = (await logLines(d.aws)).filter((line) => !line.includes("cannot read the model registry with"));
  expect(lines.filter((line) => /\[entrypoint\] release \S+ is verified/.test(line)).length).toBeGreaterThan(0);
  for (const secret of [canary, ...tokens]) expect(lines.filter((line) => line.includes(secret))).toEqual([]);
});

test("G7: destroy leaves the state, its copies and what AWS keeps for a while; a new stack goes on with it only when told", async () => {
  expect(await d.destroy()).toContain(fileSystem);
  expect(Object.keys(await leftovers(d.aws))).toEqual(["fileSystems", "secrets", "vaults"]);
  const refused = await d.attempt("up");
  expect(refused.exitCode).not.toBe(0);
  expect(refused.output).toContain(`openclaw:data.adopt ${fileSystem}`);
  await d.set("data.adopt", fileSystem);
  await d.up();
  await expectGateway(newest);
  expect((await d.outputs()).data.id).toBe(fileSystem);
  expect(lives?.overlaps()).toEqual([]);
});

test("what is to be deleted is deleted", async () => {
  await d.set("data.onDestroy", "delete");
  await d.up();
  await d.destroy();
  // The copies are the first stack's, which was told to keep them.
  const { vaults, ...left } = await leftovers(d.aws);
  expect(vaults).toHaveLength(1);
  expect(Object.keys(left)).toEqual(["secrets"]);
});
