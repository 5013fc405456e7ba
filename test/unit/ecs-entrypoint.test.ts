/** The gateway's container on Fargate, as its task definition says it, on real directories; OpenClaw is played by small programs. */
import { cpSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ended, Task } from "./ecs/task.ts";

let task: Task;
beforeEach(() => {
  task = new Task();
});
afterEach(() => {
  task.remove();
});

/** A gateway that writes into the state and ends. */
const writing = (words: string) => ({ command: ["sh", "-c", `printf ${words} > ${task.path("state/memory")}`] });
const good = (): void => {
  task.write(JSON.stringify({ ...task.record(), good: true }), "release.json");
};
const memory = () => task.read("state/memory");

/** A state that release `one` left, verified. */
async function afterOne(): Promise<void> {
  expect((await task.enter("one", writing("1"))).output).toContain("the state is new");
  good();
}

describe("the state transaction", () => {
  it("begins on an empty file system with a state of its own, for the user alone", async () => {
    const { output, code } = await task.enter("one", writing("1"));
    expect({ output, code }).toEqual({ output: "[entrypoint] the state is new\n", code: 0 });
    expect(task.record()).toEqual({ current: "one", previous: null, good: false });
    expect(statSync(task.path("state")).mode & 0o777).toBe(0o700);
    expect(readdirSync(task.data).sort()).toEqual(["backups", "config", "release.json", "state"]);
  });

  it("changes nothing when the same release starts again", async () => {
    await afterOne();
    expect((await task.enter("one")).output).toContain("the state is this release's");
    expect(task.record()).toEqual({ current: "one", previous: null, good: true });
    expect(memory()).toBe("1");
  });

  it("copies a good state aside before another release touches it, without caches and locks", async () => {
    await afterOne();
    task.write("x", "state/cache/assets");
    task.write("x", "state/tmp/lock");
    await task.enter("two", writing("2"));
    expect(task.record()).toEqual({ current: "two", previous: "one", good: false });
    expect(readdirSync(task.path("releases/one/state")).sort()).toEqual([
      "memory",
      "openclaw.json",
      "pulumi-openclaw.json",
    ]);
    expect(task.read("releases/one/state/memory")).toBe("1");
    expect(memory()).toBe("2");
  });

  it("puts the old state back when the old release comes again, and keeps what the new one wrote", async () => {
    await afterOne();
    await task.enter("two", writing("2"));
    const { output } = await task.enter("one");
    const [rejected = ""] = readdirSync(task.path("rejected"));
    expect(output).toContain(
      `release two was not good: the state from before it is back, what it wrote is in rejected/`,
    );
    expect(rejected).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z-two$/);
    expect(memory()).toBe("1");
    expect(task.read("rejected", rejected, "memory")).toBe("2");
    expect(task.record()).toEqual({ current: "one", previous: null, good: true });
  });

  it("keeps the state of a release that was good when the old one comes again on purpose", async () => {
    await afterOne();
    await task.enter("two", writing("2"));
    good();
    await task.enter("one");
    expect(task.record()).toEqual({ current: "one", previous: "two", good: false });
    expect(memory()).toBe("2");
    expect(task.read("releases/two/state/memory")).toBe("2");
  });

  it("begins a third release on the last good state when the second was not good", async () => {
    await afterOne();
    await task.enter("two", writing("2"));
    await task.enter("three");
    expect(memory()).toBe("1");
    expect(task.record()).toEqual({ current: "three", previous: "one", good: false });
    expect(task.read("releases/one/state/memory")).toBe("1");
    await task.enter("one");
    expect(memory()).toBe("1");
    expect(task.record()).toEqual({ current: "one", previous: null, good: true });
  });

  it("begins empty again when the very first release was not good", async () => {
    await task.enter("one", writing("1"));
    await task.enter("two");
    expect(memory()).toBeUndefined();
    expect(task.record()).toEqual({ current: "two", previous: null, good: false });
    expect(readdirSync(task.path("rejected"))).toHaveLength(1);
  });

  it("takes a state that was put there, and puts it back when the first release on it is not good", async () => {
    task.write("restored", "state/memory");
    await task.enter("one", writing("1"));
    expect(task.record()).toEqual({ current: "one", previous: "found", good: false });
    await task.enter("two");
    expect(memory()).toBe("restored");
  });

  it("keeps the copies of the last three releases, and everything that was rejected", async () => {
    for (const release of ["a", "b", "c", "d", "e", "f"]) {
      await task.enter(release);
      good();
    }
    expect(readdirSync(task.path("releases")).sort()).toEqual(["c", "d", "e"]);
  });

  it("leaves at once, with 78, when the copy to come back to is gone", async () => {
    await afterOne();
    await task.enter("two", writing("2"));
    rmSync(task.path("releases"), { recursive: true });
    const { output, code } = await task.enter("one");
    expect(code).toBe(78);
    expect(output).toBe(
      `[entrypoint] release two was not good, and the state from before it is not at ${task.path("releases/one/state")}; to go on with the state as it is, remove ${task.path("release.json")}\n`,
    );
    expect(memory()).toBe("2");
  });

  it("leaves at once, with 78, when the state that its record tells of is gone", async () => {
    await task.enter("one");
    rmSync(task.path("state"), { recursive: true });
    expect(await task.enter("one")).toMatchObject({
      code: 78,
      output: expect.stringContaining(`the state of release one is not at ${task.path("state")}`) as string,
    });
    expect(task.read("state", "openclaw.json")).toBeUndefined();
  });

  it("leaves at once, with 78, when its record is damaged", async () => {
    task.write("{", "release.json");
    expect(await task.enter("one")).toMatchObject({
      code: 78,
      output: expect.stringContaining("is no JSON") as string,
    });
  });
});

