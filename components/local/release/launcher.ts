/** Small scripts that people run: they hold paths only, no secret. Pure. */
import { join } from "node:path";
import { runFiles } from "../paths.ts";
import type { LocalRelease } from "./contract.ts";

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * A script that runs one file of the agent.
 *
 * @param words put before the user's own arguments
 */
export const launcherScript = ({ command, paths }: LocalRelease, file: string, words: readonly string[]): string =>
  [
    "#!/bin/sh",
    `exec ${[command.node, join(runFiles(paths.run).agent, file), paths.run, ...words].map(quoted).join(" ")} "$@"`,
    "",
  ].join("\n");
