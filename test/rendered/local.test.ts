/** What the local target renders, read by the programs that will read it: systemd, a plist parser, a shell, shellcheck. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, describe, expect, it } from "vitest";
import { localPaths, runFiles } from "../../components/local/paths.ts";
import type { LocalRelease } from "../../components/local/release/contract.ts";
import { launcherScript } from "../../components/local/release/launcher.ts";
import { renderLaunchdPlist, type LaunchdPlist } from "../../components/local/units/launchd-plist.ts";
import { renderSystemdUnit, type SystemdUnit } from "../../components/local/units/systemd-unit.ts";

const repository = join(import.meta.dirname, "../..");
const root = mkdtempSync(join(tmpdir(), "openclaw-rendered-"));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Directory names that some syntax takes for something else. */
const nasty = {
  plain: "plain",
  space: "two  words",
  percent: "100%h",
  dollar: "a$HOME${HOME}",
  ampersand: "a&b;c<d>",
  apostrophe: "it's",
  quote: 'say "hi"',
} as const;
const names = Object.keys(nasty) as (keyof typeof nasty)[]; // Object.keys widens to string
const everythingAtOnce = `/srv/${Object.values(nasty).join("/")}`;

const unitWith = (directory: string, wantedBy: SystemdUnit["wantedBy"]): SystemdUnit => ({
  description: "OpenClaw Gateway (stack dev)",
  command: [join(directory, "node"), join(directory, "exec.mts"), directory, "gateway"],
  dataDirectory: join(directory, "data"),
  wantedBy,
});

