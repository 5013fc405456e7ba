import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { LocalGateway, type LocalGatewayArgs } from "../../components/local/local-gateway.ts";
import { gatewayPaths, localPaths } from "../../components/local/paths.ts";
import type { ReleaseRequest } from "../../components/local/release/contract.ts";
import { record, type RegisteredResource } from "../support/mocks.ts";

const paths = localPaths("/r", "dev");
const token = "c".repeat(96);

const args = (change: Partial<LocalGatewayArgs> = {}): LocalGatewayArgs => ({
  stack: "dev",
  owner: "organization/openclaw/dev",
  spec: {
    version: "2026.9.6",
    port: 18789,
    bind: "loopback",
    paths: gatewayPaths(paths),
    config: {},
  },
  paths,
  runtime: "process",
  tokenVersion: 1,
  generation: 1,
  env: { A: "plain" },
  secrets: { KEY: pulumi.secret("canary") },
  data: { onDestroy: "retain", adopt: undefined },
  home: "/home/me",
  ...change,
});

const outputs = { "random:index/randomBytes:RandomBytes": { hex: token } };
const build = (change?: Partial<LocalGatewayArgs>) => record(() => new LocalGateway("gateway", args(change)), outputs);
const named = (resources: readonly RegisteredResource[], wanted: string): RegisteredResource | undefined =>
  resources.find(({ name }) => name === wanted);
const stdinOf = ({ resources }: Awaited<ReturnType<typeof build>>): string =>
  String(named(resources, "gateway-release")?.inputs["stdin"]);

it("is exactly a token and a release, both its own children", async () => {
  const { resources } = await build();
  expect(resources.map(({ type, name, parent }) => `${name}: ${type} in ${parent}`).sort()).toEqual([
    "gateway-release: command:local:Command in openclaw:local:Gateway",
    "gateway-token: random:index/randomBytes:RandomBytes in openclaw:local:Gateway",
    "gateway: openclaw:local:Gateway in ",
  ]);
});

it("makes a token of 48 bytes, a new one when its version is raised", async () => {
  const { resources } = await build({ tokenVersion: 7 });
  expect(named(resources, "gateway-token")?.inputs).toEqual({ length: 48, keepers: { tokenVersion: "7" } });
});

it("releases from scripts in the clone, with nothing that makes it run twice", async () => {
  const { resources } = await build();
  const release = named(resources, "gateway-release");
  expect(Object.keys(release?.inputs ?? {}).sort()).toEqual(["create", "delete", "stdin", "update"]);
  expect(release?.inputs).toMatchObject({
    create: "node ../components/local/release/apply.ts",
    update: "node ../components/local/release/apply.ts",
    delete: "node ../components/local/release/remove.ts",
  });
});

it("hands token and secrets over on standard input only, and standard input is secret", async () => {
  const { resources } = await build();
  const release = named(resources, "gateway-release");
  expect(release?.secretInputs).toEqual(["stdin"]);
  expect(release?.additionalSecretOutputs).toEqual(["stdin"]);
  const elsewhere = resources.map((resource) =>
    JSON.stringify({ ...resource, inputs: { ...resource.inputs, stdin: undefined } }),
  );
  for (const text of elsewhere) {
    expect(text).not.toContain("canary");
    expect(text).not.toContain(token);
  }
});

it("gives the release everything that decides what runs", async () => {
  const request = JSON.parse(stdinOf(await build())) as ReleaseRequest;
  expect(request.release).toMatchObject({
    stack: "dev",
    owner: "organization/openclaw/dev",
    version: "2026.9.6",
    port: 18789,
    runtime: "process",
    runtimeDirectory: "/r/runtimes/2026.9.6-node26.10.0",
    command: {
      node: "/r/runtimes/2026.9.6-node26.10.0/node_modules/.bin/node",
      arguments: ["gateway", "--bind", "loopback", "--port", "18789"],
      environment: { OPENCLAW_GATEWAY_TOKEN: token, KEY: "canary", A: "plain", HOME: "/home/me" },
      workingDirectory: "/r/stacks/dev/data/workspace",
    },
  });
  expect(JSON.stringify(request.release.config)).not.toContain(token);
  expect(request.release.agentSha256).toMatch(/^[0-9a-f]{64}$/);
});

it("changes its standard input for a new generation, and for nothing in the deployer's environment", async () => {
  const before = stdinOf(await build());
  process.env["PATH"] = `/somewhere/else:${process.env["PATH"] ?? ""}`;
  process.env["ANTHROPIC_API_KEY"] = "the deployer's own";
  expect(stdinOf(await build())).toBe(before);
  delete process.env["ANTHROPIC_API_KEY"];
  expect(stdinOf(await build({ generation: 2 }))).not.toBe(before);
});

it("has secret token and plain URL as outputs, and registers both", async () => {
  let gateway: LocalGateway | undefined;
  const { componentOutputs } = await record(() => {
    gateway = new LocalGateway("gateway", args());
  }, outputs);
  if (gateway === undefined) throw new Error("no gateway");
  expect(await pulumi.isSecret(gateway.token)).toBe(true);
  expect(await pulumi.isSecret(gateway.url)).toBe(false);
  expect(Object.keys(componentOutputs.get("gateway") ?? {})).toEqual(["token", "url"]);
});
