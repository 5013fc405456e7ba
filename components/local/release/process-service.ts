/** The gateway under our own supervisor: no service manager needed; it does not come back after a reboot by itself. */
import { spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readJson } from "../agent/files.mts";
import { isAlive, killGroup, type ProcessIdentity } from "../agent/process-identity.mts";
import type { SupervisorStatus } from "../agent/supervisor.mts";
import { runFiles, type LocalPaths } from "../paths.ts";
import { ReleaseError, type LocalRelease } from "./contract.ts";
import type { GatewayService } from "./service.ts";

/** The supervisor gives the gateway 340 s; this is its own reserve on top. */
const stopTimeoutSeconds = 350;
const crashesBeforeHopeless = 3;

/** What the supervisor last wrote; undefined when there is none, or its file is damaged. */
export const supervisorStatus = (run: string): SupervisorStatus | undefined =>
  readJson(runFiles(run).supervisor) as SupervisorStatus | undefined; // the supervisor's own file, written whole

/** The end of the gateway's log, for a message. Colours are removed. */
function logTail(logs: string, lines = 15): string {
  try {
    const text = readFileSync(join(logs, "gateway.log"), "utf8");
    return text
      .replace(/\u001b\[[0-9;]*m/g, "")
      .trimEnd()
      .split("\n")
      .slice(-lines)
      .join("\n");
  } catch {
    return "(no log)";
  }
}

async function gone(identity: ProcessIdentity | undefined, timeoutSeconds: number): Promise<boolean> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false;
    await sleep(100);
  }
  return true;
}

async function end(identity: ProcessIdentity | undefined): Promise<void> {
  if (identity === undefined || !isAlive(identity)) return;
  process.kill(identity.pid, "SIGTERM");
  if (await gone(identity, stopTimeoutSeconds)) return;
  process.kill(identity.pid, "SIGKILL");
  await gone(identity, 10);
}

/** Runs `start`, which starts a supervisor, and returns when that one says so. @throws ReleaseError after 10 s */
export async function startSupervisor(run: string, start: () => Promise<void>): Promise<void> {
  await rm(runFiles(run).supervisor, { force: true });
  await start();
  const deadline = Date.now() + 10_000;
  while (supervisorStatus(run) === undefined) {
    if (Date.now() > deadline) throw new ReleaseError("the supervisor did not start within 10 s");
    await sleep(50);
  }
}

const hopeless = (paths: LocalPaths): string | undefined => {
  const status = supervisorStatus(paths.run);
  if (status === undefined) return undefined;
  const exit = `exit ${String(status.lastExit?.code ?? status.lastExit?.signal ?? "unknown")}`;
  if (status.state === "refused") return `OpenClaw refuses to start (${exit}). Its last words:\n${logTail(paths.logs)}`;
  if (status.crashes >= crashesBeforeHopeless) {
    return `OpenClaw crashed ${String(status.crashes)} times (${exit}). Its last words:\n${logTail(paths.logs)}`;
  }
  if (!isAlive(status.supervisor)) return `the supervisor ended. The gateway's last words:\n${logTail(paths.logs)}`;
  return undefined;
};

/** What Node runs as the supervisor of a stack. */
export const supervisorArguments = (paths: LocalPaths): string[] => [
  join(runFiles(paths.run).agent, "supervisor.mts"),
  paths.run,
  paths.logs,
];

/** See `GatewayService`. */
export const processService = ({ command, paths }: LocalRelease): GatewayService => ({
  requireMachine: () => Promise.resolve(),
  start: async () => {
    await mkdir(paths.logs, { recursive: true, mode: 0o700 });
    // Its three standard streams are closed: the deployment would wait for them otherwise. It leads its own session, so
    // that it outlives the shell, and it gets no variable of the deployment's environment.
    await startSupervisor(paths.run, () => {
      const supervisor = spawn(command.node, supervisorArguments(paths), {
        cwd: paths.run,
        env: { PATH: command.environment["PATH"] ?? "", HOME: command.environment["HOME"] ?? "" },
        detached: true,
        stdio: "ignore",
      });
      supervisor.unref();
      return Promise.resolve();
    });
  },
  stop: async () => {
    const status = supervisorStatus(paths.run);
    await end(status?.supervisor);
    if (status?.gateway !== undefined && isAlive(status.gateway)) {
      // A supervisor that was killed left its gateway behind.
      await end(status.gateway);
      killGroup(status.gateway.pid);
    }
  },
  isRunning: () => {
    const status = supervisorStatus(paths.run);
    return Promise.resolve(isAlive(status?.supervisor) || isAlive(status?.gateway));
  },
  isSupervised: () => Promise.resolve(isAlive(supervisorStatus(paths.run)?.supervisor)),
  hopeless: () => Promise.resolve(hopeless(paths)),
  uninstall: () => Promise.resolve(),
});
