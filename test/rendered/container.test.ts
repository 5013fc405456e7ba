/** What a container target renders, read by programs that will read it. Compose reads its file in test/hosts/release.test.ts. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { containerPaths, containerRelease } from "../../components/container/container-release.ts";
import { renderCompose } from "../../components/gateway/compose.ts";

const container = join(import.meta.dirname, "../../components/container");
const root = mkdtempSync(join(tmpdir(), "openclaw-container-"));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const spec = { version: "2026.9.6", port: 18789, bind: "lan", paths: containerPaths, config: {} } as const;
const release = containerRelease(
  {
    spec,
    image: { reference: "ghcr.io/openclaw/openclaw:2026.9.6", packages: [], binaries: [] },
    memoryMiB: 2048,
    cpus: 1.5,
    env: {},
  },
  "token",
  {},
);

describe("the unit", () => {
  /** Keys that systemd before 254 does not know and ignores: its pauses do not grow then. */
  const newerKeys = /Unknown key (name )?'(RestartSteps|RestartMaxDelaySec)' in section/;

  const complaints = async (unit: string): Promise<string[]> => {
    const file = join(mkdtempSync(join(root, "unit-")), "openclaw-gateway.service");
    writeFileSync(file, unit);
    const { all } = await execa("systemd-analyze", ["verify", "--recursive-errors=no", "--man=no", file], {
      env: { SYSTEMD_LOG_LEVEL: "notice", SYSTEMD_LOG_COLOR: "0" },
      reject: false,
      all: true,
    });
    return all.split("\n").filter((line) => line !== "" && !newerKeys.test(line));
  };

  it("is this", async () => {
    await expect(release.unit).toMatchFileSnapshot("golden/openclaw-gateway.service");
  });

  it("is one that systemd takes without a word", async () => {
    expect(await complaints(release.unit)).toEqual([]);
  });

  it.each([
    ["a value that does not exist", /^Restart=always$/m, "Restart=sometimes"],
    ["a key that does not exist", /^TimeoutStopSec=/m, "TimeoutStopSecs="],
    ["a program that does not exist", "ExecStart=/bin/bash", "ExecStart=/bin/nonesuch"],
  ])("would not be taken with %s", async (_fault, pattern, replacement) => {
    expect(release.unit).toMatch(pattern);
    expect(await complaints(release.unit.replace(pattern, replacement))).not.toEqual([]);
  });

  it("takes out of a line what Compose puts before it, and nothing else", async () => {
    // The words of systemd's command line are a shell's words, with \\ for \ and no other escape.
    const command = /^ExecStart=\/bin\/bash -c "(.*)"$/m.exec(release.unit)?.[1]?.replaceAll("\\\\", "\\") ?? "";
    const filter = /> >\(exec (.*)\) 2>&1$/.exec(command)?.[1] ?? "";
    const input = "\u001b[2Kone\ntwo \u001b[2K\n\u001b[32mthree\u001b[0m\n";
    expect((await execa("bash", ["-c", filter], { input })).stdout).toBe(
      "one\ntwo \u001b[2K\n\u001b[32mthree\u001b[0m",
    );
  });
});

describe("compose.yaml", () => {
  it("is this", async () => {
    await expect(
      release.compose.replace(/openclaw-gateway:[0-9a-f]{12}/g, "openclaw-gateway:IMAGE"),
    ).toMatchFileSnapshot("golden/compose.yaml");
  });

  it("leaves the processors to the machine unless told otherwise", () => {
    const { services } = parse(renderCompose(spec, "image:1", { memoryMiB: 1536 })) as {
      services: Record<string, Record<string, unknown>>;
    };
    expect(services["gateway"]).not.toHaveProperty("cpus");
    expect(services["gateway"]).toMatchObject({ mem_limit: "1536m", memswap_limit: "1536m" });
  });

  it("holds no secret: they come from gateway.env", () => {
    expect(release.compose).not.toContain("token");
    expect(release.compose).toContain("- ./gateway.env\n");
  });
});

