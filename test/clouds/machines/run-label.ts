/** What a test makes carries the process that made it, so that what a dead one left behind can be found and removed. */
import { existsSync } from "node:fs";
import { execa } from "execa";
import { docker } from "./engine.ts";

const key = "openclaw-test.pid";

/** A Docker label for everything that this process makes. */
export const runLabel = `${key}=${String(process.pid)}`;

/** Removes the containers and networks of processes that are gone. */
export async function sweep(): Promise<void> {
  const isDead = (line: string): boolean => {
    const pid = line.split(" ")[1] ?? "";
    return pid !== "" && !existsSync(`/proc/${pid}`);
  };
  const dead = async (words: readonly string[]): Promise<string[]> =>
    (await docker(words))
      .split("\n")
      .filter(isDead)
      .map((line) => line.split(" ")[0] ?? "");
  const format = ["--format", `{{.ID}} {{.Label "${key}"}}`, "--filter", `label=${key}`];
  for (const container of await dead(["ps", "--all", "--no-trunc", ...format]))
    await docker(["rm", "--force", "--volumes", container]);
  for (const network of await dead(["network", "ls", "--no-trunc", ...format]))
    await docker(["network", "rm", network]);
  await detachUnusedLoops();
}

/** Loop devices whose file was removed hold its blocks until they are detached. */
async function detachUnusedLoops(): Promise<void> {
  const { stdout } = await execa("losetup", ["--list", "--noheadings", "--output", "NAME,BACK-FILE"]);
  for (const line of stdout
    .split("\n")
    .filter((text) => text.includes("openclaw-machines") && text.endsWith("(deleted)")))
    await execa("losetup", ["--detach", line.split(" ")[0] ?? ""], { reject: false });
}
