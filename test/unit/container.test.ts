/** What a container target renders and hands to a host, exactly. */
import { describe, expect, it } from "vitest";
import { hostCommands } from "../../components/container/commands.ts";
import { containerPaths, containerRelease } from "../../components/container/container-release.ts";
import { mergedConfig } from "../../components/container/merge.mts";
import { releaseOutcome, releaseStage } from "../../components/container/release.ts";
import { stageCommand, stageStdin, type StageDocument } from "../../components/container/stage.ts";
import { imageFaults, renderDockerfile, type GatewayImage } from "../../components/gateway/dockerfile.ts";
import { stageDocument } from "../support/stage-document.ts";

const digest = `sha256:${"a1".repeat(32)}`;
const plain: GatewayImage = { reference: `ghcr.io/openclaw/openclaw:2026.9.6@${digest}`, packages: [], binaries: [] };
const sum = "0f".repeat(32);

describe("the Dockerfile", () => {
  it("is the published image and labels, when nothing is added", () => {
    expect(renderDockerfile(plain, "2026.9.6")).toBe(
      `FROM ghcr.io/openclaw/openclaw:2026.9.6@${digest}
LABEL org.opencontainers.image.version="2026.9.6" org.opencontainers.image.base.name="ghcr.io/openclaw/openclaw:2026.9.6@${digest}"
`,
    );
  });

  it("adds packages and binaries as root, the latter by their sum, and ends as node", () => {
    const image = {
      ...plain,
      packages: ["jq", "ffmpeg=7:5.1.6-0+deb12u1"],
      binaries: [{ name: "gog", url: "https://example.org/gog-1.2?a=b", sha256: sum }],
    };
    expect(renderDockerfile(image, "2026.9.6").split("\n").slice(1, -2)).toEqual([
      "USER root",
      "RUN apt-get update \\",
      "  && apt-get install --yes --no-install-recommends ffmpeg=7:5.1.6-0+deb12u1 jq \\",
      "  && rm -rf /var/lib/apt/lists/*",
      `ADD --checksum=sha256:${sum} --chmod=755 https://example.org/gog-1.2?a=b /usr/local/bin/gog`,
      "USER node",
    ]);
  });

  it.each([
    ["ghcr.io/openclaw/openclaw", "is not pinned"],
    ["ghcr.io/openclaw/openclaw:latest", "is not pinned"],
    ["ghcr.io/openclaw/openclaw:main-slim", "is not pinned"],
    ["registry.example:5000/openclaw", "is not pinned"],
    ["ghcr.io/open claw:1", "is no image reference"],
    ["x\nRUN id", "is no image reference"],
    ["ghcr.io/openclaw/openclaw:1@sha256:12", "is no image reference"],
  ])("C1: is not made from %j", (reference, fault) => {
    expect(imageFaults({ ...plain, reference })).toEqual([expect.stringContaining(fault)]);
  });

  it.each([plain.reference, `openclaw@${digest}`, "registry.example:5000/openclaw:2026.9.6"])(
    "C1: is made from %s",
    (reference) => {
      expect(imageFaults({ ...plain, reference })).toEqual([]);
    },
  );

  it("tells every fault at once", () => {
    const image = {
      reference: "ghcr.io/openclaw/openclaw:latest",
      packages: ["Jq", "a b", "-o"],
      binaries: [{ name: "../x", url: "ftp://example.org/$HOME", sha256: "12" }],
    };
    expect(() => renderDockerfile(image, "2026.9.6")).toThrow(
      [
        "image ghcr.io/openclaw/openclaw:latest is not pinned: name a version (ghcr.io/openclaw/openclaw:2026.9.6), better with @sha256:… at its end",
        'package "Jq" is no Debian package name',
        'package "a b" is no Debian package name',
        'package "-o" is no Debian package name',
        'binary "../x" cannot be a program\'s name',
        'binary ../x: "ftp://example.org/$HOME" is no http or https URL',
        "binary ../x: sha256 is not 64 hexadecimal digits",
      ].join("\n"),
    );
  });
});

