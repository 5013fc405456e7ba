import * as pulumi from "@pulumi/pulumi";
import { expect, it, vi } from "vitest";
import { providersOfTarget } from "../../infra/providers.ts";
import { awsProvider } from "../../infra/targets/aws-ecs/provider.ts";
import { record } from "../support/mocks.ts";

/** What the state holds of the providers of a stack at Hetzner Cloud. */
async function hetzner(configuration: Readonly<Record<string, string>>, secret: readonly string[] = []) {
  const { resources } = await record(() => {
    pulumi.runtime.setAllConfig({ "openclaw:target": "hetzner", ...configuration }, [...secret]);
    const providers = providersOfTarget();
    expect(providers()).toBe(providers());
  });
  return resources.map(({ type, inputs, secretInputs }) => [type.split(":").at(-1), inputs, secretInputs]).sort();
}
const plain = ["command", "random", "tls"].map((name) => [name, {}, []]);
const endpoint = "https://api.hetzner.cloud/v1";

it("registers the providers when they are asked for, once, with what is configured, and the token as a secret", async () => {
  const token = "t".repeat(64);
  const configuration = { "hcloud:token": token, "hcloud:pollInterval": "1s", "hcloud:version": "1.0.0" };
  const own = ["hcloud", { endpoint, token, pollInterval: "1s" }, ["token"]];
  expect(await hetzner(configuration, ["hcloud:token"])).toEqual([own, ...plain].sort());
});

it("gives Hetzner's provider the token of the variable, so that the state keeps it", async () => {
  const [token, other] = ["v".repeat(64), "http://127.0.0.1:1/v1"];
  vi.stubEnv("HCLOUD_TOKEN", token);
  vi.stubEnv("HCLOUD_ENDPOINT", other);
  try {
    expect(await hetzner({})).toEqual([["hcloud", { endpoint: other, token }, ["token"]], ...plain].sort());
  } finally {
    vi.unstubAllEnvs();
  }
});

it("registers none of Hetzner's without a token, which is the configuration's fault to tell", async () => {
  expect(await hetzner({ "hcloud:token": "short" })).toEqual(plain);
});

it("registers none in an update that is refused before it asks for them", async () => {
  const { resources } = await record(() => {
    pulumi.runtime.setConfig("openclaw:target", "aws-ecs");
    providersOfTarget();
  });
  expect(resources).toEqual([]);
});

const place = { partition: "aws", account: "123456789012", region: "eu-central-1" };

/** What the state holds of AWS's provider. @param configuration keys with their values; those in `secret` were set with --secret */
async function aws(configuration: Readonly<Record<string, string>>, secret: readonly string[] = []) {
  const { resources } = await record(() => {
    pulumi.runtime.setAllConfig({ ...configuration }, [...secret]);
    awsProvider(configuration, place);
  });
  const [provider] = resources;
  return { type: provider?.type, inputs: provider?.inputs, secretInputs: provider?.secretInputs };
}

it("binds AWS's provider to the account and the region that were asked", async () => {
  expect(await aws({ "hcloud:token": "t", "aws:version": "7.0.0" })).toEqual({
    type: "pulumi:providers:aws",
    inputs: { allowedAccountIds: '["123456789012"]', region: "eu-central-1" },
    secretInputs: [],
  });
});

it("gives AWS's provider what is configured, secrets as such", async () => {
  const configuration = {
    "aws:region": "eu-central-1",
    "aws:profile": "prod",
    "aws:httpProxy": "http://u:p@proxy:3128",
    "aws:defaultTags": '{"tags":{"team":"a"}}',
  };
  expect(await aws(configuration, ["aws:httpProxy"])).toEqual({
    type: "pulumi:providers:aws",
    inputs: {
      ...{ profile: "prod", httpProxy: "http://u:p@proxy:3128", defaultTags: '{"tags":{"team":"a"}}' },
      ...{ allowedAccountIds: '["123456789012"]', region: "eu-central-1" },
    },
    secretInputs: ["httpProxy"],
  });
});

it.each([
  ["allowedAccountIds", '["123456789012","222222222222"]'],
  ["forbiddenAccountIds", '["222222222222"]'],
  ["skipRequestingAccountId", "true"],
])("leaves AWS's provider as it is where aws:%s says which accounts are meant", async (key, value) => {
  const { inputs } = await aws({ [`aws:${key}`]: value });
  expect(inputs).toEqual({ [key]: value, region: "eu-central-1" });
});
