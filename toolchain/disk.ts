import { stat, statfs } from "node:fs/promises";
import path from "node:path";
import { diskTooSmall, ToolchainError } from "./errors.ts";

/** So many bytes will be written below `directory`, which need not exist yet. */
export interface DiskNeed {
  readonly directory: string;
  readonly bytes: number;
}

/**
 * Refuses to start what the disks have no room for. Needs on one file system add up.
 *
 * @throws ToolchainError naming the directory, what is free and what is needed
 */
export async function requireDisk(needs: readonly DiskNeed[]): Promise<void> {
  const disks = new Map<number, DiskNeed>();
  for (const need of needs) {
    const directory = await nearestExisting(need.directory);
    const { dev } = await stat(directory);
    const bytes = need.bytes + (disks.get(dev)?.bytes ?? 0);
    disks.set(dev, { directory, bytes });
  }
  for (const { directory, bytes } of disks.values()) {
    const { bavail, bsize } = await statfs(directory);
    if (bavail * bsize < bytes) throw new ToolchainError(diskTooSmall(directory, bavail * bsize, bytes));
  }
}

/** The directory itself, or the nearest one above it that exists. */
export async function nearestExisting(directory: string): Promise<string> {
  try {
    await stat(directory);
    return directory;
  } catch {
    const parent = path.dirname(directory);
    return parent === directory ? directory : nearestExisting(parent);
  }
}
