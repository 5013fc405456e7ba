/** The installation of OpenClaw as the deployment runs it: a real `npm ci`, killed, twice at once, and where it cannot work. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runtimeDirectoryName } from "../../components/local/versions.ts";
import { mountDisk } from "../support/small-disk.ts";
import { until } from "../support/until.ts";

const release = (file: string): string =>
  JSON.stringify(pathToFileURL(join(import.meta.dirname, "../../components/local/release", file)).href);
/** What apply.ts does first, as a process of its own: version and directory are its arguments. */
const script = `
  import { installOpenclaw } from ${release("openclaw-runtime.ts")};
  import { runStep } from ${release("step.ts")};
  await runStep(() => installOpenclaw(...process.argv.slice(1)));`;
const words = (version: string, target: string): string[] => ["--input-type=module", "-e", script, version, target];
const version = "2026.9.6";
let root = "";
const runtimes = (): string => join(root, "runtimes");
const directory = (): string => join(runtimes(), runtimeDirectoryName(version));

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "openclaw-install-"));
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const install = (environment: Readonly<Record<string, string>> = {}, target = directory()) =>
  execa(process.execPath, words(version, target), {
    env: environment,
    stdin: "ignore",
    all: true,
    reject: false,
    detached: true,
  });

describe("an installation that is killed", () => {
  it("leaves nothing that counts as installed", async () => {
    const killed = install();
    const partial = (): string | undefined =>
      existsSync(runtimes()) ? readdirSync(runtimes()).find((name) => name.includes(".partial")) : undefined;
    await until(
      "npm to write",
      () => {
        const name = partial();
        return name !== undefined && existsSync(join(runtimes(), name, "node_modules")) ? true : undefined;
      },
      60,
    );
    await sleep(1000);
    if (killed.pid === undefined) throw new Error("it did not start");
    process.kill(-killed.pid, "SIGKILL"); // it leads a group of its own, and npm is in it
    expect((await killed).signal).toBe("SIGKILL");
    expect(existsSync(join(directory(), ".complete"))).toBe(false);
    expect(partial()).toBeDefined();
  });

  it("is done anew by the next two at once: one installs, both succeed", async () => {
    const both = await Promise.all([install(), install()]);
    expect(both.map(({ exitCode, all }) => (exitCode === 0 ? "" : all))).toEqual(["", ""]);
    expect(both.filter(({ stdout }) => stdout.includes("is installed in"))).toHaveLength(1);
    expect(both.filter(({ stdout }) => stdout.includes("from its npm package"))).toHaveLength(1);
    expect(readdirSync(runtimes())).toEqual([runtimeDirectoryName(version)]);
    expect(existsSync(join(directory(), ".complete"))).toBe(true);
  });

  it("has become an OpenClaw that answers, on its own Node and with nothing else on the PATH", async () => {
    const modules = join(directory(), "node_modules");
    const { stdout } = await execa(join(modules, ".bin/node"), [join(modules, "openclaw/openclaw.mjs"), "--version"], {
      env: { HOME: root, PATH: "" },
      extendEnv: false,
    });
    expect(stdout).toContain(version);
  });

  it("and once more takes less than a second", async () => {
    const began = performance.now();
    const { stdout, exitCode } = await install();
    expect(performance.now() - began).toBeLessThan(1000);
    expect(exitCode).toBe(0);
    expect(stdout).toBe("");
  });
});

describe("an installation that cannot be", () => {
  const elsewhere = (name: string): string => join(root, name, runtimeDirectoryName(version));

  const leftNothing = (name: string): void => {
    expect(existsSync(elsewhere(name))).toBe(false);
    expect(existsSync(join(root, `${name}.lock`))).toBe(false);
  };

  it("says that npm is missing", async () => {
    const { exitCode, stderr } = await install({ PATH: join(root, "empty") }, elsewhere("no-npm"));
    expect(stderr).toBe("npm was not found on the PATH; install Node.js with npm and run it again");
    expect(exitCode).toBe(1);
    leftNothing("no-npm");
  });

  it("says that the registry cannot be reached, in npm's words too", async () => {
    const environment = {
      npm_config_registry: "http://127.0.0.1:9",
      npm_config_cache: join(root, "empty-cache"),
      npm_config_fetch_retries: "0",
    };
    const { exitCode, stderr } = await install(environment, elsewhere("no-registry"));
    expect(stderr).toContain(
      `npm could not install OpenClaw ${version}; check the connection to the npm registry and run it again. npm said:`,
    );
    expect(stderr).toContain("ECONNREFUSED");
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(exitCode).toBe(1);
    leftNothing("no-registry");
  });

  it("says how much space is missing, and writes nothing", async () => {
    const disk = join(root, "disk");
    mkdirSync(disk);
    await using small = await mountDisk(disk, "size=50m");
    const target = join(disk, "runtimes", runtimeDirectoryName(version));
    const { exitCode, all } = await small.run(process.execPath, words(version, target));
    expect(all).toMatch(/^\S+\/runtimes has \d\d MB free, OpenClaw needs 1500 MB; free some space and run it again$/);
    expect(exitCode).toBe(1);
    expect((await small.run("ls", [join(disk, "runtimes")])).all).toBe("");
  });
});
