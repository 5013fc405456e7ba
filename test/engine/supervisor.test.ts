/** The supervisor of the local gateway as a real process, with a small Node script in place of OpenClaw. */
import { spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { identify, isAlive, killGroup } from "../../components/local/agent/process-identity.mts";
import type { SupervisorStatus } from "../../components/local/agent/supervisor.mts";
import { runFiles } from "../../components/local/paths.ts";
import { until } from "../support/until.ts";

const agent = join(import.meta.dirname, "../../components/local/agent");

/** A line of supervisor.log. */
interface Note {
  readonly time: string;
  readonly event: string;
  readonly pid?: number;
  readonly pauseSeconds?: number;
  readonly message?: string;
}

/** One supervisor with its directories. */
interface Supervised {
  readonly root: string;
  readonly run: string;
  readonly pid: number;
  readonly status: () => SupervisorStatus;
  readonly notes: (event?: string) => Note[];
  /** Waits for the n-th note of an event. */
  readonly noted: (event: string, count?: number) => Promise<Note>;
  readonly gatewayLog: () => string;
  readonly gatewayPid: () => number;
  /** Exit code and standard error, when it has ended. */
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

const supervised: Supervised[] = [];

afterEach(async () => {
  for (const { pid, notes, ended, root } of supervised.splice(0)) {
    if (identify(pid) !== undefined) process.kill(pid, "SIGKILL");
    await ended;
    for (const note of notes("started")) if (note.pid !== undefined) killGroup(note.pid);
    rmSync(root, { recursive: true, force: true });
  }
});

const textOf = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // not written yet
  }
};

/**
 * Starts a supervisor.
 *
 * @param gateway the script that it keeps running; an ES module
 * @param change to the command in release.json
 */
function supervise(gateway: string, change: Readonly<Record<string, unknown>> = {}): Supervised {
  const root = mkdtempSync(join(tmpdir(), "openclaw-supervisor-"));
  const [run, logs, entry] = [join(root, "run"), join(root, "logs"), join(root, "gateway.mjs")];
  for (const directory of [run, logs]) mkdirSync(directory);
  writeFileSync(entry, gateway);
  const command = { node: process.execPath, entry, arguments: ["gateway"], environment: {}, workingDirectory: root };
  writeFileSync(runFiles(run).release, JSON.stringify({ command: { ...command, ...change } }));
  const child = spawn(process.execPath, [join(agent, "supervisor.mts"), run, logs], {
    env: { PATH: process.env["PATH"], OF_THE_SUPERVISOR: "yes" },
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (child.pid === undefined) throw new Error("the supervisor did not start");
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.on("close", (code) => {
      resolve({ code, stderr });
    });
  });
  const notes: Supervised["notes"] = (event) =>
    textOf(join(logs, "supervisor.log"))
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Note) // the supervisor's own format
      .filter((note) => event === undefined || note.event === event);
  const status = (): SupervisorStatus => JSON.parse(readFileSync(runFiles(run).supervisor, "utf8")) as SupervisorStatus;
  const one: Supervised = {
    root,
    run,
    pid: child.pid,
    status,
    notes,
    noted: (event, count = 1) => until(`${String(count)} × "${event}"`, () => notes(event)[count - 1]),
    gatewayLog: () => textOf(join(logs, "gateway.log")),
    gatewayPid: () => {
      const pid = status().gateway?.pid;
      if (pid === undefined) throw new Error("no gateway runs"); // and 0 would be this test's own process group
      return pid;
    },
    ended,
  };
  supervised.push(one);
  return one;
}

const secondsBetween = (from: Note | undefined, to: Note | undefined): number =>
  (Date.parse(to?.time ?? "") - Date.parse(from?.time ?? "")) / 1000;

const stayUp = "setInterval(() => {}, 1000);";

describe("a gateway that refuses its configuration (exit 78)", () => {
  it("is not started again, and the supervisor ends well", async () => {
    const one = supervise("process.exit(78)");
    expect((await one.ended).code).toBe(0);
    expect(one.status()).toMatchObject({ state: "refused", crashes: 0, lastExit: { code: 78 } });
    expect(one.status().gateway).toBeUndefined();
    expect(one.notes("started")).toHaveLength(1);
  });
});

