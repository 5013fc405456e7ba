/** Removes what tasks of dead processes left behind and `sweep` does not know: mounts. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../machines/places.ts";
import { sweep } from "../../../machines/run-label.ts";
import { unmount } from "./file-systems.ts";

/** See the file's comment; everything else is swept too. */
export async function sweepTasks(): Promise<void> {
  for (const name of readdirSync(run)) {
    const pid = /^mount-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await unmount(join(run, name));
  }
  await sweep();
}
