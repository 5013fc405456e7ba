/**
 * Before a server is changed or replaced it is stopped as by its power button: the provider would cut the power, or
 * delete it after half a minute. The program does it while it waits for what the change needs, and no hook of Pulumi's: one
 * before a deletion would have `destroy` ask for the program.
 */
import { setTimeout as delay } from "node:timers/promises";
import { HetznerError, type HetznerApi } from "./api.ts";
import { serverStatus, type Server } from "./found.ts";
import { rebuildLabel, stackLabel, type HetznerNames } from "./names.ts";

/** OpenClaw lets work in progress finish, 330 s at most; systemd gives it 350. */
const patienceSeconds = 380;

/** What a deployment means for the power of the server that exists. */
export type PowerChange = "stop" | "start" | "none";

/** A server that is off although nothing is to be changed was stopped for a change that then failed, and was taken back. */
export function powerChange(
  server: Server | undefined,
  wanted: { readonly names: HetznerNames; readonly size: string; readonly rebuild: number },
): PowerChange {
  if (server?.labels[stackLabel] !== wanted.names.server) return "none";
  const stays = server.labels[rebuildLabel] === String(wanted.rebuild) && server.server_type.name === wanted.size;
  if (stays) return server.status === "off" ? "start" : "none";
  return server.status === "off" ? "none" : "stop";
}

/** @throws HetznerError */
export async function changePower(
  api: HetznerApi,
  server: Server,
  change: PowerChange,
  say: (line: string) => void,
): Promise<void> {
  if (change === "stop") await stopGracefully(api, server.id, say);
  if (change !== "start") return;
  say(`the server ${server.name} is off, switching it on`);
  await api.act(`/servers/${String(server.id)}/actions/poweron`);
}

/**
 * Returns once the server is off, at once when it is off already.
 *
 * @throws HetznerError when it does not stop in time: nothing was cut off
 */
export async function stopGracefully(
  api: HetznerApi,
  id: number,
  say: (line: string) => void,
  seconds = patienceSeconds,
): Promise<void> {
  if ((await serverStatus(api, id)) === "off") return;
  say(`stopping the server ${String(id)}: its gateway may take 330 s to end in order`);
  await api.act(`/servers/${String(id)}/actions/shutdown`);
  const deadline = Date.now() + seconds * 1000;
  for (let pauseMs = 250; Date.now() < deadline; pauseMs = Math.min(pauseMs * 1.5, 3000)) {
    await delay(pauseMs);
    if ((await serverStatus(api, id)) === "off") return;
  }
  throw new HetznerError(
    `the server ${String(id)} did not stop within ${String(seconds)} s of being told to; it was left as it is. Look at its console at Hetzner Cloud, or switch it off there, and run this again`,
  );
}
