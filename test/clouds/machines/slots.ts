/** The places where volumes are plugged into a machine, and what it sees of them. */
import type { BlockVolume } from "./volume.ts";

/** See the file's comment. */
export interface Slots {
  /** @returns the shell command that makes the devices appear */
  readonly plug: (volume: BlockVolume, byId: string) => string;
  /** @returns the shell command that makes them disappear; undefined when the volume was not plugged in */
  readonly unplug: (volume: BlockVolume) => string | undefined;
  /** For a new /dev: every volume that is plugged in. */
  readonly plugAll: () => string;
}

const letters = "bcdefghijklmnop".split("");

/** Slots of one machine, all free. */
export function emptySlots(): Slots {
  const used = new Map<BlockVolume, { readonly node: string; readonly byId: string }>();
  const appear = (volume: BlockVolume, { node, byId }: { node: string; byId: string }): string =>
    [
      `mkdir -p /dev/disk/by-id && rm -f ${node}`,
      `mknod -m 660 ${node} b 7 ${volume.device.replace("/dev/loop", "")}`,
      `ln -sfn ${node} /dev/disk/by-id/${byId}`,
    ].join(" && ");
  return {
    plug: (volume, byId) => {
      const taken = new Set([...used.values()].map(({ node }) => node));
      const node = letters.map((letter) => `/dev/sd${letter}`).find((free) => !taken.has(free));
      if (node === undefined) throw new Error(`a machine takes ${String(letters.length)} volumes`);
      used.set(volume, { node, byId });
      return appear(volume, { node, byId });
    },
    unplug: (volume) => {
      const slot = used.get(volume);
      used.delete(volume);
      return slot && `rm -f ${slot.node} /dev/disk/by-id/${slot.byId}`;
    },
    plugAll: () => [...used].map(([volume, slot]) => appear(volume, slot)).join(" && "),
  };
}