const release = (change: { env?: Record<string, string>; secrets?: Record<string, string>; token?: string } = {}) =>
  containerRelease(
    {
      spec: { version: "2026.9.6", port: 18789, bind: "lan", paths: containerPaths, config: {} },
      image: plain,
      memoryMiB: 2048,
      env: change.env ?? {},
    },
    change.token ?? "token",
    change.secrets ?? { KEY: "canary" },
  );

describe("a release", () => {
  it("has the container's own environment, and what the user adds", () => {
    expect(release({ env: { TZ: "Europe/Berlin", PATH: "/tmp", NO_COLOR: "" } }).environment).toEqual({
      HOME: "/home/node",
      KEY: "canary",
      LANG: "C.UTF-8",
      NO_COLOR: "",
      NPM_CONFIG_CACHE: "/tmp/.cache/npm",
      OPENCLAW_CONFIG_PATH: "/home/node/.openclaw/openclaw.json",
      OPENCLAW_DISABLE_BONJOUR: "1",
      OPENCLAW_GATEWAY_PORT: "18789",
      OPENCLAW_GATEWAY_TOKEN: "token",
      OPENCLAW_NO_AUTO_UPDATE: "1",
      OPENCLAW_NO_RESPAWN: "1",
      OPENCLAW_STATE_DIR: "/home/node/.openclaw",
      OPENCLAW_WORKSPACE_DIR: "/home/node/.openclaw/workspace",
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      TZ: "Europe/Berlin",
      XDG_CACHE_HOME: "/tmp/.cache",
    });
  });

  it("is known by what it holds, not by the order in which that was written", () => {
    const { id } = release({ env: { A: "1", B: "2" } });
    expect(id).toMatch(/^[0-9a-f]{12}$/);
    expect(release({ env: { B: "2", A: "1" } }).id).toBe(id);
    expect(release({ env: { A: "1", B: "3" } }).id).not.toBe(id);
    expect(release({ env: { A: "1", B: "2" }, token: "other" }).id).not.toBe(id);
  });

  it("C6: has secrets in its environment only, and says which they are", () => {
    const { environment, secrets, ...rest } = release({ secrets: { ZULU: "canary", ALPHA: "canary" } });
    expect(secrets).toEqual(["OPENCLAW_GATEWAY_TOKEN", "ALPHA", "ZULU"]);
    expect(environment).toMatchObject({ ALPHA: "canary" });
    expect(JSON.stringify(rest)).not.toContain("canary");
  });

  it("names its image by the Dockerfile's content", () => {
    const { image, compose } = release();
    expect(image.tag).toMatch(/^openclaw-gateway:[0-9a-f]{12}$/);
    expect(compose).toContain(`image: ${image.tag}\n`);
    expect(release({ env: { A: "1" } }).image.tag).toBe(image.tag);
  });
});

describe("a stage", () => {
  const document: StageDocument = {
    name: "x",
    run: "a.sh",
    files: { "a.sh": { content: "", mode: 0o755 } },
    parameters: {},
  };

  it("has a command that never changes, with everything on standard input", () => {
    expect(stageCommand).toBe(
      `sudo -n python3 -c 'import json, sys; stage = json.load(sys.stdin); exec(stage["unpack"])'`,
    );
    expect(stageDocument(stageStdin(document))).toMatchObject(document);
  });

  it("gives the same text for the same content", () => {
    const one = stageStdin({ ...document, parameters: { a: 1, b: { c: [2, 1], d: 3 } } });
    expect(stageStdin({ ...document, parameters: { b: { d: 3, c: [2, 1] }, a: 1 } })).toBe(one);
    expect(stageStdin({ ...document, parameters: { a: 1, b: { c: [1, 2], d: 3 } } })).not.toBe(one);
  });

  it.each(["/etc/passwd", "../x", "a/../../x", "", "a//b", "log", "parameters.json", "alone.sh", "a b"])(
    "has no file %j",
    (path) => {
      const files = { ...document.files, [path]: { content: "", mode: 0o644 } };
      expect(() => stageStdin({ ...document, files })).toThrow("cannot be a file of a stage");
    },
  );

  it("needs its entry, and a name for a unit", () => {
    expect(() => stageStdin({ ...document, run: "b.sh" })).toThrow("stage x has no file b.sh");
    expect(() => stageStdin({ ...document, name: "a b" })).toThrow('"a b" cannot be a stage\'s name');
  });

  it("of a release brings everything that the host needs", () => {
    const stage = releaseStage({ identity: "1", owner: "o/p/s", volume: "7", adopt: false, release: release() });
    expect(stage.run).toBe("release.sh");
    expect(Object.keys(stage.files)).toEqual(
      expect.arrayContaining(["release.sh", "transaction.sh", "verify.mts", "node/container/merge.mts"]),
    );
    expect(stage.parameters).toMatchObject({ owner: "o/p/s", release: { version: "2026.9.6" } });
  });
});

