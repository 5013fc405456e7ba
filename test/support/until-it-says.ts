/** A command that goes on until Ctrl-C. */
import { execa } from "execa";

/** How long a busy machine may take to say anything. */
const patienceMilliseconds = 120_000;

/**
 * Runs a shell's text, and presses Ctrl-C as soon as it has said something.
 *
 * @returns everything that it said by then; without that, if it never said it
 */
export async function untilItSays(
  pattern: RegExp,
  text: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  // A group of its own: Ctrl-C goes to every process of a terminal.
  const options = { env: environment, extendEnv: false, all: true, reject: false, stdin: "ignore" } as const;
  const child = execa("bash", ["-c", text], { ...options, detached: true, cleanup: false });
  let hasEnded = false;
  const end = (): void => {
    if (!hasEnded && child.pid !== undefined) process.kill(-child.pid, "SIGINT");
    hasEnded = true;
  };
  const patience = setTimeout(end, patienceMilliseconds);
  let said = "";
  child.all.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    if (pattern.test(said)) end();
  });
  const { all } = await child;
  hasEnded = true;
  clearTimeout(patience);
  return all;
}
