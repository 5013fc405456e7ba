/** Where the machines of the tests keep their files. */
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Survives the tests: images and everything that is keyed by its content. */
export const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "pulumi-openclaw", "machines");

/** Gone with the computer's next boot: sockets, pids, mounts. Short, because a socket's path may have 107 characters. */
export const run = "/run/openclaw-machines";

/** Where the tests' engine listens. */
export const socket = `unix://${join(run, "docker.sock")}`;

for (const directory of [cache, run]) mkdirSync(directory, { recursive: true, mode: 0o755 });
