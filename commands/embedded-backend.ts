/** The Pulumi backend that needs no account: a directory of this user, and a passphrase nobody has to type. */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { dataRoot } from "../components/local/paths.ts";

/** Where the embedded backend keeps its files. */
export interface EmbeddedBackend {
  /** Directory of the state files. */
  readonly directory: string;
  /** Variables that every Pulumi command needs to use it; they override the user's own log-in without touching it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Makes the backend's directory and its passphrase unless they are there. The passphrase is 0600 and never replaced. */
export function embeddedBackend(): EmbeddedBackend {
  const root = dataRoot(process.env, homedir());
  const directory = join(root, "backend");
  const passphrase = join(root, "passphrase");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(passphrase, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return {
    directory,
    environment: {
      PULUMI_BACKEND_URL: pathToFileURL(directory).href,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    },
  };
}
