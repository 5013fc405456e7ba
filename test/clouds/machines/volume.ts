/** A block device of the tests: blank, growing, and independent of every machine. */
import { rmSync } from "node:fs";
import { execa } from "execa";
import { ownName } from "./run-label.ts";
import { inStore } from "./store.ts";

/** See the file's comment. */
export interface BlockVolume {
  /** On this computer, e.g. `/dev/loop7`. */
  readonly device: string;
  readonly grow: (sizeGb: number) => Promise<void>;
  /** The content is gone after it. */
  readonly destroy: () => Promise<void>;
}

/** What {@link createVolume} makes. */
export interface VolumeOptions {
  readonly sizeGb: number;
  /** @default blank */
  readonly format?: "ext4" | "xfs" | undefined;
}

let made = 0;

/** Attaches a file of the store as a block device. */
async function loopDevice(file: string): Promise<string> {
  const { stdout } = await execa("losetup", ["--find", "--show", file]);
  return stdout.trim();
}

/** Makes a volume. It takes the room that is written, not its size. */
export async function createVolume({ sizeGb, format }: VolumeOptions): Promise<BlockVolume> {
  made += 1;
  const file = await inStore(ownName("volume", `${String(made)}.img`));
  const resize = (size: number) => execa("truncate", ["--size", `${String(size)}G`, file]);
  await resize(sizeGb);
  const device = await loopDevice(file);
  if (format !== undefined) await execa(`mkfs.${format}`, ["-q", device]);
  return {
    device,
    grow: async (size) => {
      await resize(size);
      await execa("losetup", ["--set-capacity", device]);
    },
    destroy: async () => {
      await execa("losetup", ["--detach", device]);
      rmSync(file);
    },
  };
}
