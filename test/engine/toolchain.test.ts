/**
 * The toolchain, executed: every test runs `toolchain/main.ts` as its users do. "Offline" is made, not assumed, so that
 * the same paths are taken on a machine that has the network: the launcher's fetch fails, or a failure is on record.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import grpc from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withoutAutomaticLog } from "../../toolchain/automatic-log.ts";
import { DOWNLOAD_RETRY_AFTER_MS } from "../../toolchain/decide.ts";
import { requireDisk } from "../../toolchain/disk.ts";
import { defaultCacheDirectory } from "../../toolchain/layout.ts";
import { ensureToolchain, PLUGIN_NAMES, type PluginName, type Toolchain } from "../../toolchain/main.ts";
import { run } from "../../toolchain/run.ts";
import { CHECKOUT, readVersions, type Versions } from "../../toolchain/versions.ts";

const MAIN = path.join(CHECKOUT, "toolchain", "main.ts");
const BRIDGED = ["random", "tls", "hcloud"] as const;

let scratch: string;
let versions: Versions;
/** Go's own cache: it follows XDG_CACHE_HOME, which these tests change. */
let goCache: string;
/** Built once and kept between runs; with the network, the default cache holds the published files instead. */
let built: Toolchain;

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), "toolchain-"));
  versions = await readVersions();
  goCache = (await execa("go", ["env", "GOCACHE"])).stdout;
  const cacheDirectory = path.join(defaultCacheDirectory(process.env), "for-tests");
  await mkdir(cacheDirectory, { recursive: true });
  await writeFile(path.join(cacheDirectory, "download-failed"), "these tests are about what is built\n");
  const report = (line: string): void => {
    console.log(line);
  };
  built = await ensureToolchain({ plugins: PLUGIN_NAMES, report, cacheDirectory });
});

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

interface Place {
  /** what XDG_CACHE_HOME is set to */
  readonly xdg: string;
  /** the cache directory below it */
  readonly cache: string;
}

async function newPlace(): Promise<Place> {
  const xdg = await mkdtemp(path.join(scratch, "cache-"));
  return { xdg, cache: path.join(xdg, "pulumi-openclaw") };
}

/** A directory with executable scripts, to be put on a PATH. */
async function scripts(contents: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(path.join(scratch, "bin-"));
  for (const [name, body] of Object.entries(contents)) {
    await writeFile(path.join(directory, name), `#!/bin/sh\n${body}\n`);
    await chmod(path.join(directory, name), 0o755);
  }
  return directory;
}

/** Makes `fetch` of the npm launcher do this; an expression. */
async function withFetch(expression: string): Promise<Record<string, string>> {
  const file = path.join(await mkdtemp(path.join(scratch, "fetch-")), "preload.mjs");
  await writeFile(file, `globalThis.fetch = async () => ${expression};\n`);
  return { NODE_OPTIONS: `--import=${file}` };
}

const offline = (): Promise<Record<string, string>> => withFetch(`{ throw new Error("no network in this test"); }`);

interface Ended {
  readonly code: number | undefined;
  /** what it reported and how it failed */
  readonly stderr: string;
  readonly stdout: string;
}

/** Runs the toolchain's command line. */
async function ensure(place: Place, plugins: readonly PluginName[], env: Record<string, string> = {}): Promise<Ended> {
  const args = [MAIN, ...plugins.flatMap((name) => ["--plugin", name])];
  const { exitCode, stderr, stdout } = await execa(process.execPath, args, {
    env: { XDG_CACHE_HOME: place.xdg, GOCACHE: goCache, ...env },
    reject: false,
  });
  return { code: exitCode, stderr, stdout };
}

/** A CLI as the official installer leaves it: it names its version and "downloads" plugins. */
const fakeCli = (version: string): string => `
case "$1" in
  version) echo ${version} ;;
  plugin) d="$PULUMI_HOME/plugins/resource-$4-v$5"; mkdir -p "$d"; echo '#!/bin/sh' >"$d/pulumi-resource-$4"
          chmod +x "$d/pulumi-resource-$4" ;;
esac`;

