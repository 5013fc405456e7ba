/** What a container target renders, read by programs that will read it. Compose reads its file in test/hosts/release.test.ts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

  it("is a library of shell parts that release.sh reads in, each of them", async () => {
    const { stdout } = await execa("ls", [join(container, "host")]);
    const entry = readFileSync(join(container, "host/release.sh"), "utf8");
    const parts = /^for part in (.*); do$/m.exec(entry)?.[1]?.split(" ") ?? [];
    const commands = ["openclaw", "openclaw-dashboard", "openclaw-status", "release", "after"];
    expect(stdout.split("\n").filter((name) => name.endsWith(".sh"))).toEqual(
      [...parts, ...commands].map((name) => `${name}.sh`).sort(),
    );
  });
});
