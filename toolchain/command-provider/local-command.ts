import { spawn, type ChildProcess } from "node:child_process";
import { stat } from "node:fs/promises";
import { collectArchive, collectAssets } from "./assets.ts";
import { CommandFailure, describeFailure } from "./failure.ts";
import { flagOf, textOf, textsOf, textTableOf } from "./inputs.ts";
import type { Operation } from "../provider/operation.ts";
import { collectOutput, type CommandOutput } from "./output.ts";
import type { PropertyMap } from "../provider/properties.ts";

/** How long a cancelled command may take to end by itself. */
const gracePeriodMs = 2000;

/** Runs the command that `step` names (create, update, delete; command for an invoke) on this machine. */
export async function runLocalCommand(
  inputs: PropertyMap,
  step: string,
  previous: CommandOutput,
  operation: Operation,
): Promise<PropertyMap> {
  const directory = textOf(inputs, "dir") ?? process.cwd();
  await assertDirectory(directory);
  const output = await runProcess(inputs, step, directory, previous, operation);
  const [assetPaths, archivePaths] = [textsOf(inputs, "assetPaths"), textsOf(inputs, "archivePaths")];
  return {
    ...output,
    ...(assetPaths === undefined ? {} : { assets: await collectAssets(directory, assetPaths) }),
    ...(archivePaths === undefined ? {} : { archive: await collectArchive(directory, archivePaths) }),
  };
}

/** The variables that give a command the output of the one before it. */
export function previousOutputVariables(inputs: PropertyMap, previous: CommandOutput): Record<string, string> {
  if (flagOf(inputs, "addPreviousOutputInEnv") === false) return {};
  return {
    ...(previous.stdout === "" ? {} : { PULUMI_COMMAND_STDOUT: previous.stdout }),
    ...(previous.stderr === "" ? {} : { PULUMI_COMMAND_STDERR: previous.stderr }),
  };
}

/** Node reports a missing working directory as a missing program. */
async function assertDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined);
  if (found === undefined) throw new CommandFailure(`chdir ${directory}: no such file or directory`);
  if (!found.isDirectory()) throw new CommandFailure(`chdir ${directory}: not a directory`);
}

async function runProcess(
  inputs: PropertyMap,
  step: string,
  directory: string,
  previous: CommandOutput,
  operation: Operation,
): Promise<CommandOutput> {
  const stdin = textOf(inputs, "stdin") ?? "";
  const collector = collectOutput(textOf(inputs, "logging"), operation.log.progress);
  const [program, ...args] = [...interpreterOf(inputs), textOf(inputs, step) ?? ""];
  const child = spawn(program, args, {
    cwd: directory,
    env: { ...process.env, ...textTableOf(inputs, "environment"), ...previousOutputVariables(inputs, previous) },
    stdio: [stdin === "" ? "ignore" : "pipe", "pipe", "pipe"],
    // A process group of its own, so that a cancelled update ends what the command started too.
    detached: true,
  });
  // A command that does not read its input is no fault.
  child.stdin?.on("error", () => undefined).end(stdin);
  child.stdout?.on("data", (chunk: Buffer) => {
    collector.write("stdout", chunk);
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    collector.write("stderr", chunk);
  });

  const fault = await ended(child, operation.signal);
  const output = collector.finish();
  if (fault !== undefined) throw new CommandFailure(describeFailure(fault, inputs, step, collector.combined()));
  return output;
}

function interpreterOf(inputs: PropertyMap): readonly [string, ...string[]] {
  const [program, ...args] = textsOf(inputs, "interpreter") ?? [];
  return program === undefined ? ["/bin/sh", "-c"] : [program, ...args];
}

/** Waits for the end of the process and of its streams; gives the reason if that was not a success. */
async function ended(child: ChildProcess, signal: AbortSignal): Promise<string | undefined> {
  const stop = () => {
    endProcessGroup(child);
  };
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await new Promise((resolve) => {
      child.once("error", (error) => {
        resolve(error.message);
      });
      child.once("close", (code, killedBy) => {
        if (signal.aborted) resolve(`cancelled (${exitReason(code, killedBy) ?? "the command had ended"})`);
        else resolve(exitReason(code, killedBy));
      });
    });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function exitReason(code: number | null, killedBy: NodeJS.Signals | null): string | undefined {
  if (killedBy !== null) return `signal: ${killedBy}`;
  return code === 0 ? undefined : `exit status ${code ?? "unknown"}`;
}

/** Asks the command and everything that it started to end, and ends what is left when it has ended or the time is up. */
function endProcessGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  const group = -child.pid;
  signalGroup(group, "SIGTERM");
  const kill = () => {
    signalGroup(group, "SIGKILL");
    // A process that left the group may hold the streams open, and nobody waits for it any more.
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const timer = setTimeout(kill, gracePeriodMs);
  child.once("exit", () => {
    clearTimeout(timer);
    kill();
  });
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(group, signal);
  } catch {
    // The group has ended by itself.
  }
}