describe("a gateway that crashes", () => {
  it("is started again after 1 s, 2 s, 4 s", async () => {
    const one = supervise("console.error('boom'); process.exit(1)");
    await one.noted("started", 4);
    expect(one.notes("waiting").map(({ pauseSeconds }) => pauseSeconds)).toEqual([1, 2, 4]);
    const [exits, starts] = [one.notes("exited"), one.notes("started").slice(1)];
    const pauses = starts.map((start, index) => secondsBetween(exits[index], start));
    [1, 2, 4].forEach((expected, index) => {
      expect(pauses[index]).toBeGreaterThanOrEqual(expected - 0.01);
      expect(pauses[index]).toBeLessThan(expected + 0.7);
    });
    expect(one.status()).toMatchObject({ crashes: 3, lastExit: { code: 1, signal: null } });
    expect(one.gatewayLog().match(/boom/g)?.length).toBeGreaterThanOrEqual(3);
  });

  it("by a signal is told by its signal, and started again", async () => {
    const one = supervise(stayUp);
    await one.noted("started");
    process.kill(one.gatewayPid(), "SIGKILL");
    await one.noted("started", 2);
    expect(one.status()).toMatchObject({ state: "running", crashes: 1, lastExit: { code: null, signal: "SIGKILL" } });
  });

  it("leaves no child of its process group to the next one", async () => {
    const identity = pathToFileURL(join(agent, "process-identity.mts")).href;
    // The first one starts a child that ignores SIGTERM, and crashes; the second one looks for it.
    const one = supervise(`
      import { spawn } from "node:child_process";
      import { existsSync, readFileSync, writeFileSync } from "node:fs";
      import { setTimeout as sleep } from "node:timers/promises";
      import { identify } from ${JSON.stringify(identity)};
      if (existsSync("child")) {
        console.log("child runs: " + (identify(Number(readFileSync("child", "utf8"))) !== undefined));
        ${stayUp}
      } else {
        const child = spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); ${stayUp}"], { stdio: "inherit" });
        await sleep(300);
        console.log("child ran: " + (identify(child.pid) !== undefined));
        writeFileSync("child", String(child.pid));
        process.exit(1);
      }`);
    await until("the second gateway's word", () => (one.gatewayLog().includes("child runs") ? true : undefined));
    expect(one.gatewayLog()).toBe("child ran: true\nchild runs: false\n");
  });

  it("cannot be started because its Node is gone: it is tried again, and said so", async () => {
    const one = supervise(stayUp, { node: "/nonexistent/node" });
    await one.noted("waiting", 2);
    expect(one.notes("cannot start")[0]?.message).toContain("/nonexistent/node");
    expect(one.status()).toMatchObject({ crashes: 2, state: "waiting" });
    expect(isAlive(one.status().supervisor)).toBe(true);
  });
});

describe("SIGTERM to the supervisor", () => {
  const graceful = `
    process.on("SIGTERM", () => {
      console.log("draining");
      setTimeout(() => { console.log("drained"); process.exit(0); }, 1500);
    });
    console.log("up");
    ${stayUp}`;

  it("gives the gateway its own graceful shutdown, and ends after it", async () => {
    const one = supervise(graceful);
    await one.noted("started");
    await until("the gateway", () => (one.gatewayLog().includes("up") ? true : undefined));
    const gateway = one.status().gateway;
    process.kill(one.pid, "SIGTERM");
    await until("draining", () => (one.gatewayLog().includes("draining") ? true : undefined));
    expect(one.status().state).toBe("stopping");
    process.kill(one.pid, "SIGTERM"); // impatience changes nothing
    expect(identify(one.pid)).toBeDefined();
    expect((await one.ended).code).toBe(0);
    expect(one.gatewayLog()).toBe("up\ndraining\ndrained\n");
    expect(isAlive(gateway)).toBe(false);
    expect(one.status()).toMatchObject({ state: "stopping", crashes: 0, lastExit: { code: 0 } });
    expect(one.notes("started")).toHaveLength(1);
    expect(one.notes().at(-1)?.event).toBe("stopped");
  });

  it("during a pause ends it at once, and starts nothing", async () => {
    const one = supervise("process.exit(1)");
    await one.noted("waiting", 2);
    const asked = Date.now();
    process.kill(one.pid, "SIGTERM");
    expect((await one.ended).code).toBe(0);
    expect(Date.now() - asked).toBeLessThan(1000);
    expect(one.notes("started")).toHaveLength(2);
  });
});

