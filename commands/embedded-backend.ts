/** The Pulumi backend that needs no account: a directory of this user, and a passphrase nobody has to type. */
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { writeFileAtomically } from "../components/local/agent/files.mts";
import { dataRoot } from "../components/local/paths.ts";
import { CommandError } from "./report.ts";

/** Where the embedded backend keeps its files. */
export interface EmbeddedBackend {
  /** Directory of the state files. */
  readonly directory: string;
  /** Variables that every Pulumi command needs to use it; they override the user's own log-in without touching it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Says which of the user's own settings are not used: a state that is thought to be in a bucket is on this machine's disk.
 *
 * @param variables the user's environment
 * @param own what Pulumi gets in their place
 * @returns undefined when there are none; values are not told, a passphrase is one
 */
export function unusedSettings(
  variables: Readonly<Record<string, string | undefined>>,
  { directory, environment: own }: EmbeddedBackend,
): string | undefined {
  const unused = Object.keys(own).filter((name) => variables[name] !== undefined && variables[name] !== own[name]);
  if (unused.length === 0) return undefined;
  return `${unused.join(" and ")} of this shell ${unused.length === 1 ? "is" : "are"} not used: this project keeps Pulumi's state in ${directory}, and its passphrase beside it`;
}

/** Whole or not at all: a passphrase that is lost makes every secret of the state unreadable. */
function makePassphrase(file: string): void {
  if (existsSync(file)) {
    if (statSync(file).size > 0) return;
    throw new CommandError(
      `${file} is empty: it held the passphrase of this machine's Pulumi state. Put it back from a backup. Without one, the stack's secrets are lost: move ${dirname(file)}/backend and that file away, and start again`,
    );
  }
  const fresh = `${file}.${String(process.pid)}`;
  writeFileAtomically(fresh, randomBytes(32).toString("hex"));
  try {
    linkSync(fresh, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error; // another command was faster
  } finally {
    rmSync(fresh);
  }
}

/**
 * What the CLI needs to work on the backend that is there.
 *
 * @param root directory of the backend and its passphrase
 */
export const backendEnvironment = (root: string): EmbeddedBackend["environment"] => ({
  PULUMI_BACKEND_URL: pathToFileURL(join(root, "backend")).href,
  PULUMI_CONFIG_PASSPHRASE_FILE: join(root, "passphrase"),
  // It would win over the file.
  PULUMI_CONFIG_PASSPHRASE: undefined,
});

/** Makes the backend's directory and its passphrase unless they are there. The passphrase is 0600 and never replaced. */
export function embeddedBackend(): EmbeddedBackend {
  const root = dataRoot(process.env, homedir());
  const directory = join(root, "backend");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  makePassphrase(join(root, "passphrase"));
  return { directory, environment: backendEnvironment(root) };
}