describe("the systemd unit", () => {
  /** Keys that systemd before 254 does not know and ignores: its pauses do not grow then. */
  const newerKeys = /Unknown key (name )?'(RestartSteps|RestartMaxDelaySec)' in section/;
  const forms = [
    { form: "user", wantedBy: "default.target", flags: ["--user"] },
    { form: "system", wantedBy: "multi-user.target", flags: [] },
  ] as const;

  const analyze = async (unit: string, flags: readonly string[], logLevel: string): Promise<string> => {
    const file = join(mkdtempSync(join(root, "unit-")), "openclaw-gateway-dev.service");
    writeFileSync(file, unit);
    const { all } = await execa("systemd-analyze", ["verify", "--recursive-errors=no", "--man=no", ...flags, file], {
      env: { XDG_RUNTIME_DIR: root, SYSTEMD_LOG_LEVEL: logLevel, SYSTEMD_LOG_COLOR: "0" },
      reject: false,
      all: true,
    });
    return all;
  };

  /** systemd-analyze's exit code differs between its versions, and some faults leave it 0: its words count. */
  const complaints = async (unit: string, flags: readonly string[]): Promise<string[]> =>
    (await analyze(unit, flags, "notice")).split("\n").filter((line) => line !== "" && !newerKeys.test(line));

  /** What systemd understood. It prints a command quoted for a shell, so a shell takes the quotes off. */
  const understood = async (unit: string): Promise<{ command: string[]; mounts: string | undefined }> => {
    const dump = await analyze(unit, [], "debug");
    const line = /^\s*Command Line: (.*)$/m.exec(dump)?.[1] ?? "";
    const { stdout } = await execa("sh", ["-c", `printf '%s\\0' ${line}`]);
    return {
      // A doubled $ stands for one in arguments; systemd replaces it when it starts the command, after this dump.
      command: stdout
        .split("\0")
        .slice(0, -1)
        .map((word) => word.replaceAll("$$", "$")),
      mounts: /RequiresMountsFor: (.*?) \(origin/.exec(dump)?.[1],
    };
  };

  const directoryOf = (name: keyof typeof nasty): string => {
    const directory = join(root, nasty[name]);
    mkdirSync(join(directory, "data"), { recursive: true });
    rmSync(join(directory, "node"), { force: true });
    symlinkSync(process.execPath, join(directory, "node"));
    return directory;
  };

  it("is this", async () => {
    await expect(renderSystemdUnit(unitWith("/srv/openclaw", "default.target"))).toMatchFileSnapshot(
      "golden/local-user.service",
    );
    await expect(renderSystemdUnit(unitWith(everythingAtOnce, "multi-user.target"))).toMatchFileSnapshot(
      "golden/local-nasty-system.service",
    );
  });

  describe.each(forms)("of the $form", ({ wantedBy, flags }) => {
    it.each(names)("is one that systemd takes without a word, in a directory with: %s", async (name) => {
      expect(await complaints(renderSystemdUnit(unitWith(directoryOf(name), wantedBy)), flags)).toEqual([]);
    });

    it.each([
      ["a value that does not exist", /^Restart=always$/m, "Restart=sometimes"],
      ["a key that does not exist", /^TimeoutStopSec=/m, "TimeoutStopSecs="],
      ["a program that does not exist", /^ExecStart=.*$/m, 'ExecStart="/nonexistent/node"'],
    ])("would not be taken with %s", async (_fault, pattern, replacement) => {
      const unit = renderSystemdUnit(unitWith(directoryOf("plain"), wantedBy));
      expect(unit).toMatch(pattern);
      expect(await complaints(unit.replace(pattern, replacement), flags)).not.toEqual([]);
    });
  });

  it.each(names)("runs what was meant, in a directory with: %s", async (name) => {
    const unit = unitWith(directoryOf(name), "multi-user.target");
    const { command } = await understood(renderSystemdUnit(unit));
    expect(command.slice(-unit.command.length)).toEqual(unit.command);
  });

  // Node itself runs nothing below a directory with a backslash in its name; the state may lie in one.
  it.each([...Object.values(nasty), "back\\slash\\n"])("waits for the data directory's own mount: %s", async (name) => {
    const unit = { ...unitWith(directoryOf("plain"), "multi-user.target"), dataDirectory: join("/srv", name) };
    expect((await understood(renderSystemdUnit(unit))).mounts).toBe(unit.dataDirectory);
  });
});

describe("the launchd property list", () => {
  const plistWith = (directory: string): LaunchdPlist => ({
    label: "pulumi-openclaw.gateway.dev",
    command: [join(directory, "node"), join(directory, "supervisor.mts"), directory],
    workingDirectory: directory,
  });

  it("is this", async () => {
    await expect(renderLaunchdPlist(plistWith("/srv/openclaw"))).toMatchFileSnapshot("golden/local.plist");
    await expect(renderLaunchdPlist(plistWith(everythingAtOnce))).toMatchFileSnapshot("golden/local-nasty.plist");
  });

  it.each(["/srv/openclaw", everythingAtOnce, "/srv/ends in ]]>", "/srv/&amp;/ä/日本"])(
    "says to a parser what went in: %s",
    async (directory) => {
      const plist = plistWith(directory);
      const program = "import json,plistlib,sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))";
      const { stdout } = await execa("python3", ["-c", program], { input: renderLaunchdPlist(plist) });
      expect(JSON.parse(stdout)).toEqual({
        Label: plist.label,
        ProgramArguments: plist.command,
        WorkingDirectory: plist.workingDirectory,
        RunAtLoad: true,
        KeepAlive: { SuccessfulExit: false },
        ThrottleInterval: 10,
        ExitTimeOut: 350,
        Umask: 0o077,
      });
    },
  );
});

const shellcheck = (...words: string[]) => execa("shellcheck", words, { reject: false, all: true });

describe("the launcher scripts", () => {
  /** A stack in a directory with that name whose `openclaw` prints its arguments and its environment. */
  const stackIn = (name: string): { release: LocalRelease; run: string } => {
    const directory = mkdtempSync(join(root, "launcher-"));
    const paths = localPaths(join(directory, name), "dev");
    const bin = join(directory, name, "bin");
    for (const made of [bin, paths.run]) mkdirSync(made, { recursive: true });
    symlinkSync(process.execPath, join(bin, "node"));
    const entry = join(bin, "openclaw.mjs");
    writeFileSync(entry, "console.log(JSON.stringify([process.argv.slice(1), process.env]));\n");
    cpSync(join(repository, "components/local/agent"), runFiles(paths.run).agent, { recursive: true });
    const release: LocalRelease = {
      stack: "dev",
      owner: "organization/openclaw/dev",
      version: "2026.9.6",
      port: 18789,
      runtime: "process",
      paths,
      runtimeDirectory: bin,
      config: {},
      agentSha256: "",
      command: {
        node: join(bin, "node"),
        entry,
        arguments: [],
        environment: { OPENCLAW_STATE_DIR: paths.data, GREETING: `${name} "'$x` },
        workingDirectory: directory,
      },
    };
    writeFileSync(runFiles(paths.run).release, JSON.stringify(release));
    return { release, run: paths.run };
  };

  it.each([...Object.values(nasty), "new\nline", "`id`", "-n", "*", "!"])(
    "hand over words and environment as they are, in a directory called %j",
    async (name) => {
      const { release, run } = stackIn(name);
      const { launcher } = runFiles(run);
      writeFileSync(launcher, launcherScript(release, "exec.mts", ["cli"]), { mode: 0o700 });
      const words = ["health", "--json", "two  words", "$HOME", "it's", '"', "", "%", "*", "\\"];
      const { stdout } = await execa(launcher, words, { env: { TERM: "vt100", LEAK: "no" }, cwd: root });
      const environment = { TERM: "vt100", ...release.command.environment };
      expect(JSON.parse(stdout)).toEqual([[release.command.entry, ...words], environment]);
    },
  );

  it.each(Object.values(nasty))("satisfy shellcheck, in a directory called %j", async (name) => {
    const { release, run } = stackIn(name);
    for (const [file, words] of [
      ["exec.mts", ["cli"]],
      ["dashboard.mts", []],
    ] as const) {
      const script = join(run, "script");
      writeFileSync(script, launcherScript(release, file, words));
      // SC2016: a $ in single quotes stays as it is, which is what is wanted of a path.
      expect((await shellcheck("--enable=all", "--exclude=SC2016", script)).all).toBe("");
    }
  });
});

describe("every shell script of the repository", () => {
  const isShell = (file: string): boolean => /^#!.*\b(ba|da|k)?sh\b/.test(readFileSync(file, "utf8").slice(0, 80));

  it("satisfies shellcheck", async () => {
    const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
      cwd: repository,
    });
    const files = stdout
      .split("\0")
      .filter((file) => file !== "" && !/\.[a-z]+$/.test(file.replace(/\.sh$/, "")))
      .map((file) => join(repository, file))
      .filter((file) => file.endsWith(".sh") || isShell(file));
    expect(files).toContain(join(repository, "toolchain/pulumi-resource-command.sh"));
    expect((await shellcheck(...files)).all).toBe("");
  });

  it("would not, with a fault in it", async () => {
    const script = join(root, "faulty.sh");
    writeFileSync(script, "#!/bin/sh\nrm -rf $1\n");
    expect((await shellcheck(script)).all).toContain("SC2086");
  });
});
