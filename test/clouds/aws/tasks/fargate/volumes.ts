/** The volumes of a task: file systems of EFS, and ephemeral storage, which belongs to root. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { cache } from "../../../machines/places.ts";
import { ownName } from "../../../machines/run-label.ts";
import type { Account } from "../account.ts";
import type { TaskOrder } from "../park.ts";
import type { Client } from "./efs-access.ts";
import { mountFileSystem, type Identity, type MountedFileSystem } from "./file-systems.ts";

/** A volume as a container sees it. */
export interface VolumeDirectory {
  readonly path: string;
  readonly readOnly: boolean;
}

/** See the file's comment. */
export interface TaskVolumes {
  /** Mounts what EFS holds, makes what it does not. @throws TaskFault */
  readonly mount: (account: Account, order: TaskOrder, client: Client) => Promise<void>;
  /** The volumes of a container whose processes have this identity, by name. */
  readonly of: (container: ContainerDefinition, user: Identity) => Promise<ReadonlyMap<string, VolumeDirectory>>;
  /** Whether access points decide who the container's processes are on a volume. */
  readonly areIdentified: (container: ContainerDefinition) => boolean;
  readonly release: () => Promise<void>;
}

/** Volumes that are not there yet. */
export function taskVolumes({ id, definition }: TaskOrder): TaskVolumes {
  const files = mkdtempSync(join(cache, `${ownName("machine", `task-${id.slice(0, 8)}`)}-`));
  const mounted = new Map<string, MountedFileSystem>();
  return {
    mount: async (account, order, client) => {
      for (const { name = "", efsVolumeConfiguration: efs } of definition.volumes ?? []) {
        if (efs !== undefined) mounted.set(name, await mountFileSystem(account, order, efs, client));
        else mkdirSync(join(files, name), { mode: 0o755 });
      }
    },
    of: async ({ mountPoints = [] }, user) => {
      const found = new Map<string, VolumeDirectory>();
      for (const { sourceVolume = "" } of mountPoints) {
        const efs = mounted.get(sourceVolume);
        const path = efs === undefined ? join(files, sourceVolume) : await efs.directory(user);
        found.set(sourceVolume, { path, readOnly: efs?.readOnly ?? false });
      }
      return found;
    },
    areIdentified: ({ mountPoints = [] }) =>
      mountPoints.some(({ sourceVolume = "" }) => mounted.get(sourceVolume)?.identity !== undefined),
    release: async () => {
      for (const fileSystem of mounted.values()) await fileSystem.unmount();
      rmSync(files, { recursive: true, force: true });
    },
  };
}
