/**
 * Runs the gateway in its container on Fargate: waits until nobody else owns the state, makes the state belong to this release,
 * writes openclaw.json, starts OpenClaw, makes archives beside it, and ends as it ends.
 *
 * It does the work of an init container, which would have to end within 120 s, while a lease lives 300 s. Its modules need
 * nothing but Node; they come along in the task definition.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../gateway/openclaw-json.ts";
import { keepArchives, type ArchiveSchedule } from "./entrypoint/archives.mts";
import { writeConfig } from "./entrypoint/config-file.mts";
import { StateError } from "./entrypoint/files.mts";
import { liveLease, untilFree } from "./entrypoint/lease.mts";
import { takeState } from "./entrypoint/state-transaction.mts";

/** What the task definition tells. */
export interface EntrypointParameters {
  readonly release: string;
  readonly version: string;
  /** Where the file system is mounted. */
  readonly root: string;
  /** Directory that the health check reads and writes too; lost with the container. */
  readonly run: string;
  /** What the program wants in openclaw.json. */
  readonly config: JsonObject;
  /** What starts OpenClaw. */
  readonly command: readonly string[];
  /** How long a lease of another host is waited for. */
  readonly leaseSeconds: number;
  readonly archives: ArchiveSchedule;
  /** Name of the archive whose state the release begins with. @default - it goes on with the state that is there */
  readonly restore?: string | undefined;
}

/** Exit code of a container that a restart does not help: OpenClaw's own for a bad configuration or state. */
const hopeless = 78;

const say = (line: string): void => {
  console.log(`[entrypoint] ${line}`);
};

/** Runs OpenClaw to its end. @returns its exit code */
async function gateway(parameters: EntrypointParameters): Promise<number> {
  const { command, root, run, release, version, archives } = parameters;
  const [program = "", ...words] = command;
  const child = spawn(program, words, { stdio: "inherit" });
  const endArchives = keepArchives(
    { root, version, verified: join(run, "verified"), schedule: archives },
    { say, measure: console.log },
  );
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.removeAllListeners(signal);
    process.on(signal, () => {
      void endArchives();
      child.kill(signal);
    });
  }
  // The verify stage looks for this line: the health check's own output is in no log.
  const watch = setInterval(() => {
    if (!existsSync(join(run, "verified"))) return;
    say(`release ${release} is verified: OpenClaw ${version} takes the stack's token and no other`);
    clearInterval(watch);
  }, 500);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    clearInterval(watch);
    await endArchives();
  }
}

/** @returns the container's exit code */
async function main(parameters: EntrypointParameters): Promise<number> {
  const { root, run, release, restore, leaseSeconds } = parameters;
  const state = join(root, "state");
  const deadline = Date.now() + leaseSeconds * 1000;
  await mkdir(run, { recursive: true, mode: 0o700 });
  await rm(join(run, "verified"), { force: true });
  for (;;) {
    const lease = await untilFree(state, deadline, say);
    if (lease !== undefined) {
      say(
        `after ${String(leaseSeconds)} s the gateway on ${lease.host} still owns this state: two gateways on one file system destroy it. Stop that one; this one gives up`,
      );
      return 1;
    }
    say(await takeState(root, { release, restore }));
    for (const directory of [join(root, "config"), join(root, "backups")])
      await mkdir(directory, { recursive: true, mode: 0o700 });
    const remark = await writeConfig(state, parameters.config);
    if (remark !== undefined) say(remark);
    const code = await gateway(parameters);
    // Somebody took the lease between the look and the start.
    if (code === 1 && liveLease(state) !== undefined && Date.now() < deadline) continue;
    return code;
  }
}

/** See the file's comment; ends the process. */
export async function enter(parameters: EntrypointParameters): Promise<void> {
  // Nothing runs yet that would have to end in order, and every step can be repeated.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  try {
    process.exitCode = await main(parameters);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    say(error.message);
    process.exitCode = hopeless;
  }
  process.exit();
}
