import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { providersOfTarget } from "../../infra/providers.ts";
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
