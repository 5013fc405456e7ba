import { expect, it } from "vitest";
import { startProviders } from "../../infra/providers.ts";
import { record } from "../support/mocks.ts";

it("configures each provider with the keys of its package, secrets as secrets", async () => {
  const { resources } = await record(() => {
    startProviders(["hcloud", "tls"], {
      providers: { "hcloud:token": "canary", "hcloud:endpoint": "http://e/v1", "aws:region": "eu-central-1" },
      secretProviderKeys: new Set(["hcloud:token"]),
    });
  });
  const configured = Object.fromEntries(resources.map((one) => [one.type, [one.inputs, one.secretInputs]]));
  expect(configured).toEqual({
    "pulumi:providers:hcloud": [{ token: "canary", endpoint: "http://e/v1" }, ["token"]],
    "pulumi:providers:tls": [{}, []],
  });
});
