/** How a volume of another stack, or of the same one before, becomes the stack's own at Hetzner Cloud. */
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { HetznerError, type HetznerApi } from "./api.ts";
import type { Volume } from "./found.ts";
import { stackLabel, type HetznerNames } from "./names.ts";
import type { VolumeShape } from "./shape.ts";

/**
 * Whether a volume that no server uses is to be made the stack's own. One that has name and label may be in the stack's
 * state already; a stack without its deploy key has no state.
 */
export const isToBeTaken = (volume: Volume, names: HetznerNames, isDeployed: boolean): boolean =>
  !isDeployed || volume.name !== names.volume || volume.labels[stackLabel] !== names.server;

const action = z.object({
  action: z.object({
    id: z.number(),
    status: z.string(),
    error: z.object({ code: z.string(), message: z.string() }).nullish(),
  }),
});

/** Growing takes seconds at Hetzner Cloud. */
const patienceSeconds = 120;

/** @throws HetznerError when the action fails, or lasts too long */
async function untilDone(api: HetznerApi, what: string, started: z.output<typeof action>): Promise<void> {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (let { action: now } = started; ; { action: now } = await api.get(`/actions/${String(now.id)}`, action)) {
    if (now.status === "success") return;
    if (now.status === "error") {
      const reason = now.error == null ? "no reason given" : `${now.error.message} (${now.error.code})`;
      throw new HetznerError(`${what} failed at Hetzner Cloud: ${reason}`);
    }
    if (Date.now() > deadline) {
      throw new HetznerError(`${what} goes on at Hetzner Cloud since ${String(patienceSeconds)} s: run this again`);
    }
    await delay(500);
  }
}

/**
 * Grows the volume where it is to be larger, then gives it its name and labels: by them it is found from then on. Done
 * again, it does nothing.
 *
 * @throws HetznerError
 */
export async function takeVolume(
  api: HetznerApi,
  volume: Volume,
  { name, labels, size }: VolumeShape,
  say: (line: string) => void,
): Promise<void> {
  const path = `/volumes/${String(volume.id)}`;
  if (size > volume.size) {
    say(`growing the volume ${String(volume.id)} from ${String(volume.size)} to ${String(size)} GB`);
    const what = `growing the volume ${String(volume.id)} to ${String(size)} GB`;
    await untilDone(api, what, await api.post(`${path}/actions/resize`, { size }, action));
  }
  if (volume.name !== name) say(`the volume ${String(volume.id)}, ${volume.name}, is ${name} from now on`);
  await api.put(path, { name, labels });
}
