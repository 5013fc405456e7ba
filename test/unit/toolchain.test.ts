import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { buildFlags, buildKey, moduleDirectory } from "../../toolchain/build.ts";
import { cliPlan, DOWNLOAD_RETRY_AFTER_MS, mayDownload, pluginPlan } from "../../toolchain/decide.ts";
import {
  buildFailed,
  cacheNotWritable,
  diskTooSmall,
  explainBuildFailure,
  goMissing,
  goTooOld,
  nodeFault,
} from "../../toolchain/errors.ts";
import { goEnvironment, goVersionOf, requiredVersionOf } from "../../toolchain/go.ts";
import { isForeign } from "../../toolchain/installed.ts";
import { defaultCacheDirectory } from "../../toolchain/layout.ts";
import { describe as describeToolchain } from "../../toolchain/main.ts";
import { compareVersions, parseVersion, readVersions, satisfies, type Version } from "../../toolchain/versions.ts";

describe("versions", () => {
  it.each<[string, Version | undefined]>([
    ["v3.259.0", { numbers: [3, 259, 0], prerelease: false }],
    ["3.259.0\n", { numbers: [3, 259, 0], prerelease: false }],
    ["v3.260.0-dev.1+abc", { numbers: [3, 260, 0], prerelease: true }],
    ["go1.26", { numbers: [1, 26, 0], prerelease: false }],
    ["1.26rc1", { numbers: [1, 26, 0], prerelease: true }],
    ["pulumi: command not found", undefined],
    ["", undefined],
  ])("reads %j", (text, expected) => {
    expect(parseVersion(text)).toEqual(expected);
  });

  it("orders numbers as numbers, and a prerelease before its release", () => {
    const ordered = ["3.9.1", "3.100.0-rc.1", "3.100.0", "3.100.1", "4.0.0"];
    const parsed = ordered.map((text) => parseVersion(text) as Version);
    expect(parsed.toReversed().toSorted(compareVersions)).toEqual(parsed);
  });

  it.each([
    ["v3.259.0", true],
    ["v3.259.1", true],
    ["v3.1000.0", true],
    ["v3.258.9", false],
    ["v3.259.0-dev.1", false],
    ["v4.0.0", false],
    ["error: unknown command", false],
  ])("takes an installed %s for 3.259.0: %s", (found, expected) => {
    expect(satisfies(found, "3.259.0")).toBe(expected);
  });

  it("come from package.json, and the Go module of the CLI says the same", async () => {
    const manifest = JSON.parse(await readFile("package.json", "utf8")) as { dependencies: Record<string, string> };
    const versions = await readVersions();
    expect(versions.pulumi).toBe(manifest.dependencies["pulumi"]);
    for (const [name, version] of Object.entries(versions.plugins)) {
      expect(version, name).toBe(manifest.dependencies[`@pulumi/${name}`]);
    }
    const goMod = await readFile(path.join(moduleDirectory("cli"), "go.mod"), "utf8");
    expect(requiredVersionOf(goMod, "github.com/pulumi/pulumi/pkg/v3")).toBe(versions.pulumi);
  });
});

describe("what is tried", () => {
  it("takes the CLI installed, then present, then downloaded, then built", () => {
    const all = { installed: true, present: true, downloads: true };
    expect(cliPlan(all)).toEqual(["installed"]);
    expect(cliPlan({ ...all, installed: false })).toEqual(["present"]);
    expect(cliPlan({ ...all, installed: false, present: false })).toEqual(["download", "build"]);
    expect(cliPlan({ installed: false, present: false, downloads: false })).toEqual(["build"]);
  });

  it("leaves a published plugin alone and replaces a substitute when it can", () => {
    expect(pluginPlan({ present: "downloaded", downloads: true })).toEqual([]);
    expect(pluginPlan({ present: "bridged", downloads: false })).toEqual([]);
    expect(pluginPlan({ present: "stand-in", downloads: true })).toEqual(["download"]);
    expect(pluginPlan({ present: undefined, downloads: true })).toEqual(["download", "substitute"]);
    expect(pluginPlan({ present: undefined, downloads: false })).toEqual(["substitute"]);
  });

  it("tries a failed download again after a day, and at once if the clock went back", () => {
    expect(mayDownload(undefined, 1000)).toBe(true);
    expect(mayDownload(1000, 1000 + DOWNLOAD_RETRY_AFTER_MS)).toBe(false);
    expect(mayDownload(1000, 1001 + DOWNLOAD_RETRY_AFTER_MS)).toBe(true);
    expect(mayDownload(2000, 1000)).toBe(true);
  });

  it("never takes an npm launcher or our own copy for an installed CLI", () => {
    const home = "/home/u/.cache/pulumi-openclaw/pulumi";
    expect(isForeign("/usr/local/bin/pulumi", home)).toBe(true);
    expect(isForeign("/home/u/.pulumi/bin/pulumi", home)).toBe(true);
    expect(isForeign("/repo/node_modules/pulumi/run.js", home)).toBe(false);
    expect(isForeign(`${home}/versions/3.259.0/bin/pulumi`, home)).toBe(false);
  });
});

