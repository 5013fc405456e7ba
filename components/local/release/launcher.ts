/** Small scripts that people run: they hold paths only, no secret. Pure. */
import { join } from "node:path";
import { runFiles } from "../paths.ts";
import { shellQuoted } from "../shell-quoted.ts";
import type { LocalRelease } from "./contract.ts";

/**
 * A script that runs one file of the agent.
 *
 * @param words put before the user's own arguments
 */
export const launcherScript = ({ command, paths }: LocalRelease, file: string, words: readonly string[]): string =>
  [
    "#!/bin/sh",
    `exec ${[command.node, join(runFiles(paths.run).agent, file), paths.run, ...words].map(shellQuoted).join(" ")} "$@"`,
    "",
  ].join("\n");
