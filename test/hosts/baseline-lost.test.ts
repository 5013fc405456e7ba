/** A confirmation that was lost between the baseline and itself: the next deployment, by the real Pulumi, mends all of it. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bootHost, type HostUnderTest } from "../support/hosts/booted-host.ts";
import type { GatewayProgramInput } from "../support/hosts/gateway-program.ts";
import { pulumiProject, type Deployment, type PulumiProject } from "../support/pulumi-project.ts";

let host: HostUnderTest;
let project: PulumiProject;

beforeAll(async () => {
  host = await bootHost("lost");
  project = await pulumiProject(join(import.meta.dirname, "../support/hosts/gateway-program.ts"), ["command"], {});
});
afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await host[Symbol.asyncDispose]();
});

/** Deploys the stages up to one of them, with these ranges beside the deployer's own. */
const upTo = (stage: "baseline" | "confirm", ...ranges: string[]): Promise<Deployment> => {
  const input: GatewayProgramInput = {
    root: join(import.meta.dirname, "../.."),
    address: host.machine.address,
    hostKey: host.bootstrapHostKey,
    privateFile: host.deployer.privateFile,
    parameters: host.parameters({ ssh: { allowedCidrs: [`${host.network.gateway}/32`, ...ranges] } }),
  };
  project.input = input;
  const names = ["ready", "gateway", "gateway-baseline", ...(stage === "confirm" ? ["gateway-confirm"] : [])];
  return project.deploy("up", ...names.flatMap((name) => ["--target", `**::${name}`]));
};

/** What the host's own clock does after 90 s without a confirmation. */
const undo = (): Promise<string> => host.machine.shell("/usr/local/lib/openclaw/guard.sh undo");
const rules = (): Promise<string> => host.machine.shell("ufw status");
const guard = (): Promise<string> => host.machine.shell("/usr/local/lib/openclaw/guard.sh state");

it("is made up for by one up: the first one of a host", async () => {
  const lost = await upTo("baseline");
  expect(lost.steps, lost.messages).toContain("create gateway-baseline");
  await undo();
  expect(await rules()).toContain("Status: inactive");
  const next = await upTo("confirm");
  expect(next, next.messages).toMatchObject({ succeeded: true, steps: ["create gateway-confirm"] });
  expect(next.messages).toContain(
    "nobody confirmed the host's new SSH and firewall settings in time: trying them once",
  );
  expect(await rules()).toContain("Status: active");
  expect(await guard()).toBe("idle");
});

it("is made up for by one up: a later one", async () => {
  expect(await upTo("baseline", "192.0.2.0/24")).toMatchObject({ succeeded: true, steps: ["update gateway-baseline"] });
  await undo();
  expect(await rules()).not.toContain("192.0.2.0/24");
  const next = await upTo("confirm", "192.0.2.0/24");
  expect(next, next.messages).toMatchObject({ succeeded: true, steps: ["update gateway-confirm"] });
  expect(await rules()).toContain("192.0.2.0/24");
  expect(await guard()).toBe("idle");
});

it("is not missed by an up that changes nothing, which does not even connect", async () => {
  const before = await host.machine.sshConnections();
  expect(await upTo("confirm", "192.0.2.0/24")).toMatchObject({ succeeded: true, steps: [] });
  expect(await host.machine.sshConnections()).toBe(before);
});
