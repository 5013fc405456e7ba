import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { requireDisk } from "./disk.ts";
import { explainBuildFailure, ToolchainError } from "./errors.ts";
import { isExecutable, moveIntoPlace } from "./files.ts";
import { goEnvironment, requireGo } from "./go.ts";
import type { Layout } from "./layout.ts";
import { type Report, secondsSince, withHeartbeat } from "./progress.ts";
import { run } from "./run.ts";
import { CHECKOUT } from "./versions.ts";

/** What to build from one of the Go modules in toolchain/go/. */
export interface Recipe {
  /** the folder in toolchain/go/ */
  readonly name: "cli" | "language-nodejs" | "plugins";
  /** for people: "the Pulumi CLI" */
  readonly what: string;
  /** how long it takes the first time: "about 4 minutes" */
  readonly usual: string;
  /** the Go package with the main function */
  readonly package: string;
  /** the name of the binary */
  readonly binary: string;
  /** variable=value, set by the linker */
  readonly stamp: string;
  /** free bytes that Go's caches and the build need, measured from nothing */
  readonly disk: { readonly goBuildCache: number; readonly goModuleCache: number; readonly output: number };
  /** makes the directory to build in, if that is not the module's own. @default - nothing */
  readonly prepare?: (directory: string, log: string) => Promise<void>;
  /** what to do with the binary before it counts as built. @default - nothing */
  readonly finish?: (directory: string, log: string) => Promise<void>;
}

/** The folder of a recipe's Go module. */
export function moduleDirectory(name: Recipe["name"]): string {
  return path.join(CHECKOUT, "toolchain", "go", name);
}

/** The arguments of `go build` but for the output and the package. */
export function buildFlags(stamp: string): readonly string[] {
  return [
    ...["-v", "-trimpath", "-mod=readonly", "-buildvcs=false"],
    ...["-tags", "osusergo,grpcnotrace", "-ldflags", `-w -s -X ${stamp}`],
  ];
}

/**
 * The key of a build: the same for the same sources, flags and machine type, another one otherwise.
 *
 * @param files path and content of every source file; their order does not matter
 */
export function buildKey(
  files: ReadonlyMap<string, string>,
  flags: readonly string[],
  machine: { platform: string; arch: string },
): string {
  const sources = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const whole = JSON.stringify([machine.platform, machine.arch, flags, sources]);
  return createHash("sha256").update(whole).digest("hex").slice(0, 16);
}

/** The key of a recipe as the sources are now: `<name>-<16 hex digits>`. */
export async function recipeKey(recipe: Recipe): Promise<string> {
  const directory = moduleDirectory(recipe.name);
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return [path.relative(directory, file), await readFile(file, "utf8")] as const;
      }),
  );
  return `${recipe.name}-${buildKey(new Map(files), buildFlags(recipe.stamp), process)}`;
}

/**
 * Builds a recipe unless that was done before. The caller holds the lock.
 *
 * @returns the directory with the binary
 * @throws ToolchainError if Go, disk space or the network is missing, or the build fails
 */
export async function build(recipe: Recipe, layout: Layout, report: Report): Promise<string> {
  const key = await recipeKey(recipe);
  const done = path.join(layout.builds, key);
  if (await isExecutable(path.join(done, recipe.binary))) return done;

  const module = moduleDirectory(recipe.name);
  const go = await requireGo(module);
  await requireDisk([
    { directory: layout.cache, bytes: recipe.disk.output },
    { directory: go.moduleCache, bytes: recipe.disk.goModuleCache },
    { directory: go.buildCache, bytes: recipe.disk.goBuildCache },
  ]);

  report(`building ${recipe.what} from Go modules, ${recipe.usual} the first time`);
  const start = performance.now();
  await mkdir(layout.logs, { recursive: true });
  const log = path.join(layout.logs, `${key}.log`);
  const work = await mkdtemp(path.join(layout.work, `${recipe.name}-`));
  const source = recipe.prepare === undefined ? module : await mkdtemp(path.join(layout.work, "source-"));
  await recipe.prepare?.(source, `${log}.source`);
  const counts = { downloaded: 0, compiled: 0 };
  const result = await withHeartbeat(
    report,
    recipe.what,
    () =>
      run("go", ["build", ...buildFlags(recipe.stamp), "-o", path.join(work, recipe.binary), recipe.package], {
        cwd: source,
        env: goEnvironment(process.env),
        log,
        onLine: (line) => {
          counts[line.startsWith("go: downloading ") ? "downloaded" : "compiled"] += 1;
        },
      }),
    () => `, ${counts.downloaded} modules downloaded, ${counts.compiled} packages compiled`,
  );
  if (!result.ok) throw new ToolchainError(explainBuildFailure(recipe.what, result.lines, log, layout.cache));
  await recipe.finish?.(work, log);
  await moveIntoPlace(work, done, layout.work);
  report(`built ${recipe.what} from Go modules in ${secondsSince(start)} s`);
  return done;
}
