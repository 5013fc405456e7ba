/** A stack on ECS as it is by default, without a way in: the real Pulumi, the real AWS command line and the real OpenClaw, in a simulated account. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { openclawImage } from "../clouds/machines/images.ts";
import { ecsDeployment, type EcsDeployment } from "../support/ecs/ecs-deployment.ts";
import { ways } from "../support/ecs/ways.ts";
import { freePort } from "../support/machine.ts";

let d: EcsDeployment;
let port: number;

beforeAll(async () => {
  d = await ecsDeployment({ access: "tunnel", cidr: "10.74.0.0/24" });
  await openclawImage("2026.9.6");
  port = await freePort();
  await d.set("gateway.port", String(port));
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

it("goes from nothing to a verified gateway that nothing can connect to", async () => {
  await d.up();
  const { gateway } = await d.outputs();
  expect(gateway).toMatchObject({ url: `http://127.0.0.1:${String(port)}/`, reach: "tunnel", target: "aws-ecs" });
  expect(await ways(d)).toEqual({ "task → file system": [2049] });
});

it("A1: tunnel: brings the gateway to this computer's loopback, by Session Manager, until it is ended", async () => {
  const { gateway, token } = await d.outputs();
  const call = async (bearer: string): Promise<number> => {
    const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
    const body = JSON.stringify({ tool: "sessions_list", args: {} });
    return (await fetch(`${gateway.url}tools/invoke`, { method: "POST", headers, body })).status;
  };
  await d.throughTunnel(port, async () => {
    expect(await (await fetch(gateway.healthUrl)).json()).toEqual({ ok: true, status: "live" });
    expect(await call(token)).toBe(200);
    expect(await call("0".repeat(96))).toBe(401);
  });
  await expect(fetch(gateway.healthUrl)).rejects.toThrow();
});

it("A1: open: prints a link that pairs a browser at the tunnel's near end, without the token", async () => {
  const { token } = await d.outputs();
  const printed = await d.paste("open");
  expect(printed).toContain(`\nhttp://127.0.0.1:${String(port)}/#bootstrapToken=`);
  expect(printed).not.toContain(token);
});

it("does nothing when nothing changed", async () => {
  expect(await d.up()).toMatch(/Resources:\n {4}\d+ unchanged\n/);
});

it("goes back to the task and the state before when OpenClaw refuses the configuration, and says why", async () => {
  await d.set("config.nonsense.key", "text");
  const { output, exitCode } = await d.attempt("up");
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(
    /release [0-9a-f]{12} did not become the gateway: ECS went back to the task before, \S+:1, which runs again, with its state/,
  );
  expect(output).toContain("container gateway: ended with 78");
  await d.unset("config.nonsense");
  await d.up();
});
