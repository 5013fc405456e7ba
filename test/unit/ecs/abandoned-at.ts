/** Ends work on the file system at its n-th change as a kill does: nothing after it is done, neither `finally` nor `catch`. */
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { begin, changeable } from "./half-changes.mts";

const names = ["rename", "mkdir", "rm", "rmdir", "cp", "open"];

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
