/**
 * One continuing life of the local stack: real Pulumi engine, real OpenClaw, every fault executed. Each test goes on where the one
 * before ended. For a while a small OpenClaw takes the real one's place: where a gateway is only moved.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isAlive } from "../../components/local/agent/process-identity.mts";
import type { StackOutputs } from "../../infra/outputs.ts";
import { freePort } from "../support/free-port.ts";
import { machine, sharedOpenclaw, type Machine } from "../support/machine.ts";
import { kill, killProcessesOf, processesOf } from "../support/processes.ts";
import { installFrom, smallRuntimes } from "../support/small-runtimes.ts";

let m: Machine;
let token = "";
const memory = (): string => join(m.paths.data, "workspace", "MEMORY.md");
const stackFile = (): string => join(m.checkout, "stacks/Pulumi.local.yaml");
const small = (): string => join(m.paths.root, "small");
const remembers = (): boolean => readFileSync(memory(), "utf8") === "what the user cares about";

const everyFileUnder = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

beforeAll(async () => {
  m = await machine("life");
}, 600_000);

afterAll(async () => {
  await m.remove();
});

describe("npm start on a new machine", () => {
  it("ends with a verified gateway and says how to use it", async () => {
    const { output, exitCode } = await m.start();
    expect(output).toContain("OpenClaw 2026.9.6 runs on this machine, verified.");
    expect(output).toContain("4 created");
    for (const label of ["URL ", "Open it ", "Logs ", "Stop "]) expect(output).toContain(label);
    expect(exitCode).toBe(0);
    token = await m.token();
    expect(token).toMatch(/^[0-9a-f]{96}$/);
    expect(output).not.toContain(token);
    writeFileSync(memory(), "what the user cares about");
  });

  it("G3: the probe answers, the stack's token is accepted, another is refused", async () => {
    const { gateway } = JSON.parse(await m.pulumi("stack", "output", "--stack", "local", "--json")) as {
      gateway: { healthUrl: string };
    };
    expect(await (await fetch(gateway.healthUrl)).json()).toEqual({ ok: true, status: "live" });
    expect(await m.call(token)).toBe(200);
    expect(await m.call("f".repeat(96))).toBe(401);
  });

  it("P3: the outputs are the contract, and the token is secret in them", async () => {
    const outputs = JSON.parse(await m.pulumi("stack", "output", "--stack", "local", "--json")) as Record<
      keyof StackOutputs,
      unknown
    >;
    const port = String((JSON.parse(readFileSync(join(m.paths.run, "release.json"), "utf8")) as { port: number }).port);
    const { run, logs, data } = m.paths;
    expect(outputs).toEqual({
      contract: 1,
      gateway: {
        name: "local",
        target: "local",
        version: "2026.9.6",
        url: `http://127.0.0.1:${port}/`,
        reach: "local",
        healthUrl: `http://127.0.0.1:${port}/healthz`,
      },
      token: "[secret]",
      data: { kind: "directory", id: data, path: data, onDestroy: "retain" },
      commands: {
        open: `${run}/dashboard`,
        status: `${run}/openclaw health`,
        logs: `tail -n 100 -F ${logs}/gateway.log`,
        cli: `${run}/openclaw`,
        approveDevice: `${run}/openclaw devices approve`,
      },
    });
  });

  it("every command of the outputs works as it stands", async () => {
    const { commands } = JSON.parse(await m.pulumi("stack", "output", "--stack", "local", "--json")) as {
      commands: Record<string, string>;
    };
    const run = (command: string) =>
      execa("sh", ["-c", command], {
        env: { PATH: "/usr/bin:/bin", HOME: m.home },
        extendEnv: false,
        reject: false,
        all: true,
      });
    const open = await run(commands["open"] ?? "");
    expect(open.stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\/#bootstrapToken=/);
    expect(open.exitCode).toBe(0);
    expect((await run(commands["status"] ?? "")).exitCode).toBe(0);
    expect((await run(`${commands["cli"] ?? ""} --version`)).stdout).toContain("2026.9.6");
    expect((await run(commands["approveDevice"] ?? "")).all).toContain("No pending device pairing requests");
    expect((await run(`timeout 1 ${commands["logs"] ?? ""}`)).stdout).toContain("[gateway]");
  });

  it("G5: the token is in no argument, no readable file, no plain state; the state directory is the user's alone", async () => {
    const { stdout: processes } = await execa("ps", ["-eo", "args", "-ww"]);
    expect(processes).not.toContain(token);
    expect(statSync(m.paths.data).mode & 0o777).toBe(0o700);
    expect(statSync(join(m.paths.data, "openclaw.json")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(m.paths.data, "openclaw.json"), "utf8")).not.toContain(token);
    const holding = everyFileUnder(m.home).filter((file) => readFileSync(file).includes(token));
    expect(holding).toEqual([join(m.paths.run, "release.json")]);
    expect(statSync(join(m.paths.run, "release.json")).mode & 0o777).toBe(0o600);
  });

  it("touches nothing of the user's home but its own directory", () => {
    expect(readdirSync(m.home)).toEqual([".local"]);
    expect(readdirSync(join(m.home, ".local/share"))).toEqual(["pulumi-openclaw"]);
  });

  it("leaves a supervisor that no terminal holds: no streams, its own session", () => {
    const { supervisor } = m.status();
    const streams = [0, 1, 2].map((stream) => readlinkSync(`/proc/${String(supervisor.pid)}/fd/${String(stream)}`));
    expect(streams).toEqual(["/dev/null", "/dev/null", "/dev/null"]);
    const session = readFileSync(`/proc/${String(supervisor.pid)}/stat`, "utf8")
      .split(") ")[1]
      ?.split(" ")[3];
    expect(session).toBe(String(supervisor.pid));
  });
});

describe("G6: a second npm start", () => {
  it("changes nothing, runs no command, and takes less than 15 s", async () => {
    const before = readFileSync(join(m.paths.logs, "supervisor.log"), "utf8");
    const gateway = m.status().gateway;
    const started = Date.now();
    const { output, exitCode } = await m.start();
    expect((Date.now() - started) / 1000).toBeLessThan(15);
    expect(exitCode).toBe(0);
    expect(output).toContain("4 unchanged");
    expect(output).not.toContain("verified after");
    expect(m.status().gateway).toEqual(gateway);
    expect(readFileSync(join(m.paths.logs, "supervisor.log"), "utf8")).toBe(before);
  });

  it("previews as no change, after a refresh too", async () => {
    await m.pulumi("preview", "--stack", "local", "--expect-no-changes");
    await m.pulumi("refresh", "--stack", "local", "--yes", "--expect-no-changes");
  });
});

describe("G1: the gateway comes back with its state", () => {
  it("after SIGKILL, by itself", async () => {
    const gateway = m.status().gateway;
    expect(kill(gateway?.pid)).toBe(true);
    await sleep(500);
    await m.untilStarted();
    expect(m.status().gateway).not.toEqual(gateway);
    expect(m.status().crashes).toBe(1);
    expect(await m.call(token)).toBe(200);
    expect(remembers()).toBe(true);
    await m.pulumi("preview", "--stack", "local", "--expect-no-changes");
  });

  it("after its supervisor was killed, by the next up, which also previews it", async () => {
    const { supervisor, gateway } = m.status();
    expect(kill(supervisor.pid)).toBe(true);
    await sleep(200);
    expect(isAlive(gateway)).toBe(true);
    expect(await m.pulumi("preview", "--stack", "local")).toContain("1 to update");
    const { output, exitCode } = await m.start();
    expect(output).toContain("1 updated");
    expect(exitCode).toBe(0);
    expect(isAlive(gateway)).toBe(false);
    expect(isAlive(m.status().supervisor)).toBe(true);
    expect(remembers()).toBe(true);
    await m.pulumi("preview", "--stack", "local", "--expect-no-changes");
  });

  it("after a reboot (all processes gone) and with its files truncated by it, by the next up", async () => {
    await killProcessesOf(m.paths.root);
    truncateSync(join(m.paths.data, "openclaw.json"), 20);
    truncateSync(join(m.paths.run, "supervisor.json"), 10);
    const state = join(m.paths.root, "backend/.pulumi/stacks/openclaw/local.json");
    truncateSync(state, 1000);
    const { output, exitCode } = await m.start();
    expect(output).toContain("the Pulumi state was damaged; its backup is used");
    expect(output).toContain("openclaw.json is damaged; it is kept as");
    expect(exitCode).toBe(0);
    expect(await m.call(token)).toBe(200);
    expect(remembers()).toBe(true);
    expect((await m.start()).output).toContain("4 unchanged");
  });
});

describe("a change of the configuration", () => {
  const canary = `canary-${"x".repeat(40)}`;

  it("arrives in the gateway; its secrets only there, and encrypted in the state", async () => {
    await m.setConfig("secrets.WEATHER_API_KEY", canary, "--secret");
    await m.setConfig("env.GREETING", "hello 'world'");
    await m.setConfig("config.logging.redactPatterns[0]", "${WEATHER_API_KEY}");
    const { output, exitCode } = await m.start();
    expect(exitCode).toBe(0);
    expect(output).toContain("1 updated");
    expect(output).not.toContain(canary);
    const environment = readFileSync(`/proc/${String(m.status().gateway?.pid)}/environ`, "utf8").split("\0");
    expect(environment).toContain(`WEATHER_API_KEY=${canary}`);
    expect(environment).toContain("GREETING=hello 'world'");
    const holding = everyFileUnder(m.home)
      .concat(everyFileUnder(join(m.checkout, "stacks")))
      .filter((file) => readFileSync(file).includes(canary));
    expect(holding).toEqual([join(m.paths.run, "release.json")]);
    expect(remembers()).toBe(true);
  });

  it("that OpenClaw refuses fails in OpenClaw's own words, and the gateway that runs stays", async () => {
    const gateway = m.status().gateway;
    await m.setConfig("config.gateway.reload", "never-heard-of");
    const { output, exitCode } = await m.start();
    expect(exitCode).not.toBe(0);
    expect(output).toContain("OpenClaw 2026.9.6 refuses this configuration:");
    expect(output).toContain("gateway.reload");
    expect(m.status().gateway).toEqual(gateway);
    expect(await m.call(token)).toBe(200);
    await m.pulumi("config", "rm", "--stack", "local", "--path", "openclaw:config.gateway");
  });

  it.each<[string, string, string[], string]>([
    [
      "a runtime that this machine does not have",
      "local.runtime",
      ["systemd"],
      "openclaw:local.runtime is systemd, which does not answer on this machine: System has not been booted",
    ],
    ["another data directory", "data.adopt", ["/srv/typo/data"], "openclaw:data.adopt now says /srv/typo/data"],
    [
      "a version that cannot open the state",
      "gateway.version",
      ["2026.9.5", "--type", "string"],
      "Name the version that wrote the state, or a newer one: npm run pulumi -- config set --stack local --path --type string openclaw:gateway.version 2026.9.6",
    ],
  ])("with %s fails before anything is stopped or made", async (_, key, [value = "", ...flags], words) => {
    const bin = join(m.home, "bin");
    mkdirSync(bin, { recursive: true });
    const systemctl = '#!/bin/sh\necho "System has not been booted with systemd as init system" >&2\nexit 1\n';
    writeFileSync(join(bin, "systemctl"), systemctl, { mode: 0o755 });
    const before = { gateway: m.status().gateway, file: readFileSync(stackFile(), "utf8") };
    await m.setConfig(key, value, ...flags);
    const { output, exitCode } = await m.start();
    expect(exitCode).not.toBe(0);
    expect(output).toContain(words);
    expect(m.status().gateway).toEqual(before.gateway);
    expect(await m.call(token)).toBe(200);
    expect(existsSync("/srv/typo")).toBe(false);
    writeFileSync(stackFile(), before.file);
    expect((await m.start()).output).toContain("OpenClaw 2026.9.6 runs on this machine, verified.");
    expect(m.status().gateway).toEqual(before.gateway);
  });

  it("keeps what the user changed in openclaw.json, and takes back what the program no longer sets", async () => {
    const file = join(m.paths.data, "openclaw.json");
    const config = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    writeFileSync(file, `// my own note\n${JSON.stringify({ ...config, messages: { ackReaction: "👀" } })}`);
    await m.pulumi("config", "rm", "--stack", "local", "openclaw:config");
    expect((await m.start()).exitCode).toBe(0);
    const now = JSON.parse(readFileSync(file, "utf8")) as { logging: object; messages: object };
    expect(now.messages).toEqual({ ackReaction: "👀" });
    expect(now.logging).not.toHaveProperty("redactPatterns");
  });

  it("to a port that is taken fails with the way out, and the gateway that runs stays", async () => {
    const port = await freePort();
    const squatter = createServer().listen(port, "127.0.0.1");
    const gateway = m.status().gateway;
    await m.setConfig("gateway.port", String(port));
    const { output, exitCode } = await m.start();
    squatter.close();
    expect(exitCode).not.toBe(0);
    expect(output).toContain(`port ${String(port)} on 127.0.0.1 is taken by another program`);
    expect(output).toContain(
      `npm run pulumi -- config set --stack local --path openclaw:gateway.port ${String(port + 120)}`,
    );
    expect(m.status().gateway).toEqual(gateway);
  });

  it("to a port that is free moves the gateway there", async () => {
    await smallRuntimes(small());
    installFrom(small(), m.paths.runtimes, "2026.9.6");
    await m.setConfig("gateway.port", String(m.port));
    expect((await m.start()).exitCode).toBe(0);
    expect((await fetch(`http://127.0.0.1:${String(m.port)}/healthz`)).status).toBe(200);
    expect(remembers()).toBe(true);
  });

  it("that is wrong changes nothing and tells all faults", async () => {
    await m.setConfig("gateway.prot", "1");
    await m.setConfig("data.onDestroy", "keep");
    const { output, exitCode } = await m.start();
    expect(exitCode).not.toBe(0);
    expect(output).toContain('the configuration of stack "local" has 2 faults; nothing was changed');
    expect(output).toContain("npm run pulumi -- config set --stack local --path openclaw:data.onDestroy retain");
    expect(output).not.toContain("at loadConfig"); // no stack trace
    await m.pulumi("config", "rm", "--stack", "local", "--path", "openclaw:gateway.prot");
    await m.pulumi("config", "rm", "--stack", "local", "--path", "openclaw:data.onDestroy");
  });
});

describe("two deployments at once", () => {
  it("the second is refused, naming the first; the first rotates the token (O8)", async () => {
    await m.setConfig("gateway.tokenVersion", "2");
    const first = m.launch("start");
    for (
      let waited = 0;
      !everyFileUnder(join(m.paths.root, "backend")).some((file) => file.includes("/locks/"));
      waited += 1
    ) {
      if (waited > 200) throw new Error("the first deployment took no lock");
      await sleep(50);
    }
    const { output, exitCode } = await m.start();
    expect(exitCode).toBe(1);
    expect(output).toMatch(/another deployment works on the stack "local": process \d+/);
    const result = await first.result;
    expect(result.exitCode).toBe(0);
    const rotated = await m.token();
    expect(rotated).not.toBe(token);
    expect(await m.call(token)).toBe(401);
    expect(await m.call(rotated)).toBe(200);
    expect(remembers()).toBe(true);
    installFrom(await sharedOpenclaw(), m.paths.runtimes, "2026.9.6");
  });
});

describe("a new clone", () => {
  it("takes over what runs, with its configuration, and changes nothing", async () => {
    const before = readFileSync(join(m.paths.run, "release.json"), "utf8");
    rmSync(join(m.checkout, "stacks/Pulumi.local.yaml"));
    const { output, exitCode } = await m.start();
    expect(output).toContain('took the configuration of the stack "local" from its last deployment');
    expect(output).toContain("4 unchanged");
    expect(exitCode).toBe(0);
    expect(readFileSync(join(m.paths.run, "release.json"), "utf8")).toBe(before);
  });
});

describe("a stack file that is not whole", () => {
  it("without a target is told, and left as it is", async () => {
    const before = readFileSync(stackFile(), "utf8");
    const without = before.replace(/^ *openclaw:target:.*\n/m, "");
    writeFileSync(stackFile(), without);
    const { output, exitCode } = await m.start();
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/1\. openclaw:target\n/);
    expect(readFileSync(stackFile(), "utf8")).toBe(without);
    writeFileSync(stackFile(), `${before}  nonsense`);
    expect((await m.start()).output).toMatch(/stacks\/Pulumi\.local\.yaml cannot be read: invalid YAML file/);
    writeFileSync(stackFile(), before);
  });

  it("that is gone comes back from a deployment that failed, but is not deployed unseen", async () => {
    const before = readFileSync(stackFile(), "utf8");
    await m.setConfig("config.gateway.reload", "never-heard-of");
    expect((await m.start()).exitCode).not.toBe(0);
    rmSync(stackFile());
    const { output, exitCode } = await m.start();
    expect(output).toContain("from its last deployment, which failed: look at stacks/Pulumi.local.yaml");
    expect(exitCode).toBe(1);
    writeFileSync(stackFile(), before);
    expect((await m.start()).exitCode).toBe(0);
  });
});

describe("npm run stop", () => {
  it("stops everything, keeps the state, and says how to adopt it", async () => {
    const { output, exitCode } = await m.npm("stop");
    expect(exitCode).toBe(0);
    expect(output).toContain(`kept the state in ${m.paths.data}`);
    expect(await processesOf(m.paths.root)).toEqual([]);
    expect(remembers()).toBe(true);
    expect(readdirSync(join(m.paths.root, "stacks/local")).sort()).toEqual(["data", "data.restore-points"]);
  });

  it("explains itself instead of stopping, when asked or misunderstood", async () => {
    expect((await m.npm("stop", "--help")).output).toContain("npm run stop [-- --help]");
    expect((await m.npm("stop", "now")).output).toContain("npm run stop takes no arguments, got: now");
  });

  it("and again does nothing", async () => {
    expect(await m.npm("stop")).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining("Nothing is deployed") as string,
    });
  });

  it("a new stack does not take the state without a word, and goes on with it when told", async () => {
    const refused = await m.start();
    expect(refused.exitCode).not.toBe(0);
    const command = `npm run pulumi -- config set --stack local --path openclaw:data.adopt ${m.paths.data}`;
    expect(refused.output).toContain(command);
    await execa("sh", ["-c", command], { cwd: m.checkout, env: m.environment, extendEnv: false });
    expect((await m.start()).exitCode).toBe(0);
    expect(remembers()).toBe(true);
    expect(await m.call(await m.token())).toBe(200);
  });

  it("deletes the state when the configuration says so, after an up", async () => {
    await m.setConfig("data.onDestroy", "delete");
    expect((await m.start()).exitCode).toBe(0);
    const { output, exitCode } = await m.npm("stop");
    expect(exitCode).toBe(0);
    expect(output).toContain("deleted the state");
    expect(await m.pulumi("config", "--stack", "local")).not.toContain("onDestroy"); // it was said for this state only
    expect(readdirSync(join(m.paths.root, "stacks/local"))).toEqual([]);
    expect(await processesOf(m.paths.root)).toEqual([]);
  });
});
