/**
 * A user's machine for one test file: its own clone, home and data, the real commands, the real OpenClaw. Only what is
 * big and keyed by content is shared: the toolchain, npm's cache, and the installed OpenClaw versions.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { SupervisorStatus } from "../../components/local/agent/supervisor.mts";
import { backendEnvironment } from "../../commands/embedded-backend.ts";
import { isAlive } from "../../components/local/agent/process-identity.mts";
import { installOpenclaw } from "../../components/local/release/openclaw-runtime.ts";
import { localPaths, type LocalPaths } from "../../components/local/paths.ts";
import { openclawVersions, runtimeDirectoryName } from "../../components/local/versions.ts";
import { ensureToolchain } from "../../toolchain/main.ts";
import { outputOf } from "./deployer.ts";
import { freePort } from "./free-port.ts";
import { killProcessesOf } from "./processes.ts";

const repository = join(import.meta.dirname, "../..");
const ownFiles = [
  "Pulumi.yaml",
  "package.json",
  "package-lock.json",
  "cloud-init",
  "commands",
  "components",
  "infra",
  "stacks",
  "toolchain",
];
const cacheHome = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
const sharedRuntimes = join(cacheHome, "pulumi-openclaw", "test-runtimes");

/** What a command printed, standard error included, and its exit code. */
export interface CommandResult {
  readonly output: string;
  readonly exitCode: number | undefined;
}

/** A command that still runs. */
export interface RunningCommand {
  /** Leader of its process group. */
  readonly pid: number;
  readonly result: Promise<CommandResult>;
}

/** See the file's comment. */
export interface Machine {
  readonly checkout: string;
  readonly home: string;
  readonly paths: LocalPaths;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  /** `npm start`. */
  readonly start: () => Promise<CommandResult>;
  /** `npm run <script> -- <words>`. */
  readonly npm: (script: string, ...words: string[]) => Promise<CommandResult>;
  /** The same, still running. */
  readonly launch: (script: string, ...words: string[]) => RunningCommand;
  /** Standard output of `npm run --silent pulumi -- <words>`. @throws Error when it fails */
  readonly pulumi: (...words: string[]) => Promise<string>;
  readonly setConfig: (key: string, value: string, ...flags: string[]) => Promise<string>;
  readonly token: () => Promise<string>;
  readonly status: () => SupervisorStatus;
  /** Waits until `/startupz` answers 200. */
  readonly untilStarted: () => Promise<void>;
  /** HTTP status of an authenticated call. */
  readonly call: (token: string) => Promise<number>;
  /** Ends every process and removes the files. */
  readonly remove: () => Promise<void>;
}

/** Installs the OpenClaw versions that tests use, once for all of them. */
export async function sharedOpenclaw(): Promise<string> {
  for (const version of openclawVersions)
    await installOpenclaw(version, join(sharedRuntimes, runtimeDirectoryName(version)));
  return sharedRuntimes;
}

/** Makes a machine; nothing runs on it yet. */
export async function machine(name: string): Promise<Machine> {
  const root = mkdtempSync(join(tmpdir(), `openclaw-${name}-`));
  const [checkout, home] = [join(root, "checkout"), join(root, "home")];
  for (const directory of [checkout, home]) mkdirSync(directory);
  for (const file of ownFiles) cpSync(join(repository, file), join(checkout, file), { recursive: true });
  rmSync(join(checkout, "stacks/Pulumi.local.yaml"), { force: true });
  symlinkSync(join(repository, "node_modules"), join(checkout, "node_modules"));

  const paths = localPaths(join(home, ".local/share/pulumi-openclaw"), "local");
  const runtimes = await sharedOpenclaw();
  mkdirSync(paths.runtimes, { recursive: true });
  for (const version of openclawVersions) {
    symlinkSync(join(runtimes, runtimeDirectoryName(version)), join(paths.runtimes, runtimeDirectoryName(version)));
  }
  const port = await freePort();
  const environment = {
    // Commands of this machine's own win.
    PATH: `${join(home, "bin")}:${process.env["PATH"] ?? ""}`,
    HOME: home,
    XDG_CACHE_HOME: cacheHome,
    npm_config_cache: process.env["npm_config_cache"] ?? join(homedir(), ".npm"),
  };
  const options = { cwd: checkout, env: environment, extendEnv: false, all: true, reject: false } as const;
  const launch: Machine["launch"] = (script, ...words) => {
    const child = execa("npm", ["run", "--silent", script, "--", ...words], {
      ...options,
      stdin: "ignore",
      detached: true,
    });
    if (child.pid === undefined) throw new Error("npm did not start");
    return { pid: child.pid, result: child.then(({ all, exitCode }) => ({ output: all, exitCode })) };
  };
  const npm: Machine["npm"] = (script, ...words) => launch(script, ...words).result;
  const pulumi = async (...words: string[]): Promise<string> => {
    const all = ["run", "--silent", "pulumi", "--", ...words];
    return outputOf(words, await execa("npm", all, { ...options, stdin: "ignore" }));
  };
  const status = (): SupervisorStatus =>
    JSON.parse(readFileSync(join(paths.run, "supervisor.json"), "utf8")) as SupervisorStatus;
  const runningPort = (): number =>
    (JSON.parse(readFileSync(join(paths.run, "release.json"), "utf8")) as { port: number }).port;
  /** The CLI itself, on the backend that an earlier command made: for what Pulumi alone does. */
  const cli = async (...words: string[]): Promise<string> => {
    const toolchain = await ensureToolchain({ plugins: [], report: () => undefined });
    const env = { ...environment, ...toolchain.environment, ...backendEnvironment(paths.root) };
    return outputOf(words, await execa(toolchain.pulumi, words, { ...options, env, stdin: "ignore" }));
  };
  return {
    checkout,
    home,
    paths,
    port,
    environment,
    launch,
    npm,
    pulumi,
    start: () => npm("start"),
    setConfig: (key, value, ...flags) =>
      cli("config", "set", "--stack", "local", "--path", ...flags, `openclaw:${key}`, value),
    token: async () => (await cli("stack", "output", "--stack", "local", "--show-secrets", "token")).trim(),
    status,
    untilStarted: async () => {
      const deadline = Date.now() + 90_000;
      for (;;) {
        const answer = await fetch(`http://127.0.0.1:${String(runningPort())}/startupz`).catch(() => undefined);
        if (answer?.status === 200 && isAlive(status().gateway)) return;
        if (Date.now() > deadline) throw new Error(`the gateway did not start: ${JSON.stringify(status())}`);
        await sleep(200);
      }
    },
    call: async (token) => {
      const answer = await fetch(`http://127.0.0.1:${String(runningPort())}/tools/invoke`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ tool: "sessions_list", args: {} }),
      });
      return answer.status;
    },
    remove: async () => {
      await killProcessesOf(root);
      if (existsSync(root)) rmSync(root, { recursive: true, force: true });
    },
  };
}
