/** Loaded before an entry point: ends the process with SIGKILL instead of its n-th change of the file system, or in the middle of it. */
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";

type Change = (...words: readonly string[]) => Promise<unknown>;

const killAt = Number(process.env["KILL_AT"]);
const changeable = fs as unknown as Record<string, Change>; // only functions that change something are taken from it
let changes = 0;

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

for (const name of ["rename", "mkdir", "rm", "cp", "open"]) {
  const original = changeable[name];
  if (original === undefined) throw new Error(`no ${name}`);
  changeable[name] = async (...words) => {
    changes += 1;
    if (changes !== killAt) return original.apply(fs, [...words]);
    await begin[name]?.(...words);
    process.kill(process.pid, "SIGKILL");
    return new Promise(() => undefined);
  };
}
syncBuiltinESMExports();
