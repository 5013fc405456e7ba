import { access, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureToolchain } from "../../toolchain/main.ts";
import { startSshServer, until, type SshServer } from "../support/sshd.ts";

/** What the program below reads; changing it changes the stack. */
interface ProgramInput {
  readonly connection: Readonly<Record<string, string | number>>;
  readonly directory: string;
  readonly stdin: string;
  readonly trigger: string;
  /** Whether the stack has a command that takes a minute. */
  readonly slow?: true;
}

const program = `
const { readFileSync } = require("node:fs");
const pulumi = require("@pulumi/pulumi");
const { local, remote } = require("@pulumi/command");

const { connection, directory, stdin, trigger, slow } = JSON.parse(readFileSync("../input.json", "utf8"));
const where = new local.Command("where", { create: "pwd" });
const copy = new remote.CopyToRemote("copy", {
  connection,
  source: new pulumi.asset.FileAsset(directory + "/payload"),
  remotePath: directory + "/copied",
});
const stage = new remote.Command("stage", {
  connection,
  create: "read line; echo create " + trigger + " >> " + directory + "/journal; echo $line | wc -c",
  delete: "echo delete " + trigger + " >> " + directory + "/journal",
  stdin: pulumi.secret(stdin + "\\n"),
  triggers: [trigger],
}, { dependsOn: copy });
if (slow) new local.Command("slow", { create: "echo $$ > " + directory + "/pid; sleep 60; true" });
exports.where = where.stdout;
exports.ran = local.runOutput({ command: "echo now" }).stdout;
exports.stage = stage.stdout;
`;

let directory: string;
let sshd: SshServer;
let environment: Record<string, string>;
let pulumi: string;

