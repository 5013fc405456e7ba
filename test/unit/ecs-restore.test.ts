/** The state of an archive takes the place of what is there: `data.restore`. OpenClaw is played by a small program. */
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { takeState } from "../../components/ecs/entrypoint/state-transaction.mts";
import { abandonedAt } from "./ecs/abandoned-at.ts";
import { PlayedTask } from "./ecs/played-openclaw.ts";

const restore = "2026-11-20T03-00-00-000Z-openclaw-2026.9.6.tar.gz";
let task: PlayedTask;
beforeEach(() => {
  task = new PlayedTask();
  task.archive(restore, "archived");
});
afterEach(() => {
  task.remove();
});

const take = (release: string, archive?: string): Promise<string> =>
  takeState(task.data, { release, restore: archive });
const memory = (): string | undefined => task.read("state/memory");
const good = (): void => {
  task.write(JSON.stringify({ ...task.record(), good: true }), "release.json");
};

/** A release whose gateway was verified, and left this memory. */
async function ran(release: string, archive?: string): Promise<void> {
  await take(release, archive);
  good();
  task.write(`of ${release}`, "state/memory");
}

describe("on an empty file system", () => {
  it("the state is the archive's, for the user alone, and OpenClaw did not touch a state of ours", async () => {
    expect(await take("one", restore)).toBe(`the state is the one of ${restore}`);
    expect(memory()).toBe("archived");
    expect(statSync(task.path("state")).mode & 0o777).toBe(0o700);
    expect(task.read("../fake/restored-with")).not.toContain(task.path("state"));
    expect(task.record()).toEqual({ current: "one", previous: "found", good: false });
    expect(readdirSync(task.data).sort()).toEqual(["backups", "release.json", "releases", "state"]);
  });

  it("the next release begins with the archive's state again when the first was not good", async () => {
    await take("one", restore);
    task.write("spoilt", "state/memory");
    await take("two", restore);
    expect(memory()).toBe("archived");
    expect(task.record()).toEqual({ current: "two", previous: "found", good: false });
  });

  it("the next release restores when the first could not be good without it", async () => {
    await take("one");
    task.write("spoilt", "state/memory");
    expect(await take("two", restore)).toContain(`; the state is the one of ${restore}`);
    expect(memory()).toBe("archived");
    expect(readdirSync(task.path("rejected"))).toHaveLength(1);
  });
});

describe("on a state that is there", () => {
  it("the state is the archive's, and the one before is kept for good", async () => {
    await ran("one");
    const told = await take("two", restore);
    const [replaced = ""] = readdirSync(task.path("replaced"));
    expect(told).toBe(`the state is the one of ${restore}; the one of release one is kept in replaced/${replaced}`);
    expect(memory()).toBe("archived");
    expect(task.read("replaced", replaced, "memory")).toBe("of one");
    expect(task.record()).toEqual({ current: "two", previous: "one", good: false });
    expect(existsSync(task.path("restoring"))).toBe(false);
  });

  it("comes back when the release that restored is not good", async () => {
    await ran("one");
    await take("two", restore);
    task.write("spoilt", "state/memory");
    await take("one");
    expect(memory()).toBe("of one");
    expect(task.record()).toEqual({ current: "one", previous: null, good: true });
  });

  it("takes the place of the last good one when a bad release is left behind by restoring", async () => {
    await ran("one");
    await take("two");
    task.write("spoilt", "state/memory");
    const told = await take("three", restore);
    expect(told).toMatch(/^release two was not good: .*; the state is the one of .*; the one of release one is kept/);
    expect(memory()).toBe("archived");
    await take("one");
    expect(memory()).toBe("of one");
  });

  it("is not replaced again by the same archive, by a restart or by a release, good or not", async () => {
    await ran("one");
    await ran("two", restore);
    await take("two", restore);
    expect(memory()).toBe("of two");
    await ran("three", restore);
    expect(task.read("releases/two/state/memory")).toBe("of two");
    await take("four", restore);
    task.write("spoilt", "state/memory");
    await take("five", restore);
    expect(memory()).toBe("of three");
    expect(readdirSync(task.path("replaced"))).toHaveLength(1);
  });

  it("is replaced again by the same archive once a release went without it", async () => {
    await ran("one");
    await ran("two", restore);
    await ran("three");
    await take("four", restore);
    expect(memory()).toBe("archived");
  });

  it("stays as it is when there is no such archive, and the archives are told", async () => {
    await ran("one");
    await expect(take("two", "another.tar.gz")).rejects.toThrow(
      `openclaw:data.restore: there is no archive another.tar.gz, and the state is as it was; in ${task.path("backups")} are: ${restore}`,
    );
    expect(memory()).toBe("of one");
    expect(task.record()).toEqual({ current: "one", previous: null, good: true });
  });

  it("stays as it is when the archive is not whole", async () => {
    await ran("one");
    task.write("half", "backups", restore);
    await expect(take("two", restore)).rejects.toThrow(
      /openclaw:data.restore: archive \S+ cannot be restored, and the state is as it was; .* ended with 1/,
    );
    expect(memory()).toBe("of one");
    expect(existsSync(task.path("restoring"))).toBe(false);
    expect(await take("one")).toBe("the state is this release's");
  });
});

