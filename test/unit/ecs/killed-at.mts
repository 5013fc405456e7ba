/** Loaded before an entry point: ends the process with SIGKILL instead of its n-th change of the file system, or in the middle of it. */
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { begin, changeable } from "./half-changes.mts";

const killAt = Number(process.env["KILL_AT"]);
let changes = 0;

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
