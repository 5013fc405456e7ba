import { rm, stat } from "node:fs/promises";
import { mayDownload } from "./decide.ts";
import { writeWhole } from "./files.ts";
import type { Layout } from "./layout.ts";

/** Whether downloads are worth trying now: none failed lately. Delete the note to have them tried at once. */
export async function downloadsAllowed(layout: Layout, now: number = Date.now()): Promise<boolean> {
  const failed = await stat(layout.downloadFailed).catch(() => undefined);
  return mayDownload(failed?.mtimeMs, now);
}

/** Remembers that a download failed, and why. */
export async function rememberFailedDownload(layout: Layout, reason: string): Promise<void> {
  await writeWhole(layout.downloadFailed, `${reason}\n`);
}

/** Forgets it: a download succeeded. */
export async function forgetFailedDownload(layout: Layout): Promise<void> {
  await rm(layout.downloadFailed, { force: true });
}