/** The official installer, as far as the launcher knows it. */
const fakeInstaller = (version: string): string => `
while [ $# -gt 0 ]; do case "$1" in --install-root) root=$2; shift ;; esac; shift; done
mkdir -p "$root/bin"; cd "$root/bin"
cat >pulumi <<'END'
#!/bin/sh${fakeCli(version)}
END
echo '#!/bin/sh' >pulumi-language-nodejs; chmod +x *`;

describe("an installed CLI", () => {
  it("is used, and asked for its version only once", async () => {
    const place = await newPlace();
    const asked = path.join(place.xdg, "asked");
    const bin = await scripts({
      pulumi: `echo x >>${asked}; [ "$1" = version ] && echo v3.300.1`,
      "pulumi-language-nodejs": "",
    });
    for (let run = 0; run < 2; run += 1) {
      const result = await ensure(place, ["command"], { PATH: `${bin}:/usr/bin:/bin` });
      expect(result.stdout).toBe(`Pulumi CLI: ${bin}/pulumi (installed); plugins: command (stand-in)`);
    }
    // version and plugin install in the first run, nothing in the second
    expect(await readFile(asked, "utf8")).toBe("x\nx\n");
  });

  it.each([
    ["too old", { pulumi: "echo v3.258.0", "pulumi-language-nodejs": "" }],
    ["of another major version", { pulumi: "echo v4.0.0", "pulumi-language-nodejs": "" }],
    ["without its language host", { pulumi: "echo v3.300.0" }],
    ["broken", { pulumi: "exit 1", "pulumi-language-nodejs": "" }],
  ])("is passed over when it is %s; without network and Go, one message says what to do", async (_case, contents) => {
    const place = await newPlace();
    const bin = await scripts(contents);
    const binaries = path.join(CHECKOUT, "node_modules", ".bin");
    const result = await ensure(place, ["command"], { PATH: `${bin}:${binaries}`, ...(await offline()) });
    expect(result.code).toBe(1);
    const lines = result.stderr.split("\n");
    expect(lines[1]).toBe("the download failed (pulumi: no network in this test): building it instead");
    expect(lines.at(-1)).toMatch(/^Go is not installed.*install Go 1\.\d+\.\d+ or newer/u);
    expect(lines).toHaveLength(3);
  });

  it("is never one that another toolchain built", async () => {
    const result = await ensure(await newPlace(), ["command"], {
      PATH: path.dirname(built.pulumi),
      ...(await offline()),
    });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("Go is not installed");
  });
});

describe("with the network", () => {
  it("the official CLI and plugins are downloaded, and a stand-in gives way", async () => {
    const place = await newPlace();
    const online = await withFetch(`new Response(${JSON.stringify(fakeInstaller(`v${versions.pulumi}`))})`);
    const cli = path.join(place.cache, "pulumi", "versions", versions.pulumi, "bin", "pulumi");

    // Downloads failed a moment ago: nothing is downloaded, and without Go nothing can be built.
    await mkdir(place.cache);
    await writeFile(path.join(place.cache, "download-failed"), "");
    expect((await ensure(place, [], { PATH: "/usr/bin:/bin", ...online })).stderr).toMatch(/^Go is not installed/u);

    // A day later.
    const yesterday = new Date(Date.now() - DOWNLOAD_RETRY_AFTER_MS - 1000);
    await utimes(path.join(place.cache, "download-failed"), yesterday, yesterday);
    const first = await ensure(place, ["tls"], { PATH: "/usr/bin:/bin", ...online });
    expect(first.stdout).toBe(`Pulumi CLI: ${cli} (downloaded); plugins: tls (downloaded)`);

    await writeFile(path.join(place.cache, "download-failed"), "");
    const substitute = await ensure(place, ["command"], { PATH: "/usr/bin:/bin" });
    expect(substitute.stdout).toContain("command (stand-in)");
    await utimes(path.join(place.cache, "download-failed"), yesterday, yesterday);
    const published = await ensure(place, ["command", "tls"], { PATH: "/usr/bin:/bin" });
    expect(published.stdout).toBe(`Pulumi CLI: ${cli} (downloaded); plugins: command (downloaded), tls (downloaded)`);
    expect(await readdir(place.cache)).toEqual(["pulumi"]);

    // What a person installs comes first nevertheless.
    const bin = await scripts({ pulumi: "echo v3.300.0", "pulumi-language-nodejs": "" });
    const installed = await ensure(place, ["command"], { PATH: `${bin}:/usr/bin:/bin` });
    expect(installed.stdout).toBe(`Pulumi CLI: ${bin}/pulumi (installed); plugins: command (downloaded)`);
  });
});

