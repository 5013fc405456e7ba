/**
 * Keeps one gateway running: `node supervisor.mts <run directory> <log directory>`.
 *
 * Starts what `release.json` says, starts it again after a crash with growing pauses, gives up on exit 78 (OpenClaw's
 * "configuration, state or authentication is wrong", which another start cannot mend), passes SIGTERM on and waits for
 * the gateway's own shutdown. The gateway writes straight to its log file, so it outlives a supervisor that is killed.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { appendFileSync, closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readJson, writeFileAtomically } from "./files.mts";
import { rotate } from "./log-rotation.mts";
import { identify, isAlive, killGroup, type ProcessIdentity } from "./process-identity.mts";
import { readGatewayCommand } from "./release-file.mts";

/** What `supervisor.json` tells. */
export interface SupervisorStatus {
  readonly supervisor: ProcessIdentity;
  readonly gateway: ProcessIdentity | undefined;
  readonly state: "running" | "waiting" | "refused" | "stopping";
  /** Exits that nobody asked for, one soon after the other. */
  readonly crashes: number;
  readonly lastExit: { readonly code: number | null; readonly signal: string | null; readonly at: string } | undefined;
}

const exitCodeRefused = 78;
/** OpenClaw drains for at most 315 s and closes within 330 s of SIGTERM. */
const stopTimeoutSeconds = 340;
const maxPauseSeconds = 60;
const stableAfterSeconds = 300;
const maxLogBytes = 10 * 1024 * 1024;
const keptLogs = 4;

const [runDirectory = "", logDirectory = ""] = process.argv.slice(2);
if (logDirectory === "") throw new Error("usage: supervisor.mts <run directory> <log directory>");
const self = identify(process.pid);
if (self === undefined) throw new Error("cannot identify this process");

const gatewayLog = join(logDirectory, "gateway.log");
const supervisorLog = join(logDirectory, "supervisor.log");

let child: ChildProcess | undefined;
let status: SupervisorStatus = {
  supervisor: self,
  gateway: undefined,
  state: "waiting",
  crashes: 0,
  lastExit: undefined,
};
let consecutiveCrashes = 0;
let pause: NodeJS.Timeout | undefined;

/** Keeping the gateway running comes before writing about it: a disk that is full now may have space later. */
const tryTo = (write: () => void): void => {
  try {
    write();
  } catch {
    // nowhere to tell it
  }
};

const update = (change: Partial<SupervisorStatus>): void => {
  status = { ...status, ...change };
  tryTo(() => {
    writeFileAtomically(join(runDirectory, "supervisor.json"), JSON.stringify(status));
  });
};

const note = (event: string, detail: object = {}): void => {
  tryTo(() => {
    const line = JSON.stringify({ time: new Date().toISOString(), event, ...detail });
    appendFileSync(supervisorLog, `${line}\n`, { mode: 0o600 });
  });
};

const finish = (event: string): never => {
  note(event);
  process.exit(0);
};

function start(): void {
  try {
    launch();
  } catch (error) {
    note("cannot start", { message: error instanceof Error ? error.message : String(error) });
    ended(null, null, 0);
  }
}

function launch(): void {
  const command = readGatewayCommand(join(runDirectory, "release.json"));
  const log = openSync(gatewayLog, "a", 0o600);
  const startedAt = Date.now();
  const gateway = spawn(command.node, [command.entry, ...command.arguments], {
    cwd: command.workingDirectory,
    env: command.environment,
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  child = gateway;
  gateway.on("error", (error) => {
    note("cannot start", { message: error.message });
  });
  gateway.on("close", (code, signal) => {
    child = undefined;
    if (gateway.pid !== undefined) killGroup(gateway.pid);
    ended(code, signal, (Date.now() - startedAt) / 1000);
  });
  if (gateway.pid === undefined) return; // "error" and "close" tell
  update({ gateway: identify(gateway.pid), state: "running" });
  note("started", { pid: gateway.pid });
}

function ended(code: number | null, signal: NodeJS.Signals | null, uptimeSeconds: number): void {
  const lastExit = { code, signal, at: new Date().toISOString() };
  note("exited", { code, signal, uptimeSeconds });
  if (status.state === "stopping") {
    update({ gateway: undefined, lastExit });
    finish("stopped");
  }
  if (code === exitCodeRefused) {
    update({ gateway: undefined, lastExit, state: "refused" });
    finish("gave up: OpenClaw refuses its configuration or state (exit 78)");
  }
  consecutiveCrashes = uptimeSeconds >= stableAfterSeconds ? 1 : consecutiveCrashes + 1;
  const pauseSeconds = Math.min(2 ** (consecutiveCrashes - 1), maxPauseSeconds);
  update({ gateway: undefined, lastExit, state: "waiting", crashes: consecutiveCrashes });
  note("waiting", { pauseSeconds });
  pause = setTimeout(start, pauseSeconds * 1000);
}

process.on("SIGTERM", () => {
  if (status.state === "stopping") return;
  clearTimeout(pause);
  const gateway = child;
  update({ state: "stopping" });
  if (gateway === undefined) finish("stopped");
  gateway?.kill("SIGTERM");
  setTimeout(() => gateway?.kill("SIGKILL"), stopTimeoutSeconds * 1000).unref();
});
for (const signal of ["SIGHUP", "SIGINT"]) {
  process.on(signal, () => {
    note("ignored", { signal });
  });
}

setInterval(() => {
  for (const log of [gatewayLog, supervisorLog]) {
    tryTo(() => {
      rotate(log, maxLogBytes, keptLogs);
    });
  }
}, 30_000).unref();

/** A supervisor that was killed and started again by launchd finds the gateway of its predecessor. */
async function endOrphan(): Promise<void> {
  const before = readJson(join(runDirectory, "supervisor.json")) as SupervisorStatus | undefined; // written above
  const orphan = before?.gateway;
  if (orphan === undefined || !isAlive(orphan)) return;
  note("ending the gateway of an earlier supervisor", { pid: orphan.pid });
  process.kill(orphan.pid, "SIGTERM");
  const deadline = Date.now() + stopTimeoutSeconds * 1000;
  while (isAlive(orphan) && Date.now() < deadline) await sleep(200);
  killGroup(orphan.pid);
}

await endOrphan();
start();
