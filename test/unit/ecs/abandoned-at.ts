/** Ends work on the file system at its n-th change as a kill does: nothing after it is done, neither `finally` nor `catch`. */
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";

type Change = (...words: readonly string[]) => Promise<unknown>;

const changeable = fs as unknown as Record<string, Change>; // only functions that change something are taken from it
const names = ["rename", "mkdir", "rm", "rmdir", "cp", "open"];

/** Leaves what a change may leave that did not come to its end. */
const begin: Readonly<Record<string, Change>> = {
  cp: async (...[, target = ""]) => {
    await fs.mkdir(target, { recursive: true });
    await fs.writeFile(join(target, "half"), "half");
  },
  open: async (file = "") => {
    await fs.writeFile(file, '{"half":');
  },
};

/** @param point of the change, from 1 @returns whether there was something to abandon at this point */
export async function abandonedAt(point: number, work: () => Promise<unknown>): Promise<boolean> {
  let changes = 0;
  let abandon: (() => void) | undefined;
  const abandoned = new Promise<true>((resolve) => {
    abandon = () => {
      resolve(true);
    };
  });
  const originals = names.map((name) => [name, changeable[name]] as const);
  for (const [name, original] of originals)
    changeable[name] = async (...words) => {
      changes += 1;
      if (changes !== point) return original?.apply(fs, [...words]);
      restore();
      await begin[name]?.(...words);
      abandon?.();
      return new Promise(() => undefined);
    };
  const restore = (): void => {
    for (const [name, original] of originals) if (original !== undefined) changeable[name] = original;
    syncBuiltinESMExports();
  };
  syncBuiltinESMExports();
  try {
    return await Promise.race([abandoned, work().then(() => false)]);
  } finally {
    restore();
  }
}
