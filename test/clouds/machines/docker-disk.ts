/** The disk under a machine's /var/lib/docker: Docker's layers cannot lie on another engine's. */
import { mkdirSync, rmSync, rmdirSync } from "node:fs";
import { execa } from "execa";
import { ownName } from "./run-label.ts";
import { copyInStore, inStore } from "./store.ts";

/** A disk that was filled before, as a file of the store; see prepared-disk.ts. */
export type PreparedDisk = string & { readonly prepared: unique symbol };

/** A mounted disk. */
export interface MountedDisk {
  readonly mountPoint: string;
  /** Name of its file in the store. */
  readonly file: string;
  readonly remove: () => Promise<void>;
}

const sizeGb = 20;
let made = 0;

/** A disk of its own for one machine: a copy of the prepared one, which costs nothing, or an empty one. */
export async function dockerDisk(prepared: PreparedDisk | undefined): Promise<MountedDisk> {
  made += 1;
  const name = ownName("docker", String(made));
  const file = `${name}.img`;
  const path = await inStore(file);
  if (prepared === undefined) {
    await execa("truncate", ["--size", `${String(sizeGb)}G`, path]);
    await execa("mkfs.xfs", ["-q", path]);
  } else await copyInStore(prepared, file);
  const mountPoint = await inStore(name);
  mkdirSync(mountPoint);
  await execa("mount", ["-o", "loop,nouuid", path, mountPoint]);
  return {
    mountPoint,
    file,
    remove: async () => {
      await execa("umount", [mountPoint]);
      rmdirSync(mountPoint);
      rmSync(path);
    },
  };
}