describe("killed anywhere, and started again", () => {
  const hook = join(import.meta.dirname, "ecs/killed-at.mts");
  const scenarios = {
    "a first release": { before: [], releases: ["one"], memory: undefined, previous: null, good: false },
    "a second release": { before: ["one", good], releases: ["two"], memory: "one", previous: "one", good: false },
    "the way back": { before: ["one", good, "two"], releases: ["one"], memory: "one", previous: null, good: true },
    "a third release": {
      ...{ before: ["one", good, "two"], releases: ["three"] },
      ...{ memory: "one", previous: "one", good: false },
    },
    "the way back, and then a third release": {
      ...{ before: ["one", good, "two"], releases: ["one", "three"] },
      ...{ memory: "one", previous: "one", good: false },
    },
    "a third release, and then the way back": {
      ...{ before: ["one", good, "two"], releases: ["three", "one"] },
      ...{ memory: "one", previous: null, good: true },
    },
  } as const;

  it.each(Object.entries(scenarios))("%s", { timeout: 120_000 }, async (_, scenario) => {
    const [interrupted = "", then = interrupted] = scenario.releases;
    for (const step of scenario.before)
      if (typeof step === "string") await task.enter(step, writing(step));
      else step();
    const end = { code: 0, memory: scenario.memory };
    const record = { current: then, previous: scenario.previous, good: scenario.good };
    /** @returns whether there was something to kill at this point */
    const killedAt = async (point: number): Promise<boolean> => {
      const mine = new Task();
      try {
        cpSync(task.data, mine.data, { recursive: true });
        const env = { NODE_OPTIONS: `--import=${hook}`, KILL_AT: String(point) };
        const { signal } = await mine.enter(interrupted, {}, env);
        const { code, output } = await mine.enter(then);
        const found = { code, memory: mine.read("state/memory") };
        const why = `killed at change ${String(point)}, then: ${output}`;
        expect(found, why).toEqual(end);
        // Over before anything was killed, a way back is a good release, on which the next one begins.
        if (then === interrupted || signal !== null) expect(mine.record(), why).toEqual(record);
        return signal !== null;
      } finally {
        mine.remove();
      }
    };
    let point = 1;
    while ((await Promise.all([0, 1, 2].map((more) => killedAt(point + more)))).every(Boolean)) point += 3;
    expect(point).toBeGreaterThan(6);
  });

  it("a way back that was begun is ended even when the bad release comes again", async () => {
    await afterOne();
    await task.enter("two", writing("2"));
    task.write(JSON.stringify({ ...task.record(), undoing: "then-two" }), "release.json");
    await task.enter("two");
    expect(memory()).toBe("1");
    expect(task.read("rejected/then-two/memory")).toBe("2");
    expect(task.record()).toEqual({ current: "two", previous: "one", good: false });
  });
});

