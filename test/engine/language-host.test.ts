/** G8: nobody pays for a cloud that is not used. Asked of Pulumi's own language host, and of the real program as it runs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import grpc from "@grpc/grpc-js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { backendEnvironment } from "../../commands/embedded-backend.ts";
import { ensureToolchain, type Toolchain } from "../../toolchain/main.ts";
import { machine, type Machine } from "../support/machine.ts";
import { answer } from "../support/provider-client.ts";

const repository = join(import.meta.dirname, "../..");
let toolchain: Toolchain;
let m: Machine;

beforeAll(async () => {
  toolchain = await ensureToolchain({ plugins: ["command", "random"], report: () => undefined });
  m = await machine("language-host");
  await m.pulumi("stack", "init", "local");
  await m.setConfig("target", "local");
  await m.setConfig("local.runtime", "process");
});

afterAll(async () => {
  await m.remove();
});

/** Names of the plugins that the engine would fetch before it runs a program; it starts the host in the program's directory. */
async function requiredPlugins(programDirectory: string): Promise<string[]> {
  const executable = join(dirname(toolchain.pulumi), "pulumi-language-nodejs");
  const host = spawn(executable, ["127.0.0.1:1"], {
    cwd: programDirectory,
    env: { ...process.env, ...toolchain.environment },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(host, "exit");
  const [line] = (await once(host.stdout, "data")) as [Buffer]; // a stream without an encoding emits buffers
  const address = `127.0.0.1:${line.toString().trim()}`;
  const client = new languageGrpc.LanguageRuntimeClient(address, grpc.credentials.createInsecure());
  try {
    // The entry point is the whole directory: older hosts look at it, newer ones at the directory.
    const info = new languagePb.ProgramInfo()
      .setRootDirectory(repository)
      .setProgramDirectory(programDirectory)
      .setEntryPoint(".");
    const request = new languagePb.GetRequiredPluginsRequest().setPwd(programDirectory).setProgram(".").setInfo(info);
    const response = await answer<languagePb.GetRequiredPluginsResponse>((done) =>
      client.getRequiredPlugins(request, done),
    );
    return response.getPluginsList().map((plugin) => plugin.getName());
  } finally {
    client.close();
    host.kill();
    await ended;
  }
}

const { main } = parse(readFileSync(join(repository, "Pulumi.yaml"), "utf8")) as { main: string };

describe("before the program runs, the engine fetches", () => {
  it("no plugin at all, because the program has a directory of its own", async () => {
    expect(await requiredPlugins(join(repository, dirname(main)))).toEqual([]);
  });

  it("the plugins of every cloud, were the program at the repository's root", async () => {
    const plugins = await requiredPlugins(repository);
    for (const name of ["aws", "gcp", "hcloud", "command", "random"]) expect(plugins).toContain(name);
  });
});

/** Runs the engine on the machine's clone with its own environment and more. */
const preview = (environment: Readonly<Record<string, string>>) =>
  execa(toolchain.pulumi, ["preview", "--stack", "local", "--non-interactive", "--color", "never"], {
    cwd: m.checkout,
    env: {
      ...m.environment,
      ...toolchain.environment,
      ...backendEnvironment(m.paths.root),
      ...environment,
    },
    extendEnv: false,
    stdin: "ignore",
    all: true,
    reject: false,
  });

describe("a preview of the target local", () => {
  it("loads the SDKs that it uses, and no module of another cloud", async () => {
    const file = join(m.home, "loaded");
    const recorder = pathToFileURL(join(import.meta.dirname, "../support/loaded-modules.js")).href;
    const { all, exitCode } = await preview({ LOADED_MODULES: file, NODE_OPTIONS: `--import ${recorder}` });
    expect(`${String(exitCode)} ${all}`).toMatch(/^0 /);
    const loaded = readFileSync(file, "utf8").split("\n");
    const of = (name: string): string[] => loaded.filter((url) => url.includes(`/node_modules/@pulumi/${name}/`));
    for (const name of ["pulumi", "command", "random"]) expect(of(name).length).toBeGreaterThan(0);
    expect(loaded.some((url) => url.endsWith("/stacks/local.ts"))).toBe(true);
    for (const name of ["aws", "gcp", "hcloud", "tls"]) expect(of(name)).toEqual([]);
  });
});

describe("a Node that is too old for the program", () => {
  const sentence = /pulumi-openclaw needs Node 22\.18\.0 or newer, this is ([\d.]+)\. Use "npm run pulumi -- …"/;

  const isOld = async (node: string): Promise<boolean> => {
    if (!existsSync(node)) return false;
    const { stdout } = await execa(node, ["--version"], { reject: false });
    const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(stdout) ?? [];
    return major !== undefined && (Number(major) < 22 || (major === "22" && Number(minor) < 18));
  };

  /** A directory with a `node` that is too old: a real one where the machine has one, else today's that says so. */
  const oldNode = async (): Promise<string> => {
    const candidates = (process.env["PATH"] ?? "").split(":").map((directory) => join(directory, "node"));
    let command = `'${process.execPath}' --import 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.9.0"})'`;
    for (const candidate of candidates) {
      if (await isOld(candidate)) {
        command = `'${candidate}'`;
        break;
      }
    }
    const directory = join(m.home, "old-node");
    mkdirSync(directory, { recursive: true });
    const file = join(directory, "node");
    writeFileSync(file, `#!/bin/sh\nexec ${command} "$@"\n`);
    chmodSync(file, 0o755);
    return directory;
  };

  it("gets one sentence and exit code 1", async () => {
    const node = join(await oldNode(), "node");
    const { stderr, stdout, exitCode } = await execa(node, [join(m.checkout, main)], { reject: false });
    expect(stderr).toMatch(sentence);
    expect(stderr.split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
    expect(exitCode).toBe(1);
  });

  it("shows it to the user of Pulumi, who has an old Node on the PATH", async () => {
    const PATH = `${await oldNode()}:${toolchain.environment["PATH"] ?? ""}`;
    const { all, exitCode } = await preview({ PATH });
    expect(all).toMatch(sentence);
    expect(all).not.toContain("ERR_UNKNOWN_FILE_EXTENSION");
    expect(exitCode).not.toBe(0);
  });
});
