/** Changes of the file system that tests cut short. */
import fs from "node:fs/promises";
import { join } from "node:path";

/** A function of `node:fs/promises` that changes something. */
export type Change = (...words: readonly string[]) => Promise<unknown>;

/** What Node's modules import, to be replaced one by one. */
export const changeable = fs as unknown as Record<string, Change>; // only functions that change something are taken from it

/** Leaves what a change may leave that did not come to its end. */
export const begin: Readonly<Record<string, Change>> = {
  cp: async (...[, target = ""]) => {
    await fs.mkdir(target, { recursive: true });
    await fs.writeFile(join(target, "half"), "half");
  },
  open: async (file = "") => {
    await fs.writeFile(file, '{"half":');
  },
};