describe("the supervisor", () => {
  it("survives SIGHUP and SIGINT, and so does its gateway", async () => {
    const one = supervise(stayUp);
    await one.noted("started");
    const { supervisor, gateway } = one.status();
    for (const signal of ["SIGHUP", "SIGINT"] as const) process.kill(one.pid, signal);
    await one.noted("ignored", 2);
    expect(isAlive(supervisor)).toBe(true);
    expect(isAlive(gateway)).toBe(true);
    expect(one.notes("exited")).toEqual([]);
  });

  it("that is killed leaves a gateway that goes on, and goes on logging", async () => {
    const one = supervise(`let tick = 0; setInterval(() => console.log("tick " + (tick += 1)), 50);`);
    await until("the gateway", () => (one.gatewayLog().includes("tick 1") ? true : undefined));
    const { gateway } = one.status();
    process.kill(one.pid, "SIGKILL");
    await one.ended;
    const ticks = one.gatewayLog().split("\n").length;
    await until("more ticks", () => (one.gatewayLog().split("\n").length > ticks + 5 ? true : undefined));
    expect(isAlive(gateway)).toBe(true);
  });

  it("gives the gateway exactly the arguments, environment and directory of release.json, and a group of its own", async () => {
    const environment = { PATH: "/nowhere", NAME: "two words 'quoted'", EMPTY: "" };
    const one = supervise(
      `import { readFileSync } from "node:fs";
       const group = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ")[2];
       console.log(JSON.stringify([process.argv.slice(2), process.env, process.cwd(), Number(group) === process.pid]));
       ${stayUp}`,
      { environment, arguments: ["gateway", "--port", "1"] },
    );
    await until("its word", () => (one.gatewayLog().endsWith("\n") ? true : undefined));
    expect(JSON.parse(one.gatewayLog())).toEqual([["gateway", "--port", "1"], environment, one.root, true]);
  });

  it("writes files that only their owner can read", async () => {
    const one = supervise(stayUp);
    await one.noted("started");
    for (const file of ["logs/gateway.log", "logs/supervisor.log", "run/supervisor.json"]) {
      expect(`${file} ${(statSync(join(one.root, file)).mode & 0o777).toString(8)}`).toBe(`${file} 600`);
    }
  });

  it("that finds release.json damaged says so in its log, and what to do", async () => {
    const one = supervise(stayUp);
    await one.noted("started");
    writeFileSync(runFiles(one.run).release, '{"command":{"no');
    process.kill(one.gatewayPid(), "SIGKILL");
    const told = `${runFiles(one.run).release} is missing or damaged; run the deployment again`;
    await until("a word about it", () => one.notes().find(({ message }) => message?.includes(told)), 5);
  });

  it("goes on when the disk is too full for its log", async () => {
    const one = supervise(stayUp);
    await one.noted("started");
    const { supervisor, gateway } = one.status();
    const log = join(one.root, "logs/supervisor.log");
    renameSync(log, `${log}.away`);
    symlinkSync("/dev/full", log); // every write fails with ENOSPC
    try {
      process.kill(one.gatewayPid(), "SIGKILL");
      await until(
        "the next gateway",
        () => {
          const next = one.status().gateway;
          return next !== undefined && next.pid !== gateway?.pid ? true : undefined;
        },
        5,
      );
    } finally {
      rmSync(log); // before anything reads it: it has no end
      renameSync(`${log}.away`, log);
      const next = one.status().gateway;
      if (isAlive(next)) killGroup(one.gatewayPid());
    }
    expect(isAlive(supervisor)).toBe(true);
    await one.noted("exited");
  });
});
