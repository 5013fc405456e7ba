/**
 * Where block devices of the tests lie: an XFS file system in a sparse file, because copies of files on it cost nothing.
 * Mounted when it is first asked for; the computer's next boot takes the mount away, not the file.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { withLock } from "./lock.ts";
import { cache, run } from "./places.ts";

const sizeGb = 200;
const image = join(cache, "store.xfs");
const mountPoint = join(run, "store");

const isMounted = (): boolean => readFileSync("/proc/self/mounts", "utf8").includes(` ${mountPoint} `);

/** The store's directory. */
export async function storeDirectory(): Promise<string> {
  if (!isMounted()) {
    await withLock("store", async () => {
      if (isMounted()) return;
      mkdirSync(mountPoint, { recursive: true });
      if (!existsSync(image)) {
        await execa("truncate", ["--size", `${String(sizeGb)}G`, `${image}.new`]);
        await execa("mkfs.xfs", ["-q", "-m", "reflink=1", `${image}.new`]);
        await execa("mv", [`${image}.new`, image]);
      }
      await execa("mount", ["-o", "loop", image, mountPoint]);
    });
  }
  return mountPoint;
}

/** Path of a file in the store. */
export const inStore = async (name: string): Promise<string> => join(await storeDirectory(), name);

/** Copies a file of the store, sharing its blocks. */
export async function copyInStore(from: string, to: string): Promise<string> {
  const copy = await inStore(to);
  await execa("cp", ["--reflink=always", await inStore(from), copy]);
  return copy;
}

/** Unmounts the store, unless a disk on it is in use. */
export async function unmountStore(): Promise<void> {
  if (isMounted()) await execa("umount", [mountPoint], { reject: false });
}
