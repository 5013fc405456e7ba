import { Command } from "@pulumi/command/local/index.js";
import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { baselineStage, confirmStage, dockerRepository, type BaselineParameters } from "../../cloud-init/baseline.ts";
import { ContainerGateway, type ContainerGatewayArgs } from "../../components/container/container-gateway.ts";
import { containerPaths } from "../../components/container/container-release.ts";
import { stageCommand, type StageDocument } from "../../components/container/stage.ts";
import type { GatewayHost } from "../../components/host/gateway-host.ts";
import { stageDocument } from "../support/stage-document.ts";
import { record, type Recording, type RegisteredResource } from "../support/mocks.ts";

const token = "c".repeat(96);
const deployKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGEWWqDKTvK5KvG3 deploy";
const ownKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8dXpTzu3b own";

const host = (change: Partial<GatewayHost> = {}): GatewayHost => ({
  provider: "cloud",
  connection: pulumi.output({ host: "203.0.113.9", user: "deploy", hostKey: "ssh-ed25519 AAAA", privateKey: "pk" }),
  identity: pulumi.output("machine-1"),
  address: pulumi.output("203.0.113.9"),
  sshUser: "deploy",
  sshPort: 22,
  hostKey: pulumi.output("ssh-ed25519 AAAA"),
  deployKey: pulumi.output(deployKey),
  data: pulumi.output({ id: "7", device: "/dev/disk/by-id/volume-7", sizeGb: 20 }),
  metadata: [{ address: "169.254.169.254" }],
  ready: new Command("ready", { create: "true" }),
  ...change,
});

const args = (change: Partial<ContainerGatewayArgs> = {}): ContainerGatewayArgs => ({
  host: host(),
  owner: "organization/openclaw/prod",
  spec: { version: "2026.9.6", port: 18789, bind: "lan", paths: containerPaths, config: {} },
  image: { reference: "ghcr.io/openclaw/openclaw:2026.9.6", packages: [], binaries: [] },
  memoryMiB: 2048,
  env: { A: "plain" },
  secrets: { KEY: pulumi.secret("canary") },
  tokenVersion: 1,
  baseline: {
    ssh: { allowedCidrs: ["203.0.113.7/32"], allowWorld: false, authorizedKeys: [ownKey], tunnelKeys: [] },
    docker: { source: "docker", ...dockerRepository },
    reboot: { time: "04:00" },
    logs: { journalMaxMiB: 500, containerMaxMiB: 10, containerFiles: 3 },
  },
  ...change,
});

const outputs = {
  "random:index/randomBytes:RandomBytes": { hex: token },
  "command:remote:Command": { stdout: 'verified\n{"release":"0123456789ab","downtimeSeconds":13.2}\n' },
};

/** @param change made inside of the program, because it makes resources */
const build = async (
  change: () => Partial<ContainerGatewayArgs> = () => ({}),
): Promise<Recording & { gateway: ContainerGateway }> => {
  let gateway: ContainerGateway | undefined;
  const recording = await record(() => {
    gateway = new ContainerGateway("gateway", args(change()));
  }, outputs);
  if (gateway === undefined) throw new Error("no gateway");
  return { ...recording, gateway };
};

const named = ({ resources }: Recording, name: string): RegisteredResource => {
  const found = resources.find((resource) => resource.name === name);
  if (found === undefined) throw new Error(`no resource ${name}`);
  return found;
};

const stages = ["gateway-baseline", "gateway-confirm", "gateway-release"];

const stageOf = (recording: Recording, name: string): StageDocument =>
  stageDocument(String(named(recording, name).inputs["stdin"]));

const value = <T>(output: pulumi.Output<T>): Promise<T> =>
  // An output's promise is not in its typings.
  (output as unknown as { promise: () => Promise<T> }).promise();

it("is exactly a token and three stages, all its own children", async () => {
  const { resources } = await build();
  expect(resources.map(({ type, name, parent }) => `${name}: ${type} in ${parent}`).sort()).toEqual([
    "gateway-baseline: command:remote:Command in openclaw:container:Gateway",
    "gateway-confirm: command:remote:Command in openclaw:container:Gateway",
    "gateway-release: command:remote:Command in openclaw:container:Gateway",
    "gateway-token: random:index/randomBytes:RandomBytes in openclaw:container:Gateway",
    "gateway: openclaw:container:Gateway in ",
    "ready: command:local:Command in ",
  ]);
});

it("runs its stages one after another, once the host is ready", async () => {
  const recording = await build();
  expect(named(recording, "gateway-baseline").dependsOn).toContain("ready");
  expect(named(recording, "gateway-confirm").dependsOn).toContain("gateway-baseline");
  expect(named(recording, "gateway-release").dependsOn).toContain("gateway-confirm");
});

it("makes further connections for the confirmation only", async () => {
  const recording = await build();
  const hooks = stages.map((name) => named(recording, name).onError);
  expect(hooks).toEqual([[], ["gateway-confirm-again"], []]);
});