describe("the key of a build", () => {
  const machine = { platform: "linux", arch: "x64" };
  const files = new Map([
    ["go.mod", "module x"],
    ["main.go", "package main"],
  ]);
  const key = buildKey(files, ["-v"], machine);

  it("does not depend on the order of the files", () => {
    expect(buildKey(new Map([...files].toReversed()), ["-v"], machine)).toBe(key);
    expect(key).toMatch(/^[0-9a-f]{16}$/u);
  });

  it("changes with a file, its name, a flag and the machine", () => {
    const others = [
      buildKey(new Map([...files, ["go.mod", "module y"]]), ["-v"], machine),
      buildKey(new Map([["main.go", "module x"], ["go.mod", "package main"]]), ["-v"], machine), // prettier-ignore
      buildKey(files, ["-x"], machine),
      buildKey(files, ["-v"], { ...machine, arch: "arm64" }),
      buildKey(files, ["-v"], { ...machine, platform: "darwin" }),
    ];
    expect(new Set([key, ...others]).size).toBe(others.length + 1);
  });

  it("changes with the versions that are stamped", () => {
    expect(buildKey(files, buildFlags("main.v=1"), machine)).not.toBe(buildKey(files, buildFlags("main.v=2"), machine));
  });
});

describe("Go", () => {
  it("reads go.mod", () => {
    const goMod =
      "module x\n\ngo 1.25.11\n\nrequire a.example/b v1.2.3\n\nrequire (\n\ta.example/c v0.4.0 // indirect\n)\n";
    expect(goVersionOf(goMod)).toBe("1.25.11");
    expect(requiredVersionOf(goMod, "a.example/b")).toBe("1.2.3");
    expect(requiredVersionOf(goMod, "a.example/c")).toBe("0.4.0");
    expect(() => requiredVersionOf(goMod, "a.example")).toThrow("go.mod does not require a.example");
  });

  it("builds for this machine, without C, and keeps the user's flags", () => {
    const environment = goEnvironment({ GOFLAGS: "-p=1", GOOS: "plan9", GOARCH: "mips", CGO_ENABLED: "1", HOME: "/h" });
    expect(environment).toEqual({ GOFLAGS: "-p=1", GOOS: "", GOARCH: "", CGO_ENABLED: "0", GOWORK: "off", HOME: "/h" });
  });
});

describe("the cache directory", () => {
  it.each([
    [{}, "/home/u/.cache/pulumi-openclaw"],
    [{ XDG_CACHE_HOME: "" }, "/home/u/.cache/pulumi-openclaw"],
    [{ XDG_CACHE_HOME: "relative" }, "/home/u/.cache/pulumi-openclaw"],
    [{ XDG_CACHE_HOME: "/var/cache" }, "/var/cache/pulumi-openclaw"],
  ])("for %j is %s", (environment, expected) => {
    expect(defaultCacheDirectory(environment, "/home/u")).toBe(expected);
  });
});

describe("messages", () => {
  it("name what was found, what is needed and what to do", () => {
    expect(goMissing("1.25.11")).toContain("install Go 1.25.11 or newer");
    expect(goTooOld("1.19.8", "1.25.11")).toBe(
      "Go 1.19.8 is too old to build the Pulumi CLI: 1.25.11 or newer is needed. Install it from https://go.dev/dl.",
    );
    expect(diskTooSmall("/var", 20e6, 3.3e9)).toContain("/var: 20 MB free, about 3.3 GB needed");
    expect(cacheNotWritable("/var/x", "EROFS")).toContain("/var/x cannot be written (EROFS)");
    expect(buildFailed("the CLI", ["a", "b"], "/l")).toBe("building the CLI failed:\n  a\n  b\nThe whole output: /l");
  });

  it("tell a full disk and a missing network from a real failure", () => {
    const explain = (...lines: string[]): string => explainBuildFailure("the CLI", lines, "/log", "/cache");
    expect(explain("compiling", "write /tmp/x: no space left on device")).toContain("ran full");
    expect(explain('go: a@v1: Get "http://h/": dial tcp 127.0.0.1:9: connect: connection refused')).toMatch(
      /^the Go modules could not be downloaded: go: a@v1.*\n.*GOPROXY/u,
    );
    expect(explain("go: a@v1: reading h/a/@v/v1.mod: 404 Not Found")).toContain("could not be downloaded");
    const many = Array.from({ length: 40 }, (_, index) => `./x.go:${index}: broken`);
    expect(explain(...many)).toMatch(/^building the CLI failed:\n {2}\.\/x\.go:25: broken\n/u);
  });

  it.each([
    ["22.18.0", undefined],
    ["26.10.0", undefined],
    ["22.17.1", "22.17.1 is too old: 22.18 or newer is needed"],
    ["20.20.2", "20.20.2 is too old: 22.18 or newer is needed"],
  ])("about Node.js %s", (version, expected) => {
    if (expected === undefined) expect(nodeFault(version)).toBeUndefined();
    else expect(nodeFault(version)).toContain(expected);
  });

  it("say which plugins are substitutes", () => {
    const text = describeToolchain({
      pulumi: "/p",
      pulumiHome: "/h",
      source: "built",
      plugins: { command: "stand-in", tls: "bridged" },
      environment: {},
    });
    expect(text).toBe("Pulumi CLI: /p (built); plugins: command (stand-in), tls (bridged)");
  });
});
