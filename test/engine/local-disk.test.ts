/**
 * A release on a disk that is too small, read-only, or has no room for the copy of the state: real mounts. What it starts is a
 * small OpenClaw: the disk is asked before, and what comes back is the release's doing.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { GatewaySpec } from "../../components/gateway/spec.ts";
import { isAlive } from "../../components/local/agent/process-identity.mts";
import type { SupervisorStatus } from "../../components/local/agent/supervisor.mts";
import { localRelease } from "../../components/local/local-release.ts";
import { gatewayPaths, localPaths, runFiles, type LocalPaths } from "../../components/local/paths.ts";
import type { ReleaseRequest } from "../../components/local/release/contract.ts";
import { freePort } from "../support/free-port.ts";
import { killProcessesOf, processesOf } from "../support/processes.ts";
import { mountDisk, type Disk, type Finished } from "../support/small-disk.ts";
import { smallRuntimes } from "../support/small-runtimes.ts";

const releases = join(import.meta.dirname, "../../components/local/release");
const version = "2026.9.6";
const token = "b2".repeat(48);
let root = "";
const runtimes = mkdtempSync(join(tmpdir(), "openclaw-runtimes-"));

beforeAll(() => smallRuntimes(runtimes));

afterAll(() => {
  rmSync(runtimes, { recursive: true });
});

const freshRoot = (): string => (root = mkdtempSync(join(tmpdir(), "openclaw-disk-")));

afterEach(async () => {
  await killProcessesOf(root);
  rmSync(root, { recursive: true, force: true });
});

/** As stacks/local.ts makes it. */
function requestFor(own: LocalPaths, port: number, adopt?: string, env: Record<string, string> = {}): ReleaseRequest {
  const paths = { ...own, runtimes };
  const spec: GatewaySpec = { version, port, bind: "loopback", paths: gatewayPaths(paths), config: {} };
  const args = {
    stack: "dev",
    owner: "organization/openclaw/dev",
    spec,
    paths,
    runtime: "process",
    env,
    home: own.root,
  } as const;
  return { generation: 1, data: { onDestroy: "retain", adopt }, release: localRelease(args, token, {}) };
}

const step = (disk: Disk, name: "apply" | "remove", request: ReleaseRequest): Promise<Finished> =>
  disk.run(process.execPath, [join(releases, `${name}.ts`)], JSON.stringify(request));

const call = async (port: number): Promise<number> =>
  (
    await fetch(`http://127.0.0.1:${String(port)}/tools/invoke`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ tool: "sessions_list", args: {} }),
    })
  ).status;

describe("a first release", () => {
  it("on a disk of 50 MB says how much it needs, and starts nothing", async () => {
    const paths = localPaths(freshRoot(), "dev");
    await using disk = await mountDisk(root, "size=50m");
    const { all, exitCode } = await step(disk, "apply", requestFor(paths, await freePort()));
    expect(all).toMatch(
      new RegExp(`^${paths.data} has \\d\\d MB free, a gateway needs 300 MB; free some space and run it again$`),
    );
    expect(exitCode).toBe(1);
    expect(await processesOf(root)).toEqual([]);
    expect((await disk.run("ls", ["-A", paths.data])).all).toBe("workspace");
  });

  it("on a read-only disk names what it cannot write, why, and what to do", async () => {
    const paths = localPaths(freshRoot(), "dev");
    await using disk = await mountDisk(root, "size=400m,ro");
    const { all, exitCode } = await step(disk, "apply", requestFor(paths, await freePort()));
    expect(all).toMatch(new RegExp(`^cannot write ${root}\\S* \\(EROFS\\); make it writable .*and run it again$`));
    expect(exitCode).toBe(1);
  });

  it("into a data directory on a read-only disk does, too", async () => {
    const volume = join(freshRoot(), "volume");
    mkdirSync(volume);
    await using disk = await mountDisk(volume, "size=400m");
    const data = join(volume, "data");
    await disk.run("mkdir", [data]);
    await disk.run("mount", ["-o", "remount,ro", volume]);
    const request = requestFor(localPaths(root, "dev", data), await freePort(), data);
    const { all, exitCode } = await step(disk, "apply", request);
    expect(all).toMatch(new RegExp(`^cannot write ${data}\\S* \\(EROFS\\); make it writable .*and run it again$`));
    expect(exitCode).toBe(1);
    expect(await processesOf(root)).toEqual([]);
  });
});

describe("a change, without room for the copy of the state that makes it reversible", () => {
  it("is refused, and what ran before runs again", async () => {
    const volume = join(freshRoot(), "volume");
    mkdirSync(volume);
    const data = join(volume, "data");
    const paths = localPaths(root, "dev", data);
    const port = await freePort();
    await using disk = await mountDisk(volume, "size=460m");
    await disk.run("mkdir", ["-p", data]);
    const first = await step(disk, "apply", requestFor(paths, port, data));
    expect(`${String(first.exitCode)} ${first.all}`).toMatch(/^0 /);
    expect(await call(port)).toBe(200);
    const status = (): SupervisorStatus =>
      JSON.parse(readFileSync(runFiles(paths.run).supervisor, "utf8")) as SupervisorStatus;
    const before = status().gateway;

    // A file of 400 MB that takes no room itself: its copy may.
    await disk.run("truncate", ["--size=400M", join(data, "workspace/big")]);
    await disk.run("sh", ["-c", 'echo kept >"$1"', "sh", join(data, "workspace/MEMORY.md")]);
    const { all, exitCode } = await step(disk, "apply", requestFor(paths, port, data, { ROUND: "two" }));
    expect(all).toMatch(
      /the copy of the state that makes this release reversible needs 6\d\d MB, \S+ has 4\d\d MB free; free some space and run it again$/m,
    );
    expect(exitCode).toBe(1);

    expect(status().gateway).not.toEqual(before);
    expect(isAlive(status().gateway)).toBe(true);
    const environment = readFileSync(`/proc/${String(status().gateway?.pid)}/environ`, "utf8").split("\0");
    expect(environment.filter((line) => line.startsWith("ROUND="))).toEqual([]);
    expect((await disk.run("cat", [join(data, "workspace/MEMORY.md")])).all).toBe("kept");
    expect((await disk.run("ls", ["-A", `${data}.restore-points`])).all).toBe("");

    // And with room again, the same change goes through.
    await disk.run("rm", [join(data, "workspace/big")]);
    const second = await step(disk, "apply", requestFor(paths, port, data, { ROUND: "two" }));
    expect(`${String(second.exitCode)} ${second.all}`).toMatch(/^0 /);
    expect(await call(port)).toBe(200);
    expect(readFileSync(`/proc/${String(status().gateway?.pid)}/environ`, "utf8")).toContain("ROUND=two");
    expect((await step(disk, "remove", requestFor(paths, port, data, { ROUND: "two" }))).exitCode).toBe(0);
    expect(await processesOf(root)).toEqual([]);
    expect(existsSync(paths.run)).toBe(false);
  });
});