it("has one fixed command for all of them: nothing replaces, nothing runs at a destroy, nothing is an argument", async () => {
  const recording = await build();
  for (const name of stages) {
    const { inputs, ...options } = named(recording, name);
    expect(Object.keys(inputs).sort()).toEqual(["addPreviousOutputInEnv", "connection", "create", "stdin", "update"]);
    expect(inputs).toMatchObject({ create: stageCommand, update: stageCommand, addPreviousOutputInEnv: false });
    expect(inputs["connection"]).toMatchObject({ host: "203.0.113.9", hostKey: "ssh-ed25519 AAAA" });
    expect(options).toMatchObject({ replacementTrigger: null, retainOnDelete: false, protect: false });
  }
});

it("hands token and secrets over on standard input only, and standard input is secret", async () => {
  const recording = await build();
  for (const name of stages) {
    expect(named(recording, name).secretInputs).toContain("stdin");
    expect(named(recording, name).additionalSecretOutputs).toContain("stdin");
  }
  for (const resource of recording.resources) {
    const text = JSON.stringify({ ...resource, inputs: { ...resource.inputs, stdin: undefined } });
    expect(text).not.toContain("canary");
    expect(text).not.toContain(token);
  }
  expect(JSON.stringify(stageOf(recording, "gateway-release"))).toContain("canary");
  expect(JSON.stringify(stageOf(recording, "gateway-baseline"))).not.toContain("canary");
});

it("tells the baseline what the host knows, the deployer's own key among the authorized ones", async () => {
  const recording = await build();
  const { name, parameters } = stageOf(recording, "gateway-baseline");
  expect(name).toBe("baseline");
  expect(parameters).toEqual({
    ...args().baseline,
    identity: "machine-1",
    data: { device: "/dev/disk/by-id/volume-7", mountPoint: "/srv/openclaw", sizeGb: 20 },
    ssh: {
      ...args().baseline.ssh,
      authorizedKeys: [deployKey, ownKey],
      user: "deploy",
      port: 22,
      gatewayPort: 18789,
    },
    metadata: [{ address: "169.254.169.254" }],
  });
  const confirmed = baselineStage(parameters as BaselineParameters); // as the stage got them
  expect(stageOf(recording, "gateway-confirm")).toMatchObject(confirmStage(confirmed));
});

it("releases what the arguments mean, for this owner and this volume", async () => {
  const { parameters } = stageOf(await build(), "gateway-release");
  expect(parameters).toMatchObject({
    identity: "machine-1",
    owner: "organization/openclaw/prod",
    volume: "7",
    adopt: false,
    release: {
      version: "2026.9.6",
      port: 18789,
      environment: { OPENCLAW_GATEWAY_TOKEN: token, KEY: "canary", A: "plain" },
    },
  });
  expect(parameters).not.toHaveProperty("stepBack");
  const back = stageOf(await build(() => ({ release: "aaaabbbbcccc", restoreState: true })), "gateway-release");
  expect(back.parameters).toHaveProperty("stepBack", { to: "aaaabbbbcccc", restoreState: true });
});

it.each<[string, () => Partial<ContainerGatewayArgs>, readonly string[]]>([
  ["nothing", () => ({}), []],
  ["another machine", () => ({ host: host({ identity: pulumi.output("machine-2") }) }), stages],
  [
    "a grown volume",
    () => ({ host: host({ data: pulumi.output({ id: "7", device: "/dev/disk/by-id/volume-7", sizeGb: 30 }) }) }),
    stages.slice(0, 2),
  ],
  [
    "another range",
    () => ({ baseline: { ...args().baseline, ssh: { ...args().baseline.ssh, allowedCidrs: ["203.0.113.8/32"] } } }),
    stages.slice(0, 2),
  ],
  ["a secret", () => ({ secrets: { KEY: pulumi.secret("canary 2") } }), ["gateway-release"]],
  ["more memory", () => ({ memoryMiB: 3072 }), ["gateway-release"]],
])("runs again for %s: %#", async (_, change, again) => {
  const [before, after] = [await build(), await build(change)];
  const changed = stages.filter((name) => named(before, name).inputs["stdin"] !== named(after, name).inputs["stdin"]);
  expect(changed).toEqual(again);
});

it("makes a token of 48 bytes, a new one when its version is raised", async () => {
  const recording = await build(() => ({ tokenVersion: 7 }));
  expect(named(recording, "gateway-token").inputs).toEqual({ length: 48, keepers: { tokenVersion: "7" } });
});

it("has a secret token, what the release told, and registers all of it", async () => {
  const { gateway, componentOutputs } = await build();
  expect(await pulumi.isSecret(gateway.token)).toBe(true);
  expect(await pulumi.isSecret(gateway.releaseId)).toBe(false);
  expect(await value(gateway.url)).toBe("http://127.0.0.1:18789/");
  expect(await value(gateway.releaseId)).toBe("0123456789ab");
  expect(await value(gateway.downtimeSeconds)).toBe(13.2);
  expect(Object.keys(componentOutputs.get("gateway") ?? {}).sort()).toEqual([
    "downtimeSeconds",
    "releaseId",
    "token",
    "url",
  ]);
});