it("ends the container with 78 and the reason when it cannot restore", async () => {
  await ran("one");
  rmSync(task.path("backups", restore));
  const { code, output } = await task.enter("two", { restore }, task.env);
  expect({ code, output }).toMatchObject({ code: 78, output: expect.stringContaining("are: none") as string });
});

describe("killed anywhere, and started again", () => {
  const states = (): (string | undefined)[] =>
    ["replaced", "rejected"].flatMap((kind) =>
      existsSync(task.path(kind))
        ? readdirSync(task.path(kind)).map((name) => task.read(join(kind, name, "memory")))
        : [],
    );

  /** Kills the start at each of its changes, one after another, each time on a file system of its own. */
  async function killEverywhere(prepare: () => Promise<void>, check: (point: number) => Promise<void>): Promise<void> {
    for (let point = 1; ; point += 1) {
      task.remove();
      task = new PlayedTask();
      task.archive(restore, "archived");
      await prepare();
      const wasKilled = await abandonedAt(point, () => take("two", restore));
      await check(point);
      if (!wasKilled) {
        expect(point).toBeGreaterThan(10);
        return;
      }
    }
  }

  const cases = {
    "an empty file system": { before: () => Promise.resolve(), lost: [] },
    "a good state": { before: () => ran("one"), lost: ["of one"] },
    "a bad release after a good one": {
      before: async () => {
        await ran("zero");
        await take("one");
        task.write("of one", "state/memory");
      },
      lost: ["of zero", "of one"],
    },
  };

  it.each(Object.entries(cases))("restores on %s, and nothing is lost", async (_, { before, lost }) => {
    await killEverywhere(before, async (point) => {
      await take("two", restore);
      expect(memory(), `killed at change ${String(point)}`).toBe("archived");
      expect(task.record()).toMatchObject({ current: "two", good: false });
      expect(states(), `killed at change ${String(point)}`).toEqual(expect.arrayContaining(lost));
    });
  });

  it("gives the state back to the release before, whose task comes again", async () => {
    await killEverywhere(
      () => ran("one"),
      async (point) => {
        await take("one");
        expect(memory(), `killed at change ${String(point)}`).toBe("of one");
        expect(task.record()).toEqual({ current: "one", previous: null, good: true });
        expect(existsSync(task.path("restoring"))).toBe(false);
      },
    );
  });

  it("goes on when the way back is killed too", async () => {
    await killEverywhere(
      async () => {
        await ran("one");
        await abandonedAt(15, () => take("two", restore));
        expect(task.record()).toMatchObject({ current: "one", replacing: expect.any(String) as string });
      },
      async (point) => {
        await take("two", restore);
        expect(memory(), `killed at change ${String(point)}`).toBe("archived");
        expect(states()).toContain("of one");
      },
    );
  });
});
