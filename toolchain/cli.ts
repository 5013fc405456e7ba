import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, readFile } from "node:fs/promises";
import path from "node:path";
import { build, moduleDirectory, type Recipe, recipeKey } from "./build.ts";
import { type CliSource, cliPlan } from "./decide.ts";
import { downloadsAllowed, forgetFailedDownload, rememberFailedDownload } from "./downloads.ts";
import { isExecutable, linkOrCopy, moveIntoPlace, readOrigin, writeOrigin } from "./files.ts";
import { requiredVersionOf } from "./go.ts";
import { findInstalled } from "./installed.ts";
import { cliDirectory, type Layout } from "./layout.ts";
import { patchedSource } from "./patched-source.ts";
import { type Report, secondsSince, withHeartbeat } from "./progress.ts";
import { run } from "./run.ts";
import { CHECKOUT } from "./versions.ts";

/** A usable CLI. */
export interface Cli {
  /** the executable */
  readonly pulumi: string;
  readonly source: CliSource;
}

const GB = 1e9;
const SDK = "github.com/pulumi/pulumi/sdk/v3";
const CLI_MODULE = "github.com/pulumi/pulumi/pkg/v3";

/** Starts the built language host as today's official one starts: see the comment in it. */
const LANGUAGE_HOST_SCRIPT = path.join(CHECKOUT, "toolchain", "pulumi-language-nodejs.sh");

/** After which the official download is given up, in milliseconds. */
const DOWNLOAD_TIMEOUT_MS = 10 * 60 * 1000;

/** How the CLI is built. With empty caches, all builds together left 2.9 GB in Go's build cache and 3.0 GB of modules. */
export function cliRecipe(version: string): Recipe {
  return {
    name: "cli",
    what: `the Pulumi CLI ${version}`,
    usual: "about 4 minutes",
    package: `${CLI_MODULE}/cmd/pulumi`,
    binary: "pulumi",
    stamp: `${SDK}/go/common/version.Version=v${version}`,
    disk: { goBuildCache: 1.5 * GB, goModuleCache: 1.6 * GB, output: 0.3 * GB },
  };
}

/**
 * How the Node.js language host is built: the last version that lies in the sdk module serves today's SDK too, with the
 * change in patch.json.
 */
export async function languageHostRecipe(): Promise<Recipe> {
  const module = moduleDirectory("language-nodejs");
  const goMod = await readFile(path.join(module, "go.mod"), "utf8");
  const what = "Pulumi's Node.js language host";
  return {
    name: "language-nodejs",
    what,
    usual: "about 20 seconds",
    prepare: (to, log) => patchedSource({ module, from: SDK, to, what, log }),
    package: ".",
    binary: "pulumi-language-nodejs",
    stamp: `${SDK}/go/common/version.Version=v${requiredVersionOf(goMod, SDK)}`,
    disk: { goBuildCache: 0.2 * GB, goModuleCache: 0.4 * GB, output: 0.1 * GB },
  };
}

/** What lies in the cache and is complete; undefined if nothing is. */
async function presentCli(layout: Layout, version: string): Promise<Cli | undefined> {
  const directory = cliDirectory(layout.pulumiHome, version);
  const pulumi = path.join(directory, "bin", "pulumi");
  const host = path.join(directory, "bin", "pulumi-language-nodejs");
  if (!(await isExecutable(pulumi)) || !(await isExecutable(host))) return undefined;
  const origin = await readOrigin(directory);
  if (origin === undefined) return { pulumi, source: "downloaded" };
  return origin.build === (await builtFrom(version)) ? { pulumi, source: "built" } : undefined;
}

async function builtFrom(version: string): Promise<string> {
  const script = createHash("sha256").update(await readFile(LANGUAGE_HOST_SCRIPT));
  const recipes = [await recipeKey(cliRecipe(version)), await recipeKey(await languageHostRecipe())];
  return [...recipes, script.digest("hex").slice(0, 16)].join(" ");
}

