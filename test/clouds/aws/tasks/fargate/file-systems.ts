/**
 * EFS as directories of this computer, mounted as Fargate mounts a volume: behind an access point, whose identity and
 * root directory are enforced on every client.
 *
 * Facts: Amazon EFS User Guide, "Working with Amazon EFS access points"; Amazon ECS Developer Guide, "Use Amazon EFS
 * volumes with Amazon ECS".
 */
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { DescribeAccessPointsCommand, type AccessPointDescription } from "@aws-sdk/client-efs";
import type { EFSVolumeConfiguration } from "@aws-sdk/client-ecs";
import { execa } from "execa";
import { cache, run } from "../../../machines/places.ts";
import { ownName } from "../../../machines/run-label.ts";
import type { Account } from "../account.ts";
import type { TaskOrder } from "../park.ts";
import { cannotMount, checkNetwork, checkPolicy, type Client } from "./efs-access.ts";

/** Whose files are whose behind an access point. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** A file system, ready for containers. */
export interface MountedFileSystem {
  /** The directory for a container whose processes have this identity. */
  readonly directory: (user: Identity) => Promise<string>;
  readonly readOnly: boolean;
  /** Whom files belong to, whoever writes them; undefined without an access point. */
  readonly identity: Identity | undefined;
  readonly unmount: () => Promise<void>;
}

/** The directory of a file system, beside those of other processes; it lives as long as this process. */
export function fileSystemDirectory(id: string): string {
  const directory = join(cache, ownName("machine", `efs-${id}`));
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  return directory;
}

/** The access point's directory, made on the first mount if the access point says how. */
function rootDirectory(base: string, point: AccessPointDescription | undefined): string {
  const { Path: path = "/", CreationInfo: creation } = point?.RootDirectory ?? {};
  const directory = join(base, path);
  if (existsSync(directory)) return directory;
  if (creation === undefined) throw cannotMount("b'mount.nfs4: access denied by server while mounting 127.0.0.1:/'");
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  chownSync(directory, creation.OwnerUid ?? 0, creation.OwnerGid ?? 0);
  chmodSync(directory, Number.parseInt(creation.Permissions ?? "755", 8));
  return directory;
}

const helper = join(import.meta.dirname, "id-mapped-mount.py");

/** Where clients of another identity see the directory. See `sweepTasks` for those of dead processes. */
async function mountAs(directory: string, disk: Identity, shown: Identity): Promise<string> {
  const point = mkdtempSync(join(run, `mount-${String(process.pid)}-`));
  const maps = [`${String(disk.uid)}:${String(shown.uid)}`, `${String(disk.gid)}:${String(shown.gid)}`];
  await execa("python3", [helper, directory, point, ...maps]);
  return point;
}

/** Takes a mount of {@link mountAs} away. */
export async function unmount(point: string): Promise<void> {
  await execa("umount", ["--lazy", point], { reject: false });
  if (existsSync(point)) rmdirSync(point);
}

async function accessPoint(
  { efs }: Account,
  volume: EFSVolumeConfiguration,
): Promise<AccessPointDescription | undefined> {
  const id = volume.authorizationConfig?.accessPointId;
  if (id === undefined) return undefined;
  const answer = await efs.send(new DescribeAccessPointsCommand({ AccessPointId: id })).catch(() => undefined);
  const point = answer?.AccessPoints?.[0];
  if (point?.FileSystemId !== volume.fileSystemId)
    throw cannotMount(`b'mount.nfs4: access denied by server while mounting 127.0.0.1:/' (access point ${id})`);
  return point;
}

/** Mounts a volume for a task. @throws TaskFault */
export async function mountFileSystem(
  account: Account,
  order: TaskOrder,
  volume: EFSVolumeConfiguration,
  client: Client,
): Promise<MountedFileSystem> {
  const { fileSystemId: id = "" } = volume;
  await checkNetwork(account, id, client, order.region);
  const point = await accessPoint(account, volume);
  const { readOnly } = await checkPolicy(account, order, volume, point);
  const root = rootDirectory(fileSystemDirectory(id), point);
  const posix = point?.PosixUser;
  const identity = posix === undefined ? undefined : { uid: posix.Uid ?? 0, gid: posix.Gid ?? 0 };
  const mounts = new Map<string, Promise<string>>();
  return {
    ...{ readOnly, identity },
    directory: (user) => {
      if (identity === undefined || (identity.uid === user.uid && identity.gid === user.gid))
        return Promise.resolve(root);
      const key = `${String(user.uid)}:${String(user.gid)}`;
      const mount = mounts.get(key) ?? mountAs(root, identity, user);
      mounts.set(key, mount);
      return mount;
    },
    unmount: async () => {
      for (const mounted of mounts.values()) await mounted.then(unmount, () => undefined); // was not mounted
      mounts.clear();
    },
  };
}
