/**
 * Updates of a living gateway: from 2026.9.5 to 2026.9.6, a bad one, interrupted ones. Real engine. Where it is the release that
 * is put to the test, a small OpenClaw takes the real one's place: that makes the state, and migrates it.
 */
import { cpSync, existsSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isAlive } from "../../components/local/agent/process-identity.mts";
import { openclawVersions, runtimeDirectoryName } from "../../components/local/versions.ts";
import { machine, sharedOpenclaw, type Machine, type RunningCommand } from "../support/machine.ts";
import { argumentsOf, kill, killProcessesOf, processesOf } from "../support/processes.ts";
import { installFrom, smallRuntimes } from "../support/small-runtimes.ts";
import { until } from "../support/until.ts";

let m: Machine;
const memory = (): string => join(m.paths.data, "workspace", "MEMORY.md");
const remembers = (): boolean => readFileSync(memory(), "utf8") === "what the user cares about";

const version = async (): Promise<unknown> => {
  const { port } = JSON.parse(readFileSync(join(m.paths.run, "release.json"), "utf8")) as { port: number };
  const answer = await fetch(`http://127.0.0.1:${String(port)}/startupz`);
  return ((await answer.json()) as { version: string }).version;
};

/** Waits until the release in progress wrote its journal: the old gateway is stopped, the new one starts. */
const untilReplacing = async (): Promise<void> => {
  const deadline = Date.now() + 60_000;
  while (!existsSync(join(m.paths.run, "journal.json"))) {
    if (Date.now() > deadline) throw new Error("no release began");
    await sleep(20);
  }
};

/** Everything that belongs to the deployment dies at once; the gateway and its supervisor go on. */
const killDeployment = async (running: RunningCommand): Promise<void> => {
  for (const pid of await processesOf(m.paths.root)) {
    const arguments_ = argumentsOf(pid);
    const isDeployment =
      /pulumi|release\/apply|bootstrap|commands\//.test(arguments_) && !arguments_.includes("run/agent");
    if (isDeployment) kill(pid);
  }
  await running.result;
};

/** A power cut. */
const killEverything = async (running: RunningCommand): Promise<void> => {
  await killProcessesOf(m.paths.root);
  await running.result;
};

/** What a release finds installed from here on. */
const install = async (version: (typeof openclawVersions)[number], kind: "real" | "small"): Promise<void> => {
  installFrom(kind === "real" ? await sharedOpenclaw() : join(m.home, "small"), m.paths.runtimes, version);
};

const bad = runtimeDirectoryName("2026.9.6");

/** Puts an OpenClaw in place of 2026.9.6 that accepts the configuration, damages the state and then crashes. */
const breakRuntime = async (): Promise<void> => {
  const installed = join(m.paths.runtimes, bad);
  const real = join(await sharedOpenclaw(), bad);
  rmSync(installed);
  cpSync(
    join(import.meta.dirname, "../support/broken-openclaw.js"),
    join(installed, "node_modules/openclaw/openclaw.mjs"),
  );
  cpSync(realpathSync(join(real, "node_modules/.bin/node")), join(installed, "node_modules/.bin/node"));
  writeFileSync(join(installed, ".complete"), "");
};

beforeAll(async () => {
  m = await machine("update");
  await smallRuntimes(join(m.home, "small"));
  await install("2026.9.5", "small");
  await m.pulumi("stack", "init", "local");
  await m.setConfig("target", "local");
  await m.setConfig("local.runtime", "process");
  await m.setConfig("gateway.port", String(m.port));
  await m.setConfig("gateway.version", "2026.9.5", "--type", "string");
}, 600_000);

afterAll(async () => {
  await m.remove();
});

describe("a first deployment that is killed halfway", () => {
  it("can be stopped: nothing of it goes on", async () => {
    const running = m.launch("start");
    await untilReplacing();
    // Under load the journal is there for a while before anything runs.
    await until("the supervisor", () => existsSync(join(m.paths.run, "supervisor.json")) || undefined, 60);
    await killDeployment(running);
    expect(await processesOf(m.paths.run)).not.toEqual([]);
    const { output, exitCode } = await m.npm("stop");
    expect(output).toContain(`kept the state in ${m.paths.data}`);
    expect(exitCode).toBe(0);
    expect(await processesOf(m.paths.run)).toEqual([]);
    expect(existsSync(m.paths.run)).toBe(false);
    rmSync(m.paths.data, { recursive: true });
  });

  it("is completed by the next one", async () => {
    await install("2026.9.5", "real");
    const running = m.launch("start");
    await untilReplacing();
    await killEverything(running);
    const { output, exitCode } = await m.start();
    expect(output).toContain("cleared the lock of an interrupted run");
    expect(output).toContain("was interrupted; completing it");
    expect(exitCode).toBe(0);
    expect(await version()).toBe("2026.9.5");
    expect((await m.start()).output).toContain("4 unchanged");
    writeFileSync(memory(), "what the user cares about");
    await install("2026.9.5", "small");
  });
});

