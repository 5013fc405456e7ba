/** How a test learns of a stack's checkpoints. */
import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { watchCheckpoints } from "../support/ecs/checkpoints.ts";

test("a checkpoint is seen although its file has the number of the one that was seen before", () => {
  const directory = mkdtempSync(join(tmpdir(), "openclaw-checkpoints-"));
  try {
    const file = join(directory, "prod.json");
    const write = (...urns: string[]): void => {
      const resources = urns.map((urn) => ({ urn, custom: true }));
      writeFileSync(file, JSON.stringify({ checkpoint: { latest: { resources } } }));
    };
    write("a");
    const { ino } = statSync(file);
    const hasMore = watchCheckpoints(file);
    expect(hasMore()).toBe(false);
    write("a", "b");
    expect(statSync(file).ino).toBe(ino);
    expect(hasMore()).toBe(true);
    expect(hasMore()).toBe(false);
    // As a backend in a directory does it.
    renameSync(file, `${file}.bak`);
    write("a", "b", "c");
    expect(hasMore()).toBe(true);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
