/** The real hcloud provider and the simulated Hetzner Cloud: what goes wrong, and what is left then. */
import { describe, expect, it } from "vitest";
import { startHetznerCloud } from "../clouds/hetzner/hetzner-cloud.ts";
import { newProject } from "../clouds/hetzner/provider-project.ts";
import { recordedPark } from "../clouds/hetzner/recorded-park.ts";

/** A cloud and a project that nobody else uses. */
async function newStage() {
  const park = recordedPark();
  const cloud = await startHetznerCloud({ park });
  const project = await newProject(cloud);
  return {
    ...{ park, cloud, project },
    statuses: () => [...cloud.project.servers.values()].map(({ status }) => status),
    [Symbol.asyncDispose]: async () => {
      await project[Symbol.asyncDispose]();
      await cloud[Symbol.asyncDispose]();
      expect(cloud.violations).toEqual([]);
    },
  };
}

describe("a server is not made", () => {
  it("when its name is taken; the rest stays, and the next up goes on", async () => {
    await using stage = await newStage();
    const { cloud, project } = stage;
    await cloud.call("POST", "/servers", { name: "gw", image: "debian-13", server_type: "cx23", location: "hel1" });
    const up = await project.deploy("up");
    expect(up.messages).toContain("server name is already used (uniqueness_error)");
    expect(cloud.exists()).toMatchObject({ firewalls: ["gw"], sshKeys: ["gw"], volumes: [] });
    const [id] = cloud.project.servers.keys();
    await cloud.call("DELETE", `/servers/${String(id)}`);
    expect((await project.deploy("up")).steps).toEqual(["create server", "create volume"]);
  });

  it("when its type is not sold there, not any more, or sold out; a preview does not notice", async () => {
    await using stage = await newStage();
    const { cloud, project } = stage;
    const original = project.input;
    for (const [serverType, message] of [
      ["cpx11", "unsupported location for server type (invalid_input)"],
      ["cx22", 'Server Type "cx22" is unavailable in all locations'],
      ["cpx21", 'Server Type "cpx21" is unavailable in "hel1"'],
      ["cx99", "server type cx99 not found"],
    ]) {
      project.input = { ...original, serverType };
      expect((await project.deploy("up")).messages).toContain(message);
    }
    expect(await project.deploy("preview")).toMatchObject({ succeeded: true, messages: "" });
    project.input = original;
    for (const { offers } of cloud.project.catalog.serverTypes) for (const offer of offers) offer.available = false;
    expect((await project.deploy("up")).messages).toContain("error during placement (resource_unavailable)");
    expect(cloud.exists().servers).toEqual([]);
  });
});

describe("the API's rate limit", () => {
  it("is waited for", async () => {
    await using stage = await newStage();
    const { cloud, project } = stage;
    const error = { code: "rate_limit_exceeded", message: "limit of 3600 requests per hour reached" } as const;
    cloud.failRequest({ method: "POST", path: "/servers", error, times: 2 });
    const up = await project.deploy("up");
    expect(up, up.messages).toMatchObject({ succeeded: true });
    expect(cloud.requests.filter(({ operation }) => operation === "/servers")).toHaveLength(3);
  });
});

describe("an action", () => {
  it("that takes its time is waited for", async () => {
    await using stage = await newStage();
    const { cloud, project, statuses } = stage;
    cloud.failAction({ command: "start_server", afterMs: 1500 });
    const up = await project.deploy("up");
    expect(up, up.messages).toMatchObject({ succeeded: true });
    expect(up.milliseconds).toBeGreaterThan(1500);
    expect(statuses()).toEqual(["running"]);
  });

  it("that fails leaves a dead server, which the next up takes for a good one", async () => {
    await using stage = await newStage();
    const { park, cloud, project, statuses } = stage;
    cloud.failAction({ command: "create_server", error: { code: "action_failed", message: "the host is gone" } });
    expect((await project.deploy("up")).messages).toContain("the host is gone (action_failed");
    const up = await project.deploy("up");
    expect(up, up.messages).toMatchObject({ succeeded: true, steps: ["update server", "create volume"] });
    expect(statuses()).toEqual(["initializing"]);
    expect(park.machines.size).toBe(0);
  });
});

describe("another server type that is refused", () => {
  it("leaves the server off, and nothing starts it again", async () => {
    await using stage = await newStage();
    const { project, statuses } = stage;
    await project.deploy("up");
    project.input = { ...project.input, serverType: "cax11" };
    expect(await project.deploy("preview")).toMatchObject({ succeeded: true, steps: ["update server"] });
    expect((await project.deploy("up")).messages).toContain("different architecture (invalid_server_type)");
    expect(statuses()).toEqual(["off"]);
    project.input = { ...project.input, serverType: "cx23" };
    expect(await project.deploy("up", "--refresh")).toMatchObject({ succeeded: true, steps: [] });
    expect(statuses()).toEqual(["off"]);
  });
});

// Each of these waits for the provider's five attempts: 1 + 2 + 4 + 8 + 16 seconds.
describe.concurrent("a destroy", () => {
  it("cuts the power of a guest that ignores the shutdown after half a minute, and says nothing", async () => {
    await using stage = await newStage();
    const { park, cloud, project } = stage;
    await project.deploy("up");
    park.ignoresShutdown = true;
    const destroy = await project.deploy("destroy");
    // The provider's warning gets lost on its way.
    expect(destroy).toMatchObject({ succeeded: true, messages: "" });
    expect(destroy.milliseconds).toBeGreaterThan(31_000);
    expect(cloud.costs()).toEqual([]);
  });

  it("of a protected volume fails, but takes it from the running server; it goes when an up lifted the protection", async () => {
    await using stage = await newStage();
    const { cloud, project } = stage;
    project.input = { ...project.input, protect: true };
    await project.deploy("up");
    const destroy = await project.deploy("destroy");
    expect(destroy.messages).toContain("volume deletion is protected (protected)");
    // It was taken from the running server before that.
    expect(cloud.exists()).toMatchObject({ servers: ["gw"], volumes: ["gw-data"] });
    expect([...cloud.project.volumes.values()].map(({ server }) => server)).toEqual([null]);
    project.input = { ...project.input, protect: false };
    expect((await project.deploy("up", "--refresh")).steps).toEqual(["update volume"]);
    expect(await project.deploy("destroy")).toMatchObject({ succeeded: true });
    expect(cloud.costs()).toEqual([]);
  });
});
