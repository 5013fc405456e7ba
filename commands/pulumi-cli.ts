/** Runs the Pulumi CLI that the toolchain found or built, on the embedded backend. */
import { join } from "node:path";
import { execa } from "execa";
import { describe, ensureToolchain } from "../toolchain/main.ts";
import { embeddedBackend, unusedSettings, type EmbeddedBackend } from "./embedded-backend.ts";
import { neededPlugins } from "./plugins.ts";
import { CommandError } from "./report.ts";
import { removeDamagedAttributes } from "./state-files.ts";

/** Root of this checkout. */
export const checkout = join(import.meta.dirname, "..");

/** The CLI, ready to be called. */
export interface PulumiCli {
  readonly backend: EmbeddedBackend;
  /** What is used and where it came from, for people. */
  readonly description: string;
  /** Runs a command with the user's terminal; returns its exit code. */
  readonly show: (...words: string[]) => Promise<number>;
  /** Runs a command and returns what it prints. @throws CommandError with Pulumi's own message */
  readonly read: (...words: string[]) => Promise<string>;
}

/**
 * Finds or builds the CLI; tells what it does on standard error, so that standard output stays the command's own.
 *
 * @param words what it will be called with: they decide which plugins are needed
 */
export async function pulumiCli(words: readonly string[]): Promise<PulumiCli> {
  const toolchain = await ensureToolchain({
    plugins: neededPlugins(join(checkout, "stacks"), words),
    report: (line) => {
      console.error(line);
    },
  });
  const backend = embeddedBackend();
  const remark = unusedSettings(process.env, backend);
  if (remark !== undefined) console.error(remark);
  removeDamagedAttributes(backend.directory);
  const options = {
    cwd: checkout,
    env: { ...toolchain.environment, ...backend.environment, OPENCLAW_PULUMI_CLI: "npm run pulumi --" },
    reject: false,
  } as const;
  return {
    backend,
    description: describe(toolchain),
    show: async (...words) => {
      // The terminal sends Ctrl-C to Pulumi too, which ends in order: nobody ends it from here, and this waits for it.
      const child = execa(toolchain.pulumi, words, { ...options, stdio: "inherit", cleanup: false });
      const ignore = (): void => undefined;
      const passOn = (): boolean => child.kill("SIGTERM");
      process.on("SIGINT", ignore).on("SIGTERM", passOn);
      const result = await child;
      process.off("SIGINT", ignore).off("SIGTERM", passOn);
      return result.exitCode ?? 1;
    },
    read: async (...words) => {
      const result = await execa(toolchain.pulumi, words, { ...options, stdin: "ignore" });
      if (result.failed) throw new CommandError(`pulumi ${words.join(" ")} failed:\n${result.stderr}`);
      return result.stdout;
    },
  };
}
