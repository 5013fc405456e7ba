/** The commands of a stack's outputs on ECS, run as a person pastes them who has the AWS command line. */
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { CommandOutputs } from "../../../infra/outputs.ts";
import { connects } from "../connects.ts";
import { untilItSays } from "../until-it-says.ts";

/** See the file's comment. */
export interface PastedAwsCommands {
  /** Returns what it printed; words are appended. @throws Error when it fails */
  readonly paste: (name: keyof CommandOutputs, words?: string) => Promise<string>;
  /** The same for one that goes on until Ctrl-C, which it gets when it has said something. */
  readonly pasteUntil: (pattern: RegExp, name: keyof CommandOutputs) => Promise<string>;
  /** Runs work while `commands.tunnel` runs; then that gets Ctrl-C. @param port the near end */
  readonly throughTunnel: (port: number, work: () => Promise<void>) => Promise<void>;
}

/** @param environment of the person's shell */
export function pastedAwsCommands(
  commands: () => Promise<Required<CommandOutputs>>,
  environment: Readonly<Record<string, string>>,
): PastedAwsCommands {
  const options = { env: environment, extendEnv: false, all: true, reject: false, stdin: "ignore" } as const;
  return {
    paste: async (name, words = "") => {
      const command = `${(await commands())[name]} ${words}`;
      const { all, exitCode } = await execa("bash", ["-c", command], options);
      if (exitCode !== 0) throw new Error(`${command}\nended with ${String(exitCode)}:\n${all}`);
      return all.replaceAll("\r", "");
    },
    pasteUntil: async (pattern, name) => untilItSays(pattern, (await commands())[name], environment),
    throughTunnel: async (port, work) => {
      const command = (await commands()).tunnel;
      const child = execa("bash", ["-c", command], { ...options, detached: true, cleanup: false });
      let ended: string | undefined;
      void child.then(({ all }) => (ended = all));
      try {
        for (let tried = 0; tried < 600 && !(await connects("127.0.0.1", port)); tried += 1) {
          if (ended !== undefined) throw new Error(`${command}\nended:\n${ended}`);
          await sleep(100);
        }
        await work();
      } finally {
        // Ctrl-C goes to every process of a terminal.
        if (ended === undefined && child.pid !== undefined) process.kill(-child.pid, "SIGINT");
        await child;
      }
    },
  };
}