/** The row that a gateway on a host keeps. */
const lease = (host: string, seconds: number): void => {
  mkdirSync(task.path("state/state"), { recursive: true });
  const database = new DatabaseSync(task.path("state/state/openclaw.sqlite"));
  database.exec(
    "CREATE TABLE IF NOT EXISTS state_leases (scope TEXT, lease_key TEXT, owner TEXT, expires_at INTEGER, payload_json TEXT, PRIMARY KEY (scope, lease_key))",
  );
  database
    .prepare("INSERT OR REPLACE INTO state_leases VALUES ('gateway-owner', 'global', 'x', ?, ?)")
    .run(Date.now() + seconds * 1000, JSON.stringify({ owner: { pid: 7, host, startedAt: 1 }, port: 18_789 }));
  database.close();
};

describe("the owner lease", () => {
  it("is waited out, and only then is the state touched", async () => {
    lease("ip-10-0-0-9", 3);
    const began = Date.now();
    const { output, code } = await task.enter("one", { leaseSeconds: 20 });
    expect(code).toBe(0);
    expect(Date.now() - began).toBeGreaterThan(2500);
    expect(output.split("\n").slice(0, 2)).toEqual([
      expect.stringContaining(
        "[entrypoint] the gateway on ip-10-0-0-9 has not given up this state; its lease ends at ",
      ),
      "[entrypoint] the state of release found is copied aside",
    ]);
  });

  it("ends the container when it does not end", async () => {
    lease("ip-10-0-0-9", 600);
    const { output, code } = await task.enter("one", { leaseSeconds: 1 });
    expect(code).toBe(1);
    expect(output).toContain("after 1 s the gateway on ip-10-0-0-9 still owns this state: two gateways");
    expect(task.read("release.json")).toBeUndefined();
  });

  it("of this very host is left to OpenClaw, which knows whether its process is dead", async () => {
    lease(hostname(), 600);
    expect((await task.enter("one")).code).toBe(0);
  });

  it("is waited for again when somebody takes it between the look and the start", async () => {
    lease("ip-10-0-0-9", -1);
    // The first start finds the lease taken, as OpenClaw does; the second runs.
    const script = `if [ -e ${task.path("tried")} ]; then exit 0; fi; touch ${task.path("tried")}; node -e '
      const { DatabaseSync } = require("node:sqlite");
      new DatabaseSync("${task.path("state/state/openclaw.sqlite")}").exec("UPDATE state_leases SET expires_at = " + (Date.now() + 3000))'; exit 1`;
    const { output, code } = await task.enter("one", { leaseSeconds: 20, command: ["sh", "-c", script] });
    expect({ output, code }).toMatchObject({ code: 0, output: expect.stringContaining("has not given up") as string });
  });
});

describe("the gateway's process", () => {
  it.each([0, 1, 78, 137])("ends the container with its own exit code %i", async (code) => {
    expect((await task.enter("one", { command: ["sh", "-c", `exit ${String(code)}`] })).code).toBe(code);
  });

  it("ends the container with 137 when it is killed", async () => {
    expect((await task.enter("one", { command: ["sh", "-c", "kill -9 $$"] })).code).toBe(137);
  });

  it("gets SIGTERM, and the time to end in order", async () => {
    const script = `trap 'sleep 1; printf ended > ${task.path("order")}; exit 0' TERM; printf x > ${task.path("up")}; while :; do sleep 0.1; done`;
    const child = task.start("one", { command: ["sh", "-c", script] });
    const end = ended(child);
    while (task.read("up") === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill("SIGTERM");
    expect((await end).code).toBe(0);
    expect(task.read("order")).toBe("ended");
  });

  it("is not waited for when SIGTERM comes before it runs", async () => {
    lease("ip-10-0-0-9", 600);
    const child = task.start("one", { leaseSeconds: 60 });
    const end = ended(child);
    child.stdout?.once("data", () => child.kill("SIGTERM"));
    expect((await end).code).toBe(143);
    expect(task.read("release.json")).toBeUndefined();
  });
});
