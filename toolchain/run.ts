import { createWriteStream } from "node:fs";

/** How a command ended. */
export interface Finished {
  readonly ok: boolean;
  /** its output and its errors, line by line in the order they came */
  readonly lines: readonly string[];
}

/** How to run a command. */
export interface RunOptions {
  readonly cwd: string;
  /** the whole environment: nothing is inherited */
  readonly env: NodeJS.ProcessEnv;
  /** after which it is killed, in milliseconds. @default - never */
  readonly timeout?: number;
  /** a file that receives the lines too. @default - none */
  readonly log?: string;
  /** called with every line. @default - nothing */
  readonly onLine?: (line: string) => void;
}

/** Runs a command to its end. A command that cannot be started or is killed is not ok; nothing is thrown. */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  const lines: string[] = [];
  const log = options.log === undefined ? undefined : createWriteStream(options.log);
  // A log that cannot be written (the disk is full) must not hide what the command says.
  log?.on("error", () => undefined);
  const take = (line: string): void => {
    lines.push(line);
    log?.write(`${line}\n`);
    options.onLine?.(line);
  };
  // Loaded only now: when everything is in place, nothing is run, and a start must cost nothing.
  const { execa } = await import("execa");
  const child = execa(command, args, {
    cwd: options.cwd,
    env: options.env,
    extendEnv: false,
    stdin: "ignore",
    all: true,
    buffer: false,
    reject: false,
  });
  // A grandchild may outlive the child and hold the pipe: nobody waits for it then.
  const stop = (): void => {
    child.kill("SIGKILL");
    child.all.destroy();
  };
  const timer = options.timeout === undefined ? undefined : setTimeout(stop, options.timeout);
  try {
    for await (const line of child.iterable({ from: "all" })) take(line);
  } catch {
    // The result says why.
  }
  const result = await child;
  clearTimeout(timer);
  if (result.failed && result.exitCode === undefined) take(result.shortMessage ?? "it ended for no known reason");
  await new Promise<void>((resolve) => {
    if (log === undefined || log.destroyed) resolve();
    else
      log.close(() => {
        resolve();
      });
  });
  return { ok: !result.failed, lines };
}
