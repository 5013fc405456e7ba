/** Stops a server as its power button does: the gateway gets the time that it needs to end in order. */
import { setTimeout as delay } from "node:timers/promises";
import { HetznerError, type HetznerApi } from "./api.ts";
import { serverStatus } from "./found.ts";

/** OpenClaw lets work in progress finish, 330 s at most; systemd gives it 350. */
const patienceSeconds = 380;

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