describe("the real plugin download without network", () => {
  it("ends within seconds and gives way to the stand-in", async () => {
    const place = await newPlace();
    const bin = path.dirname(built.pulumi);
    // The real CLI as an installed one; loopback refuses its downloads.
    const real = await mkdtemp(path.join(scratch, "bin-"));
    for (const name of ["pulumi", "pulumi-language-nodejs"]) {
      await writeFile(path.join(real, name), `#!/bin/sh\nexec ${bin}/${name} "$@"\n`, { mode: 0o755 });
    }
    const start = performance.now();
    const result = await ensure(place, ["command"], {
      PATH: `${real}:/usr/bin:/bin`,
      HTTPS_PROXY: "http://127.0.0.1:9",
    });
    expect(result.stdout).toBe(`Pulumi CLI: ${real}/pulumi (installed); plugins: command (stand-in)`);
    expect(result.stderr).toMatch(/the download failed \(.*command-1\.2\.1.*\): using a substitute/u);
    expect(performance.now() - start).toBeLessThan(15_000);
  });
});

describe("a command that takes too long", () => {
  it("is given up, also when what it started goes on", async () => {
    const start = performance.now();
    const options = { cwd: scratch, env: process.env, timeout: 300 };
    const result = await run("sh", ["-c", "echo started; sleep 20 & sleep 20"], options);
    expect(performance.now() - start).toBeLessThan(5000);
    expect(result).toMatchObject({ ok: false });
    expect(result.lines[0]).toBe("started");
  });
});

