import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { explainBuildFailure, ToolchainError } from "./errors.ts";
import { goEnvironment } from "./go.ts";
import { run } from "./run.ts";

/** A line of a published Go package that is changed before it is built. It lies in the recipe's folder, as patch.json. */
const patchFile = z.strictObject({
  why: z.string(),
  package: z.string(),
  file: z.string(),
  find: z.string(),
  replace: z.string(),
});

/** Where Go put a module. */
const downloaded = z.object({ Dir: z.string() });

/** What to copy, and where. */
export interface PatchedSource {
  /** the folder with patch.json, go.mod and go.sum */
  readonly module: string;
  /** the Go module that has the package, as go.mod requires it */
  readonly from: string;
  /** receives the package, changed, as a main package of its own */
  readonly to: string;
  /** for people: what is built */
  readonly what: string;
  readonly log: string;
}

/**
 * Copies a package out of a published Go module, with one line changed. (Go's -overlay refuses files of its module cache.)
 *
 * @throws ToolchainError if the module cannot be had
 * @throws Error if the line is not there exactly once
 */
export async function patchedSource({ module, from, to, what, log }: PatchedSource): Promise<void> {
  const patch = patchFile.parse(JSON.parse(await readFile(path.join(module, "patch.json"), "utf8")));
  const env = goEnvironment(process.env);
  const got = await run("go", ["mod", "download", "-json", from], { cwd: module, env, log });
  if (!got.ok) throw new ToolchainError(explainBuildFailure(what, got.lines, log, path.dirname(to)));
  const { Dir } = downloaded.parse(JSON.parse(got.lines.join("\n")));

  await mkdir(to, { recursive: true });
  for (const file of ["go.mod", "go.sum"]) await copyFile(path.join(module, file), path.join(to, file));
  const source = path.join(Dir, patch.package);
  for (const file of await readdir(source)) {
    if (!file.endsWith(".go") || file.endsWith("_test.go")) continue;
    const text = await readFile(path.join(source, file), "utf8");
    await writeFile(path.join(to, file), file === patch.file ? changed(text, patch) : text);
  }
}

function changed(text: string, { file, find, replace }: z.infer<typeof patchFile>): string {
  const [before, after, ...more] = text.split(find);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`patch.json does not fit: ${file} has this not exactly once: ${find}`);
  }
  return before + replace + after;
}