describe("what runs on the host", () => {
  it("is Python that compiles", async () => {
    const program = "import ast, sys; ast.parse(sys.stdin.read())";
    await execa("python3", ["-c", program], { input: readFileSync(join(container, "unpack.py"), "utf8") });
  });

  it("is a library of shell parts that library.sh reads in, each of them", async () => {
    const { stdout } = await execa("ls", [join(container, "host")]);
    const library = readFileSync(join(container, "host/library.sh"), "utf8");
    const parts = /^for part in (.*); do$/m.exec(library)?.[1]?.split(" ") ?? [];
    const commands = ["openclaw", "openclaw-dashboard", "openclaw-status"];
    const entries = ["library", "release", "recover", "after"];
    expect(stdout.split("\n").filter((name) => name.endsWith(".sh"))).toEqual(
      [...parts, ...commands, ...entries].map((name) => `${name}.sh`).sort(),
    );
  });

  it("is a unit for what was interrupted, which systemd takes without a word", async () => {
    const { all } = await execa(
      "systemd-analyze",
      ["verify", "--recursive-errors=no", "--man=no", join(container, "host/openclaw-recovery.service")],
      { reject: false, all: true },
    );
    expect(all).toBe("");
  });
});

describe("a stage that is to be alone", () => {
  /** Limits in seconds. */
  const alone = (name: string, script: string, limits: { work?: number; wait?: number } = {}) => {
    const file = join(mkdtempSync(join(root, "stage-")), "stage.sh");
    writeFileSync(file, script);
    return execa("bash", [join(container, "alone.sh"), name, file], {
      env: {
        STAGE_LOCK: join(root, "lock"),
        STAGE_WORK_SECONDS: String(limits.work ?? 60),
        STAGE_WAIT_SECONDS: String(limits.wait ?? 60),
      },
      all: true,
      reject: false,
    });
  };

  /** One that works for a while; returns once it does. */
  const busy = async (seconds: number) => {
    const begun = join(root, "begun");
    rmSync(begun, { force: true });
    const ended = alone("openclaw-release-one", `touch ${begun}; sleep ${String(seconds)}`);
    await expect.poll(() => existsSync(begun)).toBe(true);
    return { ended };
  };

  it("passes on what its script says, and its exit code", async () => {
    expect(await alone("a", "echo said; exit 7")).toMatchObject({ all: "said", exitCode: 7 });
  });

  it("waits for another one, and says for which", async () => {
    const { ended } = await busy(2);
    const { all, exitCode } = await alone("b", "echo done");
    expect(all).toMatch(
      /^another stage works on this host, waiting for it: openclaw-release-one \(since \d\d:\d\d:\d\d UTC\)\ndone$/,
    );
    expect(exitCode).toBe(0);
    expect((await ended).exitCode).toBe(0);
  });

  it("does not wait for ever, and says who works, since when, and what to do", async () => {
    const started = performance.now();
    const { ended } = await busy(4);
    const { all, exitCode } = await alone("b", "echo done", { wait: 1 });
    expect(performance.now() - started).toBeLessThan(3500);
    await ended;
    expect(exitCode).toBe(75);
    expect(all).toMatch(
      /\nerror: openclaw-release-one \(since [\d:]{8} UTC\) still works on this host after 1 min of waiting\. What it does: systemctl status openclaw-release-one\. When it hangs: systemctl stop openclaw-release-one\. Then run this again$/,
    );
  });

  it("is ended when it does not end by itself, and the next one works", async () => {
    const { all, exitCode } = await alone("c", "echo begun; sleep 60; echo never", { work: 1 });
    expect(all).toMatch(
      /^begun\n(.*\n)?error: c did not end within 1 min and was ended; what it did last is above\. Run this again$/,
    );
    expect(exitCode).toBe(124);
    expect((await alone("d", "echo done")).all).toBe("done");
  });
});
