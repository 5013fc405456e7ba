/** The commands of a stack's outputs, run as a person pastes them: with that person's key, and nothing else. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { CommandOutputs } from "../../infra/outputs.ts";
import { connects } from "./connects.ts";
import { untilItSays } from "./until-it-says.ts";

/** The private keys of the two people of a test. */
export interface People {
  /** In `openclaw:ssh.authorizedKeys`. */
  readonly administrator: string;
  /** In `openclaw:ssh.tunnelKeys`. */
  readonly other: string;
}

/** Makes their keys. */
export async function people(home: string): Promise<People> {
  const directory = join(home, ".ssh");
  mkdirSync(directory, { mode: 0o700 });
  const make = async (name: string): Promise<string> => {
    const file = join(directory, name);
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file]);
    return file;
  };
  return { administrator: await make("administrator"), other: await make("other") };
}

/** See the file's comment. */
export interface PastedCommands {
  /** Returns what it printed; words are appended. @throws Error when it fails */
  readonly run: (name: keyof CommandOutputs, words?: string) => Promise<string>;
  /** The same for one that goes on until Ctrl-C, which it gets when it has said something. */
  readonly runUntil: (pattern: RegExp, name: keyof CommandOutputs) => Promise<string>;
  /** Runs work while a tunnel is open. */
  readonly throughTunnel: (work: (port: number) => Promise<void>, name?: "tunnel" | "tunnelForOthers") => Promise<void>;
}

const tunnelTimeoutSeconds = 60;

/** @param port the gateway's */
export function pastedCommands(
  commands: () => Promise<Required<CommandOutputs>>,
  { administrator, other }: People,
  home: string,
  port: number,
): PastedCommands {
  const environment = { HOME: home, PATH: process.env["PATH"] ?? "" };
  const pasted = async (name: keyof CommandOutputs, words = ""): Promise<string> => {
    const key = name === "tunnelForOthers" ? other : administrator;
    const command = `${(await commands())[name]} ${words}`.replaceAll("\n", " ");
    // ssh looks keys up in the password file's home, not in $HOME.
    return command.replace(/^ssh /, `ssh -i ${key} -F none `);
  };
  return {
    run: async (name, words) => {
      const command = await pasted(name, words);
      const { all, exitCode } = await execa("bash", ["-c", command], { env: environment, all: true, reject: false });
      if (exitCode !== 0) throw new Error(`${command}\nended with ${String(exitCode)}:\n${all}`);
      return all;
    },
    runUntil: async (pattern, name) => untilItSays(pattern, await pasted(name), environment),
    throughTunnel: async (work, name = "tunnel") => {
      const command = await pasted(name);
      const child = execa("bash", ["-c", `exec ${command}`], { env: environment, all: true, reject: false });
      let ended: string | undefined;
      void child.then(({ all }) => (ended = all));
      try {
        const deadline = Date.now() + tunnelTimeoutSeconds * 1000;
        while (!(await connects("127.0.0.1", port))) {
          if (ended !== undefined) throw new Error(`${command}\nended:\n${ended}`);
          if (Date.now() > deadline) throw new Error("the tunnel did not open");
          await sleep(100);
        }
        await work(port);
      } finally {
        child.kill("SIGTERM");
        await child;
      }
    },
  };
}
