import { describe, expect, it } from "vitest";
import { gatewayArguments, gatewayEnvironment, reservedVariables } from "../../components/gateway/environment.ts";
import { desiredConfig, leafPaths, mergeOwned, programOwnedKeys } from "../../components/gateway/openclaw-json.ts";
import type { GatewaySpec } from "../../components/gateway/spec.ts";

const spec: GatewaySpec = {
  version: "2026.9.6",
  port: 18789,
  bind: "loopback",
  paths: {
    stateDirectory: "/s",
    configFile: "/s/openclaw.json",
    workspaceDirectory: "/s/workspace",
    cacheDirectory: "/c",
    logFile: "/l/openclaw.log",
  },
  config: {},
};
const token = "canary-token";
const host = { home: "/home/me", path: "/bin" };

describe("openclaw.json", () => {
  it("holds the safe defaults, and no token", () => {
    expect(desiredConfig(spec)).toEqual({
      gateway: {
        mode: "local",
        bind: "loopback",
        port: 18789,
        terminal: { enabled: false },
        auth: { mode: "token", rateLimit: { maxAttempts: 10, windowMs: 60000, lockoutMs: 300000 } },
      },
      logging: { file: "/l/openclaw.log", maxFileBytes: 10485760 },
    });
  });

  it("lets the user override a default, but not what the program decides", () => {
    const config = { gateway: { terminal: { enabled: true }, port: 1, mode: "remote" }, logging: { level: "debug" } };
    expect(desiredConfig({ ...spec, config })).toMatchObject({
      gateway: { terminal: { enabled: true }, port: 18789, mode: "local" },
      logging: { level: "debug", file: "/l/openclaw.log" },
    });
  });

  it("owns every key that the program sets outside its defaults", () => {
    const always = [
      ["gateway", "mode"],
      ["gateway", "bind"],
      ["gateway", "port"],
      ["gateway", "auth", "mode"],
    ];
    const owned = programOwnedKeys.map(({ path }) => path.join("."));
    for (const path of always) expect(owned).toContain(path.join("."));
  });
});

describe("mergeOwned", () => {
  it("keeps what the user changed in the dashboard", () => {
    const current = { agents: { defaults: { model: "m" } }, gateway: { port: 1, controlUi: { basePath: "/x" } } };
    expect(mergeOwned(current, { gateway: { port: 2 } }, [])).toEqual({
      agents: { defaults: { model: "m" } },
      gateway: { port: 2, controlUi: { basePath: "/x" } },
    });
  });

  it("removes a key that the configuration no longer has, and the objects it empties", () => {
    const before = { logging: { level: "debug" }, channels: { telegram: { enabled: true } } };
    const current = { ...before, channels: { telegram: { enabled: true, name: "user's" } } };
    expect(mergeOwned(current, {}, leafPaths(before))).toEqual({ channels: { telegram: { name: "user's" } } });
  });

  it("does not resurrect or fail on a key that the user removed", () => {
    expect(
      mergeOwned({ a: 1 }, {}, [
        ["logging", "level"],
        ["a", "b"],
      ]),
    ).toEqual({ a: 1 });
  });

  it("replaces lists as a whole", () => {
    expect(mergeOwned({ l: [1, 2] }, { l: [3] }, [["l"]])).toEqual({ l: [3] });
  });

  it("treats an empty object as a leaf, so that it can go away again", () => {
    expect(leafPaths({ a: {}, b: { c: 1 } })).toEqual([["a"], ["b", "c"]]);
    expect(mergeOwned({ a: {} }, {}, [["a"]])).toEqual({});
  });
});

describe("the environment", () => {
  it("holds the token and nothing of the deployer's own", () => {
    process.env["OPENCLAW_TEST_CANARY"] = "x";
    const environment = gatewayEnvironment(spec, token, { A: "1" }, host);
    delete process.env["OPENCLAW_TEST_CANARY"];
    expect(environment).toEqual({
      A: "1",
      HOME: "/home/me",
      LANG: "C.UTF-8",
      NPM_CONFIG_CACHE: "/c/npm",
      OPENCLAW_CONFIG_PATH: "/s/openclaw.json",
      OPENCLAW_DISABLE_BONJOUR: "1",
      OPENCLAW_GATEWAY_PORT: "18789",
      OPENCLAW_GATEWAY_TOKEN: token,
      OPENCLAW_NO_AUTO_UPDATE: "1",
      OPENCLAW_NO_RESPAWN: "1",
      OPENCLAW_STATE_DIR: "/s",
      OPENCLAW_WORKSPACE_DIR: "/s/workspace",
      PATH: "/bin",
      XDG_CACHE_HOME: "/c",
    });
  });

  it("cannot be taken over by the user's variables", () => {
    const mine = Object.fromEntries([...reservedVariables].map((name) => [name, "theirs"]));
    const environment = gatewayEnvironment(spec, token, mine, host);
    const taken = Object.entries(environment).filter(([, value]) => value === "theirs");
    // Not set by the program, and refused by config-rules.ts.
    expect(taken.map(([name]) => name)).toEqual(["OPENCLAW_GATEWAY_PASSWORD", "NODE_COMPILE_CACHE"]);
  });

  it("reserves every variable that the program sets", () => {
    const set = Object.keys(gatewayEnvironment(spec, token, {}, host));
    expect(set.filter((name) => !reservedVariables.has(name) && name !== "LANG")).toEqual([]);
  });
});

it("the arguments name the bind and the port, never the token", () => {
  expect(gatewayArguments(spec)).toEqual(["gateway", "--bind", "loopback", "--port", "18789"]);
});
