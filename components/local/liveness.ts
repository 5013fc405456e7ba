/**
 * Whether the gateway on this machine is well, as seen when the program starts. Pulumi changes a resource only when its
 * inputs change: a gateway found dead raises its `generation`, which is one of them, and so is started again once.
 */
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { readJson } from "./agent/files.mts";
import { isAlive } from "./agent/process-identity.mts";
import type { SupervisorStatus } from "./agent/supervisor.mts";
import { runFiles } from "./paths.ts";
import type { LocalRuntime } from "./release/contract.ts";

const timeoutMilliseconds = 2000;

const isStarted = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port, path: "/startupz", timeout: timeoutMilliseconds }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => {
      resolve(false);
    });
  });

const readGeneration = (run: string): number => {
  try {
    const generation = Number(readFileSync(runFiles(run).generation, "utf8"));
    return Number.isSafeInteger(generation) ? generation : 0;
  } catch {
    return 0; // never deployed
  }
};

const isSupervised = (run: string, runtime: LocalRuntime): boolean =>
  runtime === "systemd" || // systemd watches it: /startupz alone decides
  isAlive((readJson(runFiles(run).supervisor) as SupervisorStatus | undefined)?.supervisor);

const runningPort = (run: string): number | undefined =>
  (readJson(runFiles(run).release) as { port?: number } | undefined)?.port;

/**
 * The generation that the program asks for: the present one while the gateway is alive, else the next.
 *
 * Asks the port that runs, not the one configured: a change of the port is a change already.
 */
export async function wantedGeneration(run: string, runtime: LocalRuntime): Promise<number> {
  const generation = readGeneration(run);
  const port = runningPort(run);
  const alive = port !== undefined && isSupervised(run, runtime) && (await isStarted(port));
  // The clock, because the file may be gone (a destroy that was interrupted) while Pulumi still remembers its number.
  return alive ? generation : Math.max(generation + 1, Math.floor(Date.now() / 1000));
}