beforeAll(async () => {
  const toolchain = await ensureToolchain({ plugins: ["command"], report: () => undefined });
  pulumi = toolchain.pulumi;
  directory = await realpath(await mkdtemp(join(tmpdir(), "command-provider-engine-")));
  await mkdir(join(directory, "backend"));
  await mkdir(join(directory, "infra"));
  await symlink(join(import.meta.dirname, "../../node_modules"), join(directory, "node_modules"));
  await writeFile(join(directory, "package.json"), "{}");
  await writeFile(join(directory, "infra/index.js"), program);
  const project = {
    name: "stand-in",
    main: "infra/index.js",
    runtime: { name: "nodejs", options: { typescript: false } },
  };
  await writeFile(join(directory, "Pulumi.yaml"), JSON.stringify(project));
  await writeFile(join(directory, "payload"), "payload 1");
  sshd = await startSshServer();
  environment = {
    ...toolchain.environment,
    PULUMI_BACKEND_URL: `file://${directory}/backend`,
    PULUMI_CONFIG_PASSPHRASE: "passphrase",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  await run("stack", "init", "dev");
});

afterAll(async () => {
  await sshd[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function run(...args: readonly string[]): Promise<string> {
  const { stdout } = await execa(pulumi, [...args, "--non-interactive"], { cwd: directory, env: environment });
  return stdout;
}

/** The parts of the engine's events that tell what it did. */
interface EngineEvent {
  readonly resOutputsEvent?: StepEvent;
  readonly resourcePreEvent?: StepEvent;
  readonly diagnosticEvent?: { readonly severity: string };
}

interface StepEvent {
  readonly metadata: { readonly op: string; readonly urn: string };
}

async function writeInput(input: Partial<ProgramInput>): Promise<void> {
  const { host, port, user, privateKey, hostKey } = sshd;
  const connection = { host, port, user, privateKey, hostKey, dialErrorLimit: 1 };
  const values: ProgramInput = { connection, directory, stdin: "hunter2", trigger: "1", ...input };
  await writeFile(join(directory, "input.json"), JSON.stringify(values));
}

/** Runs the program with the given input; gives what was done to each resource, and all that was said. */
async function deploy(command: "preview" | "up", input: Partial<ProgramInput>) {
  await writeInput(input);
  const flags = command === "up" ? ["--yes", "--skip-preview", "--json"] : ["--json"];
  const stdout = await run(command, ...flags);
  // The engine's own output, of the pinned version; what the test reads of it is checked by its expectations.
  return { stdout, events: command === "up" ? stdout.split("\n").map(parsed) : [] };
}

function parsed(line: string): EngineEvent {
  // The engine's own output, of the pinned version.
  return JSON.parse(line) as EngineEvent;
}

/** What was done to each resource but the stack, in the order in which it ended. */
function stepsOf(events: readonly EngineEvent[]): readonly string[] {
  return events
    .flatMap(({ resOutputsEvent }) => resOutputsEvent?.metadata ?? [])
    .filter(({ urn }) => !urn.includes("pulumi:pulumi:Stack") || !urn.endsWith("::stand-in-dev"))
    .map(({ op, urn }) => `${op} ${urn.split("::").at(-1) ?? ""}`);
}

/** What a user sees of the events. The debug messages of Pulumi's own SDK hold secrets, and only `--json` gives them out. */
function shownOf(events: readonly EngineEvent[]): string {
  return JSON.stringify(events.filter(({ diagnosticEvent }) => diagnosticEvent?.severity !== "debug"));
}

async function outputs(): Promise<Record<string, string>> {
  // What the program above exports: texts.
  return JSON.parse(await run("stack", "output", "--json")) as Record<string, string>;
}

function journal(): Promise<string> {
  return readFile(join(directory, "journal"), "utf8").catch(() => "");
}

test("serves the real engine over a stack's life", async () => {
  // A preview runs and opens nothing.
  const preview = await deploy("preview", {});
  expect(JSON.parse(preview.stdout)).toMatchObject({ changeSummary: { create: 4 } });
  expect(await sshd.connections()).toBe(0);

  const created = await deploy("up", {});
  expect([...stepsOf(created.events)].sort()).toEqual(["create copy", "create stage", "create where"]);
  expect(shownOf(created.events)).not.toContain("hunter2");
  // The plugin's directory is the program's, not the project's.
  expect(await outputs()).toEqual({ ran: "now", stage: "8", where: join(directory, "infra") });
  expect(await journal()).toBe("create 1\n");
  expect(await readFile(join(directory, "copied"), "utf8")).toBe("payload 1");
  expect(await sshd.connections()).toBe(2);

  // Nothing in the state can be read that is secret, and stdout is no secret.
  const state = await run("stack", "export");
  expect(state).not.toContain("hunter2");
  expect(state).not.toContain("PRIVATE KEY");
  expect(state).toContain('"stdout": "8"');

  const same = await deploy("up", {});
  expect([...stepsOf(same.events)].sort()).toEqual(["same copy", "same stage", "same where"]);
  expect(await sshd.connections()).toBe(2);

  // Another input updates in place; the file stays.
  const updated = await deploy("up", { stdin: "hunter22" });
  expect([...stepsOf(updated.events)].sort()).toEqual(["same copy", "same where", "update stage"]);
  expect(await outputs()).toMatchObject({ stage: "9" });
  expect(await journal()).toBe("create 1\ncreate 1\n");
  expect(await sshd.connections()).toBe(3);

  // Another content is uploaded again, and nothing else is done.
  await writeFile(join(directory, "payload"), "payload 2");
  const copied = await deploy("up", { stdin: "hunter22" });
  expect([...stepsOf(copied.events)].sort()).toEqual(["same stage", "same where", "update copy"]);
  expect(await readFile(join(directory, "copied"), "utf8")).toBe("payload 2");

  // Another trigger is a replacement: the new command runs before the old one's delete.
  const replaced = await deploy("up", { stdin: "hunter22", trigger: "2" });
  expect(stepsOf(replaced.events).filter((step) => step.endsWith(" stage"))).toEqual([
    "create-replacement stage",
    "replace stage",
    "delete-replaced stage",
  ]);
  expect(await journal()).toBe("create 1\ncreate 1\ncreate 2\ndelete 1\n");

  // A failed command is a failed `up` with its output, and the next one repairs it.
  await expect(
    deploy("up", { stdin: "hunter22", trigger: "2", connection: { host: "127.0.0.1", port: 1, dialErrorLimit: 0 } }),
  ).rejects.toThrow("after 0 failed attempts: dial 127.0.0.1:1");

  await deploy("up", { stdin: "hunter22", trigger: "2" });
  await run("destroy", "--yes", "--skip-preview");
  expect(await journal()).toMatch(/delete 2\n$/);
  expect(await run("stack", "export")).not.toContain("command:remote:Command");
});

test("ends a running command when the user interrupts", async () => {
  await writeInput({ slow: true });
  const up = execa(pulumi, ["up", "--yes", "--skip-preview", "--non-interactive"], {
    cwd: directory,
    env: environment,
    reject: false,
  });
  const pid = () => readFile(join(directory, "pid"), "utf8").catch(() => "");
  await until(async () => /\d\n/.test(await pid()), 60_000);
  up.kill("SIGINT");
  const { exitCode, stdout } = await up;
  expect(exitCode).not.toBe(0);
  expect(stdout).toContain("cancelled");
  await expect(access(`/proc/${(await pid()).trim()}`)).rejects.toThrow("ENOENT");
});
