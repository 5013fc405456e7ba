/** Runs a command, and tells the failures that are meant for the user without a stack. */
import { ToolchainError } from "../toolchain/main.ts";

/** A failure that is told to the user as it stands. */
export class CommandError extends Error {}

/** The words after a command, of one that takes none. @throws CommandError when there are some */
export function requireNoWords(command: string, help: string): void {
  const words = process.argv.slice(2);
  if (words.length > 0) throw new CommandError(`${command} takes no arguments, got: ${words.join(" ")}\n\n${help}`);
}

/**
 * @param help printed instead, when that is asked for
 * @param work returns the exit code
 */
export async function report(help: string | undefined, work: () => Promise<number>): Promise<void> {
  if (help !== undefined && process.argv.slice(2).some((word) => word === "--help" || word === "-h")) {
    console.log(help);
    return;
  }
  try {
    process.exitCode = await work();
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof ToolchainError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
