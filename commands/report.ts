/** Runs a command, and tells the failures that are meant for the user without a stack. */
import { ToolchainError } from "../toolchain/main.ts";

/** A failure that is told to the user as it stands. */
export class CommandError extends Error {}

/** @param work returns the exit code */
export async function report(work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof ToolchainError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