/** The CLI, if it can be had without fetching or making anything. */
export async function readyCli(layout: Layout, version: string, searchPath: string): Promise<Cli | undefined> {
  const installed = await findInstalled(searchPath, version, layout);
  const present = await presentCli(layout, version);
  const facts = { installed: installed !== undefined, present: present !== undefined, downloads: false };
  switch (cliPlan(facts)[0]) {
    case "installed":
      return installed === undefined ? undefined : { pulumi: installed, source: "installed" };
    case "present":
      return present;
    default:
      return undefined;
  }
}

/**
 * Comes by the CLI, in the order of `cliPlan`. The caller holds the lock.
 *
 * @throws ToolchainError if it can be neither downloaded nor built
 */
export async function provideCli(layout: Layout, version: string, searchPath: string, report: Report): Promise<Cli> {
  const ready = await readyCli(layout, version, searchPath);
  if (ready !== undefined) return ready;
  const plan = cliPlan({ installed: false, present: false, downloads: await downloadsAllowed(layout) });
  const downloaded = plan.includes("download") ? await downloadCli(layout, version, report) : undefined;
  return downloaded ?? buildCli(layout, version, report);
}

/** Has the npm launcher download the official CLI into a directory of ours; undefined if that fails. */
async function downloadCli(layout: Layout, version: string, report: Report): Promise<Cli | undefined> {
  report(`downloading the Pulumi CLI ${version}; this usually takes half a minute`);
  const start = performance.now();
  const home = await mkdtemp(path.join(layout.work, "download-"));
  const result = await withHeartbeat(report, `the Pulumi CLI ${version}`, () =>
    run(process.execPath, [path.join(CHECKOUT, "node_modules", "pulumi", "run.js"), "version"], {
      cwd: home,
      env: { ...process.env, PULUMI_VERSION: version, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeout: DOWNLOAD_TIMEOUT_MS,
    }),
  );
  const finished = cliDirectory(home, version);
  if (!result.ok || !(await isExecutable(path.join(finished, "bin", "pulumi-language-nodejs")))) {
    const reason = result.lines.at(-1) ?? "no reason given";
    report(`the download failed (${reason}): building it instead`);
    await rememberFailedDownload(layout, reason);
    return undefined;
  }
  const place = cliDirectory(layout.pulumiHome, version);
  await moveIntoPlace(finished, place, layout.work);
  await forgetFailedDownload(layout);
  report(`downloaded the Pulumi CLI ${version} in ${secondsSince(start)} s`);
  return { pulumi: path.join(place, "bin", "pulumi"), source: "downloaded" };
}

async function buildCli(layout: Layout, version: string, report: Report): Promise<Cli> {
  const cli = await build(cliRecipe(version), layout, report);
  const host = await build(await languageHostRecipe(), layout, report);

  const finished = await mkdtemp(path.join(layout.work, "cli-"));
  const bin = path.join(finished, "bin");
  await mkdir(bin);
  await linkOrCopy(path.join(cli, "pulumi"), path.join(bin, "pulumi"));
  await linkOrCopy(path.join(host, "pulumi-language-nodejs"), path.join(bin, "language-host-nodejs"));
  await copyFile(LANGUAGE_HOST_SCRIPT, path.join(bin, "pulumi-language-nodejs"));
  // Dynamic providers: the npm package has the script, without its executable bit.
  const dynamic = path.join(bin, "pulumi-resource-pulumi-nodejs");
  await copyFile(path.join(CHECKOUT, "node_modules", "@pulumi", "pulumi", "pulumi-resource-pulumi-nodejs"), dynamic);
  await chmod(dynamic, 0o755);
  await writeOrigin(finished, { source: "built", build: await builtFrom(version) });

  const place = cliDirectory(layout.pulumiHome, version);
  await moveIntoPlace(finished, place, layout.work);
  return { pulumi: path.join(place, "bin", "pulumi"), source: "built" };
}
