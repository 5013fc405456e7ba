/** The life of a gateway's container on a host: released, updated, refused, interrupted, stepped back. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bootGatewayHost, canary, token, type GatewayHostUnderTest } from "./release/gateway.ts";

let g: GatewayHostUnderTest;
const shell = (text: string): Promise<string> => g.host.machine.shell(text);
const memory = "/srv/openclaw/state/workspace/MEMORY.md";

beforeAll(async () => {
  g = await bootGatewayHost("release");
});
afterAll(async () => {
  await g[Symbol.asyncDispose]();
});

describe("the first release", () => {
  it("C3: verifies the gateway, whose state is its own and nobody else's to read", async () => {
    const { output, exitCode } = await g.release({ version: "2026.9.5" });
    expect(exitCode, output).toBe(0);
    expect(await g.gateway()).toBe("2026.9.5 200 401");
    expect(await shell("stat -c '%u:%g %a' /srv/openclaw/state/ /srv/openclaw/current/config /srv/openclaw")).toBe(
      "1000:1000 700\n1000:1000 700\n0:0 700",
    );
    await shell(`echo 'what the user cares about' >${memory} && chown 1000:1000 ${memory}`);
  });
});
