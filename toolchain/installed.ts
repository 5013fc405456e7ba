import { mkdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { isExecutable, readJson, readOrigin, writeWhole } from "./files.ts";
import type { Layout } from "./layout.ts";
import { run } from "./run.ts";
import { satisfies } from "./versions.ts";

/** What an executable said when it was asked for its version, and which executable that was. */
const remembered = z.record(z.string(), z.object({ modified: z.number(), size: z.number(), version: z.string() }));

/** A CLI that takes longer than this to name its version is not used; in milliseconds. */
const VERSION_TIMEOUT_MS = 15_000;

/**
 * Whether a `pulumi` on the PATH is one that a person installed.
 *
 * @param resolved its path with all symbolic links resolved
 * @param pulumiHome our own home: what lies there has its own step
 */
export function isForeign(resolved: string, pulumiHome: string): boolean {
  const inModules = resolved.split(path.sep).includes("node_modules");
  return !inModules && !resolved.startsWith(pulumiHome + path.sep);
}

/**
 * The first `pulumi` on the PATH that can be used: installed by a person, as new as the pinned one or newer within the
 * same major version, its Node.js language host beside it. Asks each executable once and remembers the answer.
 *
 * @param searchPath a PATH
 * @returns the path of the CLI, or undefined
 */
export async function findInstalled(searchPath: string, pinned: string, layout: Layout): Promise<string | undefined> {
  for (const directory of searchPath.split(path.delimiter).filter((entry) => path.isAbsolute(entry))) {
    const candidate = path.join(directory, "pulumi");
    if (!(await isExecutable(candidate))) continue;
    const resolved = await realpath(candidate);
    if (!isForeign(resolved, layout.pulumiHome)) continue;
    // Built by a toolchain that keeps its things elsewhere, whose environment we were started in.
    if ((await readOrigin(path.resolve(resolved, "..", ".."))) !== undefined) continue;
    if (!(await hasLanguageHost(candidate, resolved))) continue;
    if (satisfies(await versionOf(resolved, layout), pinned)) return candidate;
  }
  return undefined;
}

async function hasLanguageHost(candidate: string, resolved: string): Promise<boolean> {
  const beside = [candidate, resolved].map((file) => path.join(path.dirname(file), "pulumi-language-nodejs"));
  return (await Promise.all(beside.map(isExecutable))).includes(true);
}

async function versionOf(executable: string, layout: Layout): Promise<string> {
  const { mtimeMs: modified, size } = await stat(executable);
  const known = (await readJson(layout.installed, remembered)) ?? {};
  const before = known[executable];
  if (before?.modified === modified && before.size === size) return before.version;

  const environment = { ...process.env, PULUMI_HOME: layout.pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const asked = await run(executable, ["version"], {
    cwd: path.dirname(executable),
    env: environment,
    timeout: VERSION_TIMEOUT_MS,
  });
  const version = asked.ok ? (asked.lines.findLast((line) => line.trim() !== "") ?? "").trim() : "";
  try {
    await mkdir(layout.cache, { recursive: true });
    await writeWhole(layout.installed, JSON.stringify({ ...known, [executable]: { modified, size, version } }));
  } catch {
    // It is asked again the next time. Whatever needs to be written says what is wrong with the cache.
  }
  return version;
}
