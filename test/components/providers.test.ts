import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { providersOfTarget } from "../../infra/providers.ts";
import { awsProvider } from "../../infra/targets/aws-ecs/provider.ts";
import { record } from "../support/mocks.ts";

it("registers the providers that take no configuration when they are asked for, once", async () => {
  let asked = 0;
  const { resources } = await record(() => {
    pulumi.runtime.setConfig("openclaw:target", "hetzner");
    const providers = providersOfTarget();
    asked = providers().length + providers().length;
  });
  expect(asked).toBe(6);
  expect(resources.map(({ type, inputs }) => [type, inputs]).sort()).toEqual([
    ["pulumi:providers:command", {}],
    ["pulumi:providers:random", {}],
    ["pulumi:providers:tls", {}],
  ]);
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