describe("G4: a bad update cannot brick the gateway", () => {
  it("goes back to the old version and its state, keeps what the bad one wrote, and says why", async () => {
    await breakRuntime();
    await m.setConfig("gateway.version", "2026.9.6", "--type", "string");
    const token = await m.token();
    const { output, exitCode } = await m.start();
    expect(exitCode).not.toBe(0);
    expect(output).toContain("OpenClaw crashed 3 times (exit 1)");
    expect(output).toContain("cannot read the model registry");
    expect(output).toContain("The gateway that ran before runs again, with its state and configuration.");
    expect(await version()).toBe("2026.9.5");
    expect(await m.call(token)).toBe(200);
    expect(remembers()).toBe(true);
    const rejected = readdirSync(m.paths.rejected);
    expect(rejected).toHaveLength(1);
    expect(readFileSync(join(m.paths.rejected, rejected[0] ?? "", "workspace/MEMORY.md"), "utf8")).toBe("damaged");
  });

  it("goes back all the same, when going back is interrupted by a power cut", async () => {
    rmSync(m.paths.rejected, { recursive: true });
    const running = m.launch("start");
    const deadline = Date.now() + 60_000;
    while (!existsSync(m.paths.rejected) || readdirSync(m.paths.rejected).length === 0) {
      if (Date.now() > deadline) throw new Error("nothing was rejected");
      await sleep(20);
    }
    await killEverything(running);
    await m.setConfig("gateway.version", "2026.9.5", "--type", "string");
    const { exitCode } = await m.start();
    expect(exitCode).toBe(0);
    expect(await version()).toBe("2026.9.5");
    expect(remembers()).toBe(true);
    await install("2026.9.6", "real");
    await m.setConfig("gateway.version", "2026.9.6", "--type", "string");
  });
});

describe("a deployment that is killed halfway", () => {
  it("is completed by the release itself, when only Pulumi dies", async () => {
    const running = m.launch("start");
    await untilReplacing();
    const cli = (await processesOf(m.paths.root)).find((pid) => argumentsOf(pid).includes("bin/pulumi\0up"));
    if (cli === undefined || !kill(cli)) throw new Error("no pulumi");
    await running.result;
    const { output, exitCode } = await m.start();
    expect(output).toContain("cleared the lock of an interrupted run");
    expect(exitCode).toBe(0);
    expect(await version()).toBe("2026.9.6");
    expect(remembers()).toBe(true);
    await m.pulumi("preview", "--stack", "local", "--expect-no-changes");
    await install("2026.9.6", "small");
  });

  it("is completed by the next one, when everything dies", async () => {
    await m.setConfig("env.ROUND", "two", "--type", "string");
    const running = m.launch("start");
    await untilReplacing();
    await killEverything(running);
    const { output, exitCode } = await m.start();
    expect(output).toContain("was interrupted; completing it");
    expect(exitCode).toBe(0);
    expect(readFileSync(`/proc/${String(m.status().gateway?.pid)}/environ`, "utf8")).toContain("ROUND=two");
    expect(remembers()).toBe(true);
    await m.pulumi("preview", "--stack", "local", "--expect-no-changes");
  });

  it("keeps what a gateway wrote that went on without it", async () => {
    await m.setConfig("env.ROUND", "three", "--type", "string");
    const running = m.launch("start");
    await untilReplacing();
    await m.untilStarted().catch(() => undefined);
    await killDeployment(running);
    await m.untilStarted();
    writeFileSync(memory(), "written after the deployment died");
    const { exitCode } = await m.start();
    expect(exitCode).toBe(0);
    expect(readFileSync(memory(), "utf8")).toBe("written after the deployment died");
    expect(isAlive(m.status().gateway)).toBe(true);
    await m.pulumi("preview", "--stack", "local", "--expect-no-changes");
  });
});
