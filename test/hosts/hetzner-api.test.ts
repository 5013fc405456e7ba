/** The simulated Hetzner Cloud by itself: requests, actions, catalog. Every answer is judged by the API's description. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { HetznerClient } from "../clouds/hetzner/client.ts";
import { startHetznerCloud, type HetznerCloud } from "../clouds/hetzner/hetzner-cloud.ts";
import { recordedPark, type RecordedPark } from "../clouds/hetzner/recorded-park.ts";

let park: RecordedPark;
let cloud: HetznerCloud;
let client: HetznerClient;

beforeEach(async () => {
  park = recordedPark();
  cloud = await startHetznerCloud({ park });
  client = new HetznerClient(cloud);
});

afterEach(async () => {
  await cloud[Symbol.asyncDispose]();
  expect(cloud.violations).toEqual([]);
});

describe("a request", () => {
  it("needs the token", async () => {
    const answer = await fetch(`${cloud.endpoint}/servers`, { headers: { authorization: "Bearer wrong" } });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({
      error: { code: "unauthorized", message: "unable to authenticate", details: null },
    });
  });

  it("is refused with the fields that are wrong", async () => {
    const { status: code, body } = await cloud.call("POST", "/volumes", { size: "10" });
    expect(code).toBe(422);
    expect(body).toMatchObject({
      error: { code: "invalid_input", details: { fields: [{ name: "name" }, { name: "size" }] } },
    });
  });

  it("tells the rate limit, and is refused beyond it", async () => {
    const headers = { authorization: `Bearer ${cloud.token}` };
    const before = await fetch(`${cloud.endpoint}/servers`, { headers });
    expect(before.headers.get("RateLimit-Limit")).toBe("3600");
    expect(before.headers.get("RateLimit-Remaining")).toBe("3599");
    expect(Number(before.headers.get("RateLimit-Reset")) - Date.now() / 1000).toBeLessThan(3);
    cloud.exhaustRateLimit();
    expect(await client.refusal("GET", "/servers")).toMatch(/^429 rate_limit_exceeded: /);
  });

  it("fails as it is told to", async () => {
    const path = "/servers/{id}/actions/poweron";
    cloud.failRequest({ method: "POST", path, error: { code: "unavailable", message: "later" } });
    const { id } = await client.server();
    expect(await client.refusal("POST", `/servers/${id}/actions/poweron`)).toBe("503 unavailable: later");
    expect(await client.refusal("POST", `/servers/${id}/actions/poweron`)).toBe("201 accepted: ");
    expect(cloud.requests.filter(({ operation }) => operation === path).map(({ code }) => code)).toEqual([
      "unavailable",
      undefined,
    ]);
  });

  it("lists in pages, by name and by label", async () => {
    for (let index = 0; index < 7; index += 1) {
      await client.call("POST", "/networks", {
        name: `n${index}`,
        ip_range: "10.0.0.0/8",
        labels: { odd: `${index % 2}` },
      });
    }
    const { networks, meta } = await client.call("GET", "/networks?per_page=3&page=2&sort=name:desc");
    expect(networks.map(({ name }) => name)).toEqual(["n3", "n2", "n1"]);
    expect(meta.pagination).toMatchObject({ previous_page: 1, next_page: 3, last_page: 3, total_entries: 7 });
    const count = async (query: string) => (await client.call("GET", `/networks?${query}`)).networks.length;
    expect(await count("name=n4")).toBe(1);
    for (const [selector, found] of [
      ["odd", 7],
      ["!odd", 0],
      ["odd=1", 3],
      ["odd!=1", 4],
      ["odd in (0, 1)", 7],
      ["odd notin (0),odd", 3],
    ]) {
      expect(await count(`label_selector=${encodeURIComponent(String(selector))}`), String(selector)).toBe(found);
    }
  });

  it("to what was removed says so", async () => {
    expect(await client.refusal("GET", "/datacenters")).toMatch(/^410 deprecated_api_endpoint: /);
    expect(await client.refusal("GET", "/actions")).toMatch(/^410 deprecated_api_endpoint: /);
  });
});

describe("an action", () => {
  it("runs, and ends with success", async () => {
    cloud.failAction({ command: "create_server", afterMs: 1500 });
    const {
      action,
      next_actions: next,
      server: made,
    } = await client.call("POST", "/servers", {
      ...{ name: "gw", image: "debian-13", server_type: "cx23" },
    });
    expect([action.command, action.status, made.status]).toEqual(["create_server", "running", "initializing"]);
    expect(next.map(({ command }) => command)).toEqual(["start_server"]);
    await sleep(500);
    const { progress, finished } = (await client.call("GET", `/actions/${action.id}`)).action;
    expect(finished).toBeNull();
    expect(progress).toBeGreaterThan(20);
    await client.settled({ action, next_actions: next });
    expect((await client.call("GET", `/servers/${made.id}/actions/${action.id}`)).action).toMatchObject({
      ...{ status: "success", progress: 100, error: null },
    });
    expect(await client.status(made.id)).toBe("running");
  });

  it("ends in the error it is told to, and nothing is done", async () => {
    const { id } = await client.server();
    cloud.failAction({ command: "stop_server", error: { code: "host_error", message: "the host is gone" } });
    const { action } = await client.make(`/servers/${id}/actions/poweroff`);
    expect((await client.call("GET", `/actions/${action.id}`)).action).toMatchObject({
      ...{ status: "error", error: { code: "host_error", message: "the host is gone" } },
    });
    expect(await client.status(id)).toBe("running");
  });

  it("locks what it works on", async () => {
    const { id } = await client.server();
    cloud.failAction({ command: "reset_server", afterMs: 500 });
    const running = await client.call("POST", `/servers/${id}/actions/reset`);
    expect(await client.refusal("POST", `/servers/${id}/actions/poweroff`)).toBe(
      "423 locked: cannot perform operation because server is locked",
    );
    expect(await client.refusal("POST", "/volumes", { name: "data", size: 10, server: id })).toMatch(/^423 locked/);
    await client.settled(running);
    expect(await client.refusal("POST", `/servers/${id}/actions/poweroff`)).toMatch(/^201/);
  });
});

test("an SSH key is unique by name and by itself", async () => {
  const keys = ["IOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl", "IGb0oC0Xx2w0uR6sEr3zB9ZJmYJ3jUo3kCqD6pq0hT1b"];
  const [a, b] = keys.map((end) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${end}`);
  const { ssh_key: key } = await client.call("POST", "/ssh_keys", { name: "a", public_key: a });
  expect(key.fingerprint).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  expect((await client.call("GET", `/ssh_keys?fingerprint=${key.fingerprint}`)).ssh_keys).toEqual([key]);
  expect(await client.refusal("POST", "/ssh_keys", { name: "a", public_key: b })).toBe(
    "409 uniqueness_error: SSH key name is already used",
  );
  expect(await client.refusal("POST", "/ssh_keys", { name: "b", public_key: `${a ?? ""} other` })).toBe(
    "409 uniqueness_error: SSH key with the same fingerprint already exists",
  );
  expect(await client.refusal("POST", "/ssh_keys", { name: "c", public_key: "ssh-ed25519 nonsense" })).toMatch(/^422/);
  expect(await client.refusal("POST", "/ssh_keys", { name: "b", public_key: b })).toMatch(/^201/);
});

test("the catalog says what is sold where, for how much and how long", async () => {
  const { server_types: types } = await client.call("GET", "/server_types?name=cpx21");
  expect(types).toMatchObject([{ architecture: "x86", deprecated: false, deprecation: null }]);
  const [{ locations, prices } = { locations: [], prices: [] }] = types;
  expect(locations).toContainEqual(expect.objectContaining({ name: "ash", deprecation: null, available: true }));
  const deprecation = { announced: "2025-10-16T06:00:00Z", unavailable_after: "2025-12-31T23:59:59Z" };
  expect(locations).toContainEqual(expect.objectContaining({ name: "hel1", available: false, deprecation }));
  expect(prices).toContainEqual(expect.objectContaining({ location: "ash" }));
  const { images } = await client.call("GET", "/images?name=debian-13&architecture=arm");
  expect(images).toMatchObject([{ os_flavor: "debian", architecture: "arm" }]);
});
