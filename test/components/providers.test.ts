import { expect, it } from "vitest";
import { startProviders } from "../../infra/providers.ts";
import { record } from "../support/mocks.ts";

it("configures each provider with the keys of its package, secrets as secrets", async () => {
  const { resources } = await record(() => {
    startProviders({
      "openclaw:target": { value: "hetzner", isSecret: false },
      "hcloud:token": { value: "canary", isSecret: true },
      "hcloud:endpoint": { value: "http://e/v1", isSecret: false },
      "aws:region": { value: "eu-central-1", isSecret: false },
    });
  });
  const configured = Object.fromEntries(resources.map((one) => [one.type, [one.inputs, one.secretInputs]]));
  expect(configured).toEqual({
    "pulumi:providers:hcloud": [{ token: "canary", endpoint: "http://e/v1" }, ["token"]],
    "pulumi:providers:command": [{}, []],
    "pulumi:providers:random": [{}, []],
    "pulumi:providers:tls": [{}, []],
  });
});