describe("when everything is in place", () => {
  it("nothing is started or written, and it costs less than 100 ms", async () => {
    // Node refuses to start a process or to write a file under these permissions.
    const cacheDirectory = path.dirname(built.pulumiHome);
    const program = `
      import { ensureToolchain, PLUGIN_NAMES } from ${JSON.stringify(MAIN)};
      const start = performance.now();
      const { source, plugins } = await ensureToolchain({ plugins: PLUGIN_NAMES, report() {}, cacheDirectory: ${JSON.stringify(cacheDirectory)} });
      console.log(JSON.stringify({ source, plugins, milliseconds: performance.now() - start }));`;
    const file = path.join(scratch, "ready.mjs");
    await writeFile(file, program);
    const env = { NODE_COMPILE_CACHE: undefined, NODE_DISABLE_COMPILE_CACHE: "1" };
    const { stdout } = await execa(process.execPath, ["--permission", "--allow-fs-read=*", file], { env });
    const result = JSON.parse(stdout) as { milliseconds: number };
    expect(result).toMatchObject({
      source: "built",
      plugins: { command: "stand-in", random: "bridged", tls: "bridged", hcloud: "bridged" },
    });
    expect(result.milliseconds).toBeLessThan(100);
  });

  it("the environment is all that a call of the CLI needs", () => {
    expect(built.environment).toEqual({
      PULUMI_HOME: built.pulumiHome,
      PATH: [path.dirname(built.pulumi), path.join(CHECKOUT, "node_modules", ".bin"), process.env["PATH"]].join(":"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      NODE_COMPILE_CACHE: path.join(path.dirname(built.pulumiHome), "node-compile-cache"),
      PULUMI_OPENCLAW_CHECKOUT: CHECKOUT,
    });
  });
});

describe("Pulumi's automatic log", () => {
  it("is kept off: Pulumi works without, and logs where it is told to", async () => {
    const own = path.join(built.pulumiHome, "logs");
    await rm(own, { recursive: true, force: true });
    await ensureToolchain({ plugins: [], report: () => undefined, cacheDirectory: path.dirname(built.pulumiHome) });
    expect(await readFile(own, "utf8")).toContain("--logtostderr --verbose=9");

    const home = path.join(scratch, "home-with-logs");
    const logs = path.join(home, "logs");
    const env = { ...built.environment, PULUMI_HOME: home };
    const list = (...flags: string[]) => execa(built.pulumi, ["plugin", "ls", ...flags], { env });
    expect((await list()).stderr).toBe("");
    expect(await readdir(logs)).toHaveLength(1); // as Pulumi would have it
    await withoutAutomaticLog(home);
    expect((await list()).stderr).toBe("");
    expect((await lstat(logs)).isFile()).toBe(true);
    expect((await list("--logtostderr", "--verbose=9")).stderr).not.toBe("");
  });
});

describe("a build", () => {
  it("that was killed leaves nothing half-made, and two at once build only once", async () => {
    const place = await newPlace();
    const env = { XDG_CACHE_HOME: place.xdg, GOCACHE: goCache, ...(await offline()) };
    const killed = spawn(process.execPath, [MAIN, "--plugin", "command"], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const exited = once(killed, "exit");
    for await (const line of createInterface(killed.stderr)) {
      if (line.startsWith("building ")) {
        // Go has made its output file's directory and is at work.
        await expect
          .poll(() => readdir(path.join(place.cache, "work")))
          .toContainEqual(expect.stringMatching(/^cli-/u));
        killed.kill("SIGKILL");
        break;
      }
    }
    expect(await exited).toEqual([null, "SIGKILL"]);
    await expect(readdir(path.join(place.cache, "builds"))).rejects.toThrow("ENOENT");
    await expect(readdir(path.join(place.cache, "pulumi"))).resolves.toEqual([]);

    const both = await Promise.all([ensure(place, ["command"], env), ensure(place, ["command"], env)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const said = both.map(({ stderr }) => stderr).join("\n");
    expect(said.match(/^built the Pulumi CLI .* from Go modules in \d+ s$/gmu)).toHaveLength(1);
    expect(said).toContain("waiting for another process that prepares the toolchain");
    expect((await readdir(place.cache)).toSorted()).toEqual(["builds", "download-failed", "logs", "pulumi"]);

    const bin = path.join(place.cache, "pulumi", "versions", versions.pulumi, "bin");
    expect((await readdir(bin)).toSorted()).toEqual([
      "language-host-nodejs",
      "pulumi",
      "pulumi-language-nodejs",
      "pulumi-resource-pulumi-nodejs",
    ]);
    const { stdout } = await execa(path.join(bin, "pulumi"), ["version"], { env: { ...built.environment } });
    expect(stdout).toBe(`v${versions.pulumi}`);
  });

  it("fails with one message when Go is too old", async () => {
    const bin = await scripts({ go: "echo go version go1.19.8 linux/amd64" });
    const result = await ensure(await newPlace(), [], { PATH: bin, ...(await offline()) });
    expect(result.stderr).toMatch(
      /\nGo 1\.19\.8 is too old to build the Pulumi CLI: 1\.\d+\.\d+ or newer is needed\..*$/u,
    );
  });

  it("fails with the end of Go's output and the path of the whole", async () => {
    const place = await newPlace();
    const bin = await scripts({
      go: `case "$1" in
        version) echo go version go1.99.0 linux/amd64 ;;
        env) echo '{"GOCACHE":"/tmp","GOMODCACHE":"/tmp"}' ;;
        build) echo first; i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo "x.go:$i: undefined: y" >&2; done; exit 1 ;;
      esac`,
    });
    const result = await ensure(place, [], { PATH: bin, ...(await offline()) });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(
      /building the Pulumi CLI [\d.]+ failed:\n {2}x\.go:16: .*\n( {2}x\.go:\d+: .*\n){14}/u,
    );
    const log = /The whole output: (\S+)$/u.exec(result.stderr)?.[1] ?? "";
    expect(await readFile(log, "utf8")).toMatch(/^first\nx\.go:1: /u);
    expect((await readdir(place.cache)).toSorted()).toEqual(["download-failed", "logs", "pulumi"]);
  });

  it("fails with one message when the disk runs full meanwhile", async () => {
    const bin = await scripts({
      go: `case "$1" in
        version) echo go version go1.99.0 linux/amd64 ;;
        env) echo '{"GOCACHE":"/tmp","GOMODCACHE":"/tmp"}' ;;
        build) LC_ALL=C /bin/cat "$0" >/dev/full ;;
      esac`,
    });
    const result = await ensure(await newPlace(), [], { PATH: bin, ...(await offline()) });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/\nthe disk of \S+\/pulumi-openclaw, or that of Go's caches, ran full\..*$/u);
  });

  it("fails with one message when no module proxy answers", async () => {
    const place = await newPlace();
    const result = await ensure(place, [], {
      ...(await offline()),
      GOPROXY: "http://127.0.0.1:9",
      GOMODCACHE: path.join(place.xdg, "modules"),
    });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(
      /\nthe Go modules could not be downloaded: .*connection refused\nCheck the network.*$/u,
    );
  });
});

describe("the cache directory", () => {
  /** Runs in a mount namespace of its own, on a file system made for it. */
  async function onFileSystem(options: string, before: string): Promise<Ended> {
    const place = await newPlace();
    const script = `mount -t tmpfs -o ${options} tmpfs "$XDG_CACHE_HOME" && ${before} && exec "$0" "$@"`;
    const { exitCode, stderr, stdout } = await execa(
      "unshare",
      ["--map-root-user", "--mount", "sh", "-c", script, process.execPath, MAIN, "--plugin", "command"],
      { env: { XDG_CACHE_HOME: place.xdg, GOCACHE: goCache, ...(await offline()) }, reject: false },
    );
    return { code: exitCode, stderr, stdout };
  }

  it("that is too small is refused before anything is built", async () => {
    const { code, stderr } = await onFileSystem("size=20m", "true");
    expect(code).toBe(1);
    expect(stderr).toMatch(/\nnot enough disk space at \S+\/pulumi-openclaw: 2[01] MB free, about \d+ MB needed\..*$/u);
    expect(stderr).not.toContain("building the");
  });

  it("that is full gives one message", async () => {
    const { code, stderr } = await onFileSystem("size=64k", `! head -c 1m /dev/zero >"$XDG_CACHE_HOME/x" 2>/dev/null`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^the disk of \S+\/pulumi-openclaw, or that of Go's caches, ran full\..*$/u);
  });

  it("that is read-only gives one message", async () => {
    const { code, stderr } = await onFileSystem("ro", "true");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^the cache directory \S+\/pulumi-openclaw cannot be written \(EROFS\)\..*$/u);
  });

  it("that a file stands in for gives one message", async () => {
    const place = await newPlace();
    await writeFile(place.cache, "");
    const { code, stderr } = await ensure(place, ["command"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^the cache directory \S+\/pulumi-openclaw cannot be written \((ENOTDIR|EEXIST)\)\..*$/u);
  });

  it("needs room for all that is written to the same disk", async () => {
    const need = (bytes: number) => ({ directory: path.join(scratch, "not", "yet"), bytes });
    await expect(requireDisk([need(1), need(1)])).resolves.toBeUndefined();
    await expect(requireDisk([need(2 ** 59), need(2 ** 59)])).rejects.toThrow(
      / GB free, about 1152921504\.6 GB needed/u,
    );
  });
});

describe("the stand-in of the command plugin", () => {
  const script = (): string =>
    path.join(built.pulumiHome, "plugins", `resource-command-v${versions.plugins.command}`, "pulumi-resource-command");

  it("runs the program of the checkout that called", async () => {
    const checkout = await mkdtemp(path.join(scratch, "checkout-"));
    await mkdir(path.join(checkout, "toolchain", "command-provider"), { recursive: true });
    const program = "console.log(process.argv.slice(2).join(' '));";
    await writeFile(path.join(checkout, "toolchain", "command-provider", "main.ts"), program);
    const env = { ...built.environment, PULUMI_OPENCLAW_CHECKOUT: checkout };
    const { stdout } = await execa(script(), ["127.0.0.1:1", "-x"], { env });
    expect(stdout).toBe("127.0.0.1:1 -x");
  });

  it("says in one line when it does not know the checkout", async () => {
    const result = await execa(script(), [], { env: { PULUMI_OPENCLAW_CHECKOUT: undefined }, reject: false });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/^pulumi-resource-command: PULUMI_OPENCLAW_CHECKOUT is unset: .*$/u);
  });
});

describe("the language host", () => {
  it("runs a program's resource hooks, in a preview too, and says what one refused", async () => {
    const project = await newProject(`
      import { Command } from "@pulumi/command/local/command.js";
      import { ResourceHook } from "@pulumi/pulumi";
      const refuse = new ResourceHook("refuse", () => { throw new Error("not like this"); }, { onDryRun: true });
      new Command("command", { create: "true" }, { hooks: { beforeCreate: [refuse] } });`);
    const preview = await project.pulumi("preview").catch((error: unknown) => error as { stdout: string });
    expect(preview.stdout).toContain(`before hook "refuse" failed: not like this`);
  });
});

describe("the bridged plugins", () => {
  it("are listed by the CLI with the versions of the SDKs", async () => {
    const { stdout } = await execa(built.pulumi, ["plugin", "ls", "--json"], { env: { ...built.environment } });
    const listed = JSON.parse(stdout) as { name: string; version: string }[];
    expect(Object.fromEntries(listed.map(({ name, version }) => [name, version]))).toEqual(versions.plugins);
  });

  it.each(BRIDGED)("%s has every type and function of its SDK", async (name) => {
    const args = ["package", "get-schema", `${name}@${versions.plugins[name]}`];
    const { stdout } = await execa(built.pulumi, args, { env: { ...built.environment } });
    const schema = JSON.parse(stdout) as { name: string; resources: object; functions: object };
    expect(schema.name).toBe(name);
    const offered = new Set([...Object.keys(schema.resources), ...Object.keys(schema.functions)]);
    const missing = (await tokensOfSdk(name)).filter((token) => !offered.has(token));
    // Upstream's last Go module is two releases behind the SDK's.
    expect(missing).toEqual(name === "hcloud" ? ["hcloud:index/zoneRecord:ZoneRecord"] : []);
  });

  it.each(BRIDGED)("%s says that it is the version of its SDK", async (name) => {
    const version = versions.plugins[name];
    const directory = path.join(built.pulumiHome, "plugins", `resource-${name}-v${version}`);
    const plugin = execFile(path.join(directory, `pulumi-resource-${name}`), ["127.0.0.1:1"]);
    try {
      const [port] = (await once(plugin.stdout ?? plugin, "data")) as [string];
      const address = `127.0.0.1:${port.trim()}`;
      const client = new providerGrpc.ResourceProviderClient(address, grpc.credentials.createInsecure());
      const info = await new Promise<PluginInfo>((resolve, reject) => {
        client.getPluginInfo(new emptyPb.Empty(), (error, response) => {
          if (error === null) resolve(response);
          else reject(error);
        });
      });
      client.close();
      expect(info.getVersion()).toBe(version);
    } finally {
      const exited = once(plugin, "exit");
      plugin.kill("SIGKILL");
      await exited;
    }
  });

  it("work in a real program, and what they generate is secret", async () => {
    const project = await newProject(`
      import { RandomBytes } from "@pulumi/random/index.js";
      import { PrivateKey } from "@pulumi/tls/index.js";
      const bytes = new RandomBytes("token", { length: 48 });
      const key = new PrivateKey("key", { algorithm: "ED25519" });
      export const token = bytes.hex;
      export const privateKey = key.privateKeyOpenssh;
      export const publicKey = key.publicKeyOpenssh;`);
    const up = await project.pulumi("up", "--yes", "--skip-preview");
    expect(`${up.stdout}${up.stderr}`).not.toMatch(/warning/iu);

    const shown = JSON.parse((await project.pulumi("stack", "output", "--json")).stdout) as Record<string, string>;
    expect(shown).toEqual({
      token: "[secret]",
      privateKey: "[secret]",
      publicKey: expect.stringMatching(/^ssh-ed25519 /u) as string,
    });
    const secrets = await project.pulumi("stack", "output", "--json", "--show-secrets");
    const { token, privateKey } = JSON.parse(secrets.stdout) as Record<string, string>;
    expect(token).toMatch(/^[0-9a-f]{96}$/u);
    expect(privateKey).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/u);
    // Nor does either lie in the state, encrypted outputs or not.
    const { stdout: state } = await project.pulumi("stack", "export");
    expect(state).not.toContain("BEGIN OPENSSH");
    expect(state).not.toContain(token);

    const again = await project.pulumi("preview", "--json");
    expect(JSON.parse(again.stdout)).toMatchObject({ changeSummary: { same: 3 } });
    await project.pulumi("destroy", "--yes", "--skip-preview");
  });

  it("talk to the cloud that the program names, with Pulumi's names and ids", async () => {
    const api = await sshKeyApi();
    try {
      const project = await newProject(`
        import { Provider, SshKey } from "@pulumi/hcloud/index.js";
        const provider = new Provider("cloud", { endpoint: "${api.endpoint}", token: "x".repeat(64), pollInterval: "1ms" });
        const key = new SshKey("deploy", { publicKey: "ssh-ed25519 AAAA test" }, { provider });
        export const { id, name } = key;`);
      const up = await project.pulumi("up", "--yes", "--skip-preview");
      expect(`${up.stdout}${up.stderr}`).not.toMatch(/warning/iu);
      const shown = await project.pulumi("stack", "output", "--json");
      expect(JSON.parse(shown.stdout)).toEqual({
        id: "4711",
        name: expect.stringMatching(/^deploy-[0-9a-f]{7}$/u) as string,
      });
      await project.pulumi("destroy", "--yes", "--skip-preview");
      expect(api.served).toEqual(["POST /ssh_keys", "DELETE /ssh_keys/4711"]);
    } finally {
      api.close();
    }
  });
});

/** Hetzner's API as far as an SSH key needs it, on loopback. Lists the requests it served. */
async function sshKeyApi() {
  const served: string[] = [];
  const server = createServer((request, response) => {
    served.push(`${request.method ?? ""} ${request.url ?? ""}`);
    request.setEncoding("utf8");
    let body = "";
    request.on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => {
      const given = (body === "" ? {} : JSON.parse(body)) as object;
      const key = { id: 4711, fingerprint: "aa:bb", created: "2026-01-01T00:00:00Z", labels: {}, ...given };
      response.writeHead(request.method === "DELETE" ? 204 : 200, { "content-type": "application/json" });
      response.end(request.method === "DELETE" ? "" : JSON.stringify({ ssh_key: key }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { endpoint: `http://127.0.0.1:${port}`, served, close: () => server.close() };
}

/** The tokens of all resources and functions of an npm SDK. */
async function tokensOfSdk(name: PluginName): Promise<readonly string[]> {
  const directory = path.join(CHECKOUT, "node_modules", "@pulumi", name);
  const files = (await readdir(directory)).filter((file) => file.endsWith(".js"));
  const texts = await Promise.all(files.map((file) => readFile(path.join(directory, file), "utf8")));
  const tokens = texts.flatMap((text) => text.match(new RegExp(`${name}:index/\\w+:\\w+`, "gu")) ?? []);
  return [...new Set(tokens)].toSorted();
}

/** A project with its own file backend; its program is `source`. */
async function newProject(source: string) {
  const directory = await realpath(await mkdtemp(path.join(scratch, "project-")));
  await mkdir(path.join(directory, "program"));
  await mkdir(path.join(directory, "backend"));
  await symlink(path.join(CHECKOUT, "node_modules"), path.join(directory, "node_modules"));
  await writeFile(path.join(directory, "package.json"), `{ "type": "module" }`);
  await writeFile(path.join(directory, "program", "index.js"), source);
  await writeFile(
    path.join(directory, "Pulumi.yaml"),
    "name: toolchain-test\nmain: program\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
  );
  const env = {
    ...built.environment,
    PULUMI_BACKEND_URL: `file://${path.join(directory, "backend")}`,
    PULUMI_CONFIG_PASSPHRASE: "only for this test",
  };
  const pulumi = (...words: string[]) =>
    execa(
      built.pulumi,
      [...words, "--non-interactive", ...(words[0] === "stack" && words[1] === "init" ? [] : ["--stack", "test"])],
      {
        cwd: directory,
        env,
      },
    );
  await pulumi("stack", "init", "test");
  return { pulumi };
}