describe("the outcome of a release", () => {
  it("is its last line", () => {
    const output = 'verified; the gateway was away for 3 s\n{"release":"ab","downtimeSeconds":3}\n';
    expect(releaseOutcome(output)).toEqual({ release: "ab", downtimeSeconds: 3 });
    expect(releaseOutcome('{"release":"ab"}')).toEqual({ release: "ab" });
  });

  it("fails without one", () => {
    expect(() => releaseOutcome("verified\n")).toThrow("its last line is: verified");
  });
});

describe("the next openclaw.json", () => {
  const desired = { gateway: { port: 1 } };

  it("is the user's, with what the program wants, without what it no longer wants", () => {
    expect(
      mergedConfig({
        current: '{ // JSON5\n agents: { a: 1 }, logging: { level: "debug", style: "json" } }',
        lastGood: null,
        desired,
        previouslyDesired: { gateway: { port: 2 }, logging: { level: "debug" } },
      }),
    ).toEqual({ damaged: false, config: { agents: { a: 1 }, logging: { style: "json" }, gateway: { port: 1 } } });
  });

  it.each(["", "{", "[]", "null", '"text"'])("is made from the last good one when the file is %j", (current) => {
    expect(mergedConfig({ current, lastGood: '{"kept":1}', desired, previouslyDesired: {} })).toEqual({
      damaged: true,
      config: { kept: 1, gateway: { port: 1 } },
    });
  });

  it("is the program's own when there is none", () => {
    const first = mergedConfig({ current: null, lastGood: null, desired, previouslyDesired: {} });
    expect(first).toEqual({ damaged: false, config: desired });
    const damaged = mergedConfig({ current: "{", lastGood: null, desired, previouslyDesired: {} });
    expect(damaged).toEqual({ damaged: true, config: desired });
  });
});

describe("the commands of a host", () => {
  const pinned =
    "-o 'KnownHostsCommand=/bin/echo openclaw-gateway ssh-ed25519 AAAA+/=' -o HostKeyAlias=openclaw-gateway -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null -o CheckHostIP=no";
  const commands = hostCommands({
    user: "openclaw-deploy",
    address: "203.0.113.5",
    port: 22,
    hostKey: "ssh-ed25519 AAAA+/=",
    gatewayPort: 18789,
  });

  it("A1: pin the host key, and read and write no file of the user's", () => {
    expect(commands.ssh).toBe(`ssh ${pinned} openclaw-deploy@203.0.113.5`);
  });

  it("A1: forward from loopback to loopback", () => {
    const forward = "-o ExitOnForwardFailure=yes -L 127.0.0.1:18789:127.0.0.1:18789";
    expect(commands.tunnel).toBe(`ssh ${pinned} ${forward} -N openclaw-deploy@203.0.113.5`);
    expect(commands.open).toBe(
      `ssh ${pinned} ${forward} openclaw-deploy@203.0.113.5 'sudo -n /usr/local/lib/openclaw/openclaw-dashboard && exec cat'`,
    );
  });

  it("A4: show the device that asks to be paired, and approve it with its request id appended", () => {
    expect(commands.approveDevice).toBe(
      `ssh ${pinned} openclaw-deploy@203.0.113.5 'sudo -n /usr/local/lib/openclaw/openclaw devices approve'`,
    );
  });

  it("name another port than 22", () => {
    const other = { user: "u", address: "2001:db8::1", port: 2222, hostKey: "k", gatewayPort: 1 };
    expect(hostCommands(other).ssh).toMatch(/ -p 2222 u@2001:db8::1$/);
  });
});
