/** Makes what machines boot from, before the first test waits for it: about 8 minutes once, nothing afterwards. */
import { leaveEngine, machineEngine } from "./engine.ts";
import { hostImage } from "./images.ts";
import { preparedDisk } from "./prepared-disk.ts";
import { sweep } from "./run-label.ts";

/** See the file's comment. @throws Error naming what this computer lacks */
export async function prepareMachines(): Promise<void> {
  await machineEngine();
  try {
    await sweep();
    await hostImage("bare");
    await preparedDisk();
  } finally {
    leaveEngine();
  }
}
