import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Secret, signatureKey, Unknown, unknown, type PropertyMap } from "../../toolchain/provider/properties.ts";
import { answer, startProvider, urnOf, type ProviderClient } from "../support/provider-client.ts";
import { until } from "../support/sshd.ts";

const local = "command:local:Command";
const remote = "command:remote:Command";
const copy = "command:remote:CopyToRemote";
const copyFile = "command:remote:CopyFile";

let provider: ProviderClient;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "command-provider-"));
  provider = await startProvider({ cwd: directory });
});

afterAll(async () => {
  await provider[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

function linesOf(urn: string): readonly string[] {
  return provider.logs.filter((message) => message.urn === urn).flatMap((message) => message.text.split("\n"));
}

/** The text of an output; fails the test when it is not one. */
function text(outputs: PropertyMap, key: string): string {
  const value = outputs[key];
  if (typeof value !== "string") throw new Error(`${key} is not a plain text`);
  return value;
}

describe("as a plugin", () => {
  test("prints its port at once when its modules are cached", async () => {
    const starts: number[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await using another = await startProvider();
      starts.push(another.startUpMs);
    }
    // 130 ms on two idle cores; the limit leaves room for a busy machine.
    expect(Math.min(...starts)).toBeLessThan(500);
  });

  test("announces secrets, resources and previews, and the version of the SDK", async () => {
    const request = new providerPb.ConfigureRequest().setAcceptsecrets(true);
    const configured = await answer<providerPb.ConfigureResponse>((done) => provider.raw.configure(request, done));
    expect(configured.toObject()).toMatchObject({ acceptsecrets: true, acceptresources: true, supportspreview: true });
    const info = await answer<pluginPb.PluginInfo>((done) => provider.raw.getPluginInfo(new emptyPb.Empty(), done));
    const sdk = JSON.parse(await readFile("node_modules/@pulumi/command/package.json", "utf8")) as { version: string };
    expect(info.getVersion()).toBe(sdk.version);
  });

  test("lists its resource types and their inputs in a schema", async () => {
    const request = new providerPb.GetSchemaRequest();
    const response = await answer<providerPb.GetSchemaResponse>((done) => provider.raw.getSchema(request, done));
    const schema = JSON.parse(response.getSchema()) as { resources: Record<string, { requiredInputs: string[] }> };
    expect(Object.keys(schema.resources).sort()).toEqual([local, remote, copyFile, copy].sort());
    expect(schema.resources[copy]?.requiredInputs).toEqual(["connection", "remotePath", "source"]);
  });

  test("ends when the engine that started it is killed", async () => {
    const script = `
      const { spawn } = require("node:child_process");
      const engine = require("node:net").createServer().listen(0, "127.0.0.1", () => {
        const address = "127.0.0.1:" + engine.address().port;
        const child = spawn(process.execPath, [${JSON.stringify(main)}, address], { stdio: ["ignore", "pipe", "ignore"] });
        child.stdout.once("data", () => { console.log(child.pid); });
      });`;
    const parent = execa(process.execPath, ["-e", script], { reject: false });
    const [line] = (await parent.stdout.take(1).toArray()) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await until(() => !isAlive(pid));
  });

  test("ends when the engine was killed before it had started itself", async () => {
    const { stdout } = await execa("sh", [
      "-c",
      '"$0" "$1" 127.0.0.1:9 >/dev/null 2>&1 & echo $!',
      process.execPath,
      main,
    ]);
    await until(() => !isAlive(Number(stdout)));
  });

  test("fails a resource type that it does not have", async () => {
    await expect(provider.create("command:local:Missing", {})).rejects.toThrow(
      "no resource type command:local:Missing",
    );
  });
});

const main = new URL("../../toolchain/command-provider/main.ts", import.meta.url).pathname;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("check", () => {
  test("fills in the defaults of a connection and makes it secret", async () => {
    const { inputs, failures } = await provider.check(remote, { create: "true", connection: { host: "h" } });
    expect(failures).toEqual([]);
    const defaults = { dialErrorLimit: 10, perDialTimeout: 15, port: 22, user: "root" };
    expect(inputs).toEqual({
      addPreviousOutputInEnv: true,
      connection: new Secret({ host: "h", ...defaults }),
      create: "true",
    });
    const proxied = await provider.check(remote, { connection: { host: "h", proxy: { host: "p" } } });
    expect(proxied.inputs["connection"]).toEqual(
      new Secret({ host: "h", proxy: { host: "p", ...defaults }, ...defaults }),
    );
  });

  test("leaves what is unknown yet and what is secret as they are", async () => {
    const news = { create: new Secret("true"), environment: { A: unknown }, stdin: unknown };
    const { inputs, failures } = await provider.check(local, news);
    expect(failures).toEqual([]);
    expect(inputs).toEqual({ ...news, addPreviousOutputInEnv: true });
    const unknownHost = await provider.check(remote, { connection: { host: unknown } });
    expect(unknownHost.failures).toEqual([]);
  });

  test("fails inputs that are missing, misspelt or of another type, all at once", async () => {
    const { failures } = await provider.check(remote, { craete: "x", logging: "all", stdin: 5, connection: {} });
    expect([...failures].sort()).toEqual([
      "connection.host: missing required input",
      "craete: there is no such input",
      "logging: must be one of stdout, stderr, stdoutAndStderr, none",
      "stdin: must be a string",
    ]);
  });

  test.each([
    ["a StringAsset", { [signatureKey]: "c44067f5952c0a294b673a41bacd8c17", text: "x" }, /must be a path to a file/],
    [
      "an AssetArchive",
      { [signatureKey]: "0def7320c3a5731c473e5ecbe6d01bc7", assets: {} },
      /archive must be a path to a file or directory/,
    ],
    [
      "a RemoteArchive",
      { [signatureKey]: "0def7320c3a5731c473e5ecbe6d01bc7", uri: "https://x/y.zip" },
      /archive must be a path to a file or directory/,
    ],
    ["a text", "file.txt", /either asset or archive must be set/],
  ])("fails a CopyToRemote of %s", async (_name, source, expected) => {
    const { failures } = await provider.check(copy, { connection: { host: "h" }, remotePath: "/x", source });
    expect(failures.join()).toMatch(expected);
  });
});

describe("diff", () => {
  test("finds nothing where nothing changed, and updates for every other input", async () => {
    const olds = { create: "a", stdin: new Secret("s"), environment: { A: "1" }, triggers: ["x"], logging: "none" };
    expect(await provider.diff(local, { ...olds, stdout: "out", stderr: "" }, olds)).toMatchObject({
      changed: false,
      detailed: {},
    });
    const news = { ...olds, delete: "d", stdin: new Secret("t"), environment: { A: "2" }, logging: "stdout" };
    expect(await provider.diff(local, olds, news)).toEqual({
      changed: true,
      replaces: [],
      detailed: { delete: "add", "environment.A": "update", logging: "update", stdin: "update" },
    });
  });

  test("updates, and does not replace, when only the connection or only delete changes", async () => {
    const olds = { create: "a", connection: new Secret({ host: "a" }), delete: "d" };
    const moved = { ...olds, connection: new Secret({ host: "b" }) };
    expect(await provider.diff(remote, olds, moved)).toEqual({
      changed: true,
      replaces: [],
      detailed: { "connection.host": "update" },
    });
    expect(await provider.diff(remote, olds, { ...olds, delete: "e" })).toMatchObject({ changed: true, replaces: [] });
  });

  test("replaces when triggers change", async () => {
    const diff = await provider.diff(remote, { create: "a", triggers: ["1"] }, { create: "a", triggers: ["2"] });
    expect(diff).toEqual({ changed: true, replaces: ["triggers"], detailed: { "triggers[0]": "update-replace" } });
  });

  test("compares a copied file by its content, updates for another path and replaces a CopyFile for anything", async () => {
    const asset = (hash: string, path: string) => ({ [signatureKey]: "c44067f5952c0a294b673a41bacd8c17", hash, path });
    const olds = { remotePath: "/a", source: asset("1", "x") };
    expect(await provider.diff(copy, olds, { ...olds, source: asset("1", "y") })).toMatchObject({ changed: false });
    expect(await provider.diff(copy, olds, { ...olds, source: asset("2", "x") })).toMatchObject({
      changed: true,
      replaces: [],
    });
    expect(await provider.diff(copy, olds, { ...olds, remotePath: "/b" })).toMatchObject({
      detailed: { remotePath: "update" },
    });
    expect(await provider.diff(copyFile, { localPath: "a" }, { localPath: "b" })).toMatchObject({
      replaces: ["localPath"],
    });
  });

  test("leaves out what ignoreChanges names", async () => {
    expect(await provider.diff(local, { create: "a" }, { create: "b" }, ["create"])).toMatchObject({ changed: false });
  });
});

describe("a local command", () => {
  test("gives its output and repeats its inputs, secret ones as secrets", async () => {
    const inputs = {
      create: 'read line; echo "got $line $A"; echo oops >&2',
      stdin: new Secret("in\n"),
      environment: { A: "1" },
    };
    const { id, outputs } = await provider.create(local, inputs);
    expect(id).toMatch(/^my-name[0-9a-f]{8}$/);
    // A secret stdin does not make stdout secret.
    expect(outputs).toEqual({ ...inputs, stdout: "got in 1", stderr: "oops" });
  });

  test("is not run by a preview, where its output is unknown", async () => {
    const file = join(directory, "previewed");
    const inputs = { create: `touch ${file}`, stdin: new Secret("x") };
    const created = await provider.create(local, inputs, "preview");
    expect(created).toEqual({ id: "", outputs: { ...inputs, stdout: unknown, stderr: unknown } });
    const olds = { ...inputs, stdout: "old", stderr: "", archive: "old" };
    const updated = await provider.update(local, olds, { ...inputs, stdin: unknown }, "preview");
    expect(updated).toEqual({
      create: inputs.create,
      stdin: unknown,
      stdout: unknown,
      stderr: unknown,
      archive: unknown,
    });
    await expect(readFile(file)).rejects.toThrow("ENOENT");
  });

  test("runs in the plugin's directory, or in `dir`, or fails where there is none", async () => {
    expect(text((await provider.create(local, { create: "pwd" })).outputs, "stdout")).toBe(directory);
    expect(text((await provider.create(local, { create: "pwd", dir: "/" })).outputs, "stdout")).toBe("/");
    await expect(provider.create(local, { create: "pwd", dir: "/missing" })).rejects.toThrow(
      "chdir /missing: no such file or directory",
    );
  });

  test("uses its interpreter", async () => {
    const inputs = { create: "console.log(6 * 7)", interpreter: [process.execPath, "-e"] };
    expect(text((await provider.create(local, inputs)).outputs, "stdout")).toBe("42");
    await expect(provider.create(local, { ...inputs, interpreter: ["no-such-program"] })).rejects.toThrow("ENOENT");
  });

  test("is run again as create by an update without an update command, with the output of the time before", async () => {
    const create = 'echo "$PULUMI_COMMAND_STDOUT/$PULUMI_COMMAND_STDERR."; echo e >&2';
    const first = await provider.create(local, { create });
    expect(text(first.outputs, "stdout")).toBe("/.");
    const second = await provider.update(local, first.outputs, { create, stdin: "x" });
    expect(text(second, "stdout")).toBe("/./e.");
    const third = await provider.update(local, second, { create, addPreviousOutputInEnv: false });
    expect(text(third, "stdout")).toBe("/.");
    const fourth = await provider.update(local, third, { create, update: "echo updated" });
    expect(fourth).toMatchObject({ stdout: "updated", stderr: "" });
    expect(await provider.update(local, fourth, {})).toEqual({ stdout: "updated", stderr: "" });
  });

  test("runs its delete command, with the recorded output", async () => {
    const file = join(directory, "deleted");
    await provider.delete(local, { delete: `echo "$PULUMI_COMMAND_STDOUT" > ${file}`, stdout: "was", stderr: "" });
    expect(await readFile(file, "utf8")).toBe("was\n");
    await provider.delete(local, { create: "exit 1", stdout: "", stderr: "" });
  });

  test("does nothing without commands", async () => {
    expect((await provider.create(local, { delete: "true" })).outputs).toEqual({
      delete: "true",
      stdout: "",
      stderr: "",
    });
  });

  test("fails with its status, its command and everything that it wrote", async () => {
    await expect(provider.create(local, { create: "echo out; echo err >&2; exit 3" })).rejects.toThrow(
      /exit status 3: running "echo out; echo err >&2; exit 3":\n(out\nerr|err\nout)\n$/,
    );
    await expect(provider.create(local, { create: "kill -9 $$" })).rejects.toThrow("signal: SIGKILL");
  });

  test("fails without showing a command that is secret", async () => {
    const failure = provider.create(local, { create: new Secret("echo hunter2 > /dev/null; exit 1") });
    await expect(failure).rejects.toThrow("exit status 1: running [secret]");
    await expect(failure).rejects.not.toThrow("hunter2");
  });

  test("fails with the end of an output that is too long for a message", async () => {
    const create = "seq 1 300000; echo 'the réason' >&2; exit 1";
    await expect(provider.create(local, { create })).rejects.toThrow(
      /exit status 1: running.*left out.*the réason\n$/s,
    );
  });

  test("takes and gives five megabytes, and Unicode over the borders of chunks", async () => {
    const stdin = "äöü€😀\n".repeat(400_000);
    const { outputs } = await provider.create(local, { create: "cat", stdin, logging: "none" });
    expect(Buffer.byteLength(stdin)).toBeGreaterThan(5_000_000);
    expect(outputs["stdout"] === stdin.slice(0, -1)).toBe(true);
  });

  test("may leave its input unread", async () => {
    const { outputs } = await provider.create(local, { create: "echo done", stdin: "x".repeat(1_000_000) });
    expect(outputs["stdout"]).toBe("done");
  });

  test("does not wait for a daemon that closed its streams", async () => {
    const started = performance.now();
    const { outputs } = await provider.create(local, { create: "sleep 30 </dev/null >/dev/null 2>&1 & echo $!" });
    expect(performance.now() - started).toBeLessThan(5000);
    const daemon = Number(outputs["stdout"]);
    expect(isAlive(daemon)).toBe(true);
    process.kill(daemon);
  });

  test("runs beside others", async () => {
    const started = performance.now();
    const created = await Promise.all(
      Array.from({ length: 20 }, (_, index) => provider.create(local, { create: `sleep 0.5; echo ${index}` })),
    );
    expect(created.map(({ outputs }) => outputs["stdout"])).toEqual(created.map((_, index) => String(index)));
    expect(new Set(created.map(({ id }) => id)).size).toBe(20);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("ends with all that it started when the update is cancelled", async () => {
    await using cancelled = await startProvider({ cwd: directory });
    const file = join(directory, "grandchild");
    const create = `sh -c 'trap "" TERM; echo $$ > ${file}; sleep 60'; echo unreachable`;
    const failure = cancelled.create(local, { create });
    failure.catch(() => undefined);
    await until(async () => /\d/.test(await readFile(file, "utf8").catch(() => "")));
    await cancelled.cancel();
    await expect(failure).rejects.toThrow("cancelled");
    const pid = Number(await readFile(file, "utf8"));
    await until(() => !isAlive(pid));
  });

  test("ends when the plugin is told to end", async () => {
    const file = join(directory, "orphan");
    const ending = await startProvider({ cwd: directory });
    ending.create(local, { create: `echo $$ > ${file}; exec sleep 60` }).catch(() => undefined);
    await until(async () => /\d/.test(await readFile(file, "utf8").catch(() => "")));
    await ending[Symbol.asyncDispose]();
    const pid = Number(await readFile(file, "utf8"));
    await until(() => !isAlive(pid));
  });
});

describe("the log", () => {
  test("shows a command's lines while it runs, in order, as progress of its resource", async () => {
    const before = provider.logs.length;
    await provider.create(local, { create: "for i in 1 2 3; do echo line $i; sleep 0.3; done; printf end" });
    const messages = provider.logs.slice(before);
    expect(messages.map(({ text: line }) => line)).toEqual(["line 1", "line 2", "line 3", "end"]);
    expect(
      messages.every(({ urn, severity, ephemeral }) => urn === urnOf(local) && severity === "info" && ephemeral),
    ).toBe(true);
    expect((messages[2]?.at ?? 0) - (messages[0]?.at ?? 0)).toBeGreaterThan(400);
  });

  test("keeps the order of many lines", async () => {
    const before = linesOf(urnOf(local)).length;
    await provider.create(local, { create: "seq 1 20000" });
    const lines = linesOf(urnOf(local)).slice(before);
    expect(lines).toEqual(Array.from({ length: 20_000 }, (_, index) => String(index + 1)));
  });

  test.each([
    ["stdout", ["out"]],
    ["stderr", ["err"]],
    ["stdoutAndStderr", ["err", "out"]],
    ["none", []],
  ])("with logging %s shows only that, and the outputs stay complete", async (logging, expected) => {
    const before = provider.logs.length;
    const { outputs } = await provider.create(local, { create: "echo out; echo err >&2", logging });
    const lines = provider.logs.slice(before).flatMap(({ text: line }) => line.split("\n"));
    expect(lines.sort()).toEqual(expected);
    expect(outputs).toMatchObject({ stdout: "out", stderr: "err" });
  });

  test("never holds a secret that the command does not print", async () => {
    const before = provider.logs.length;
    const inputs = { create: "cat > /dev/null; tr '\\0' ' ' < /proc/$$/cmdline", stdin: new Secret("hunter2") };
    const { outputs } = await provider.create(local, inputs);
    expect(outputs["stdout"]).not.toContain("hunter2");
    expect(JSON.stringify(provider.logs.slice(before))).not.toContain("hunter2");
  });
});

describe("assets and archives", () => {
  test("are the files that the globs select", async () => {
    const dir = join(directory, "files");
    await mkdir(join(dir, "assets/logos"), { recursive: true });
    await mkdir(join(dir, "src"));
    const create = "echo logo > assets/logos/logo.svg; echo i > src/index.js; echo s > src/secret.js; echo r > readme";
    const globs = ["assets/**", "src/**.js", "!**secret.*"];
    const { outputs } = await provider.create(local, { create, dir, assetPaths: globs, archivePaths: ["*"] });
    const logo = { path: join(dir, "assets/logos/logo.svg"), text: "", uri: "" };
    expect(outputs["assets"]).toEqual({
      "assets/logos/logo.svg": expect.objectContaining(logo) as unknown,
      "src/index.js": expect.objectContaining({
        [signatureKey]: "c44067f5952c0a294b673a41bacd8c17",
        hash: createHash("sha256").update("i\n").digest("hex"),
      }) as unknown,
    });
    expect(outputs["archive"]).toMatchObject({
      [signatureKey]: "0def7320c3a5731c473e5ecbe6d01bc7",
      assets: { readme: { path: join(dir, "readme") } },
    });
    // The same files are the same archive, so that what depends on it does not change.
    const again = await provider.create(local, { dir, create: "true", archivePaths: ["*"] });
    expect(again.outputs["archive"]).toEqual(outputs["archive"]);
    await writeFile(join(dir, "readme"), "other");
    const other = await provider.create(local, { dir, create: "true", archivePaths: ["*"] });
    expect(other.outputs["archive"]).not.toEqual(outputs["archive"]);
  });
});

describe("the rest", () => {
  test("command:local:run runs at once and repeats its arguments", async () => {
    const result = await provider.invoke("command:local:run", {
      command: "cat; echo $A",
      stdin: "in ",
      environment: { A: "1" },
    });
    expect(result).toMatchObject({ command: "cat; echo $A", stdin: "in ", stdout: "in 1", stderr: "" });
    await expect(provider.invoke("command:local:run", { command: "exit 4" })).rejects.toThrow("exit status 4");
    await expect(provider.invoke("command:local:other", {})).rejects.toThrow("no function");
  });

  test("reading a resource gives what was recorded", async () => {
    const recorded = { create: "a", stdout: new Secret("x"), stderr: new Unknown(unknown.sentinel) };
    expect(await provider.read(local, "id", recorded)).toEqual(recorded);
  });

  test("work goes on after a cancelled update", async () => {
    await provider.cancel();
    await delay(0);
    expect((await provider.create(local, { create: "echo on" })).outputs["stdout"]).toBe("on");
  });
});
