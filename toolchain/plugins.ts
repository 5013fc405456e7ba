import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { build, type Recipe, recipeKey } from "./build.ts";
import { type PluginSource, pluginPlan } from "./decide.ts";
import { downloadsAllowed, forgetFailedDownload, rememberFailedDownload } from "./downloads.ts";
import { explainBuildFailure, ToolchainError } from "./errors.ts";
import { isExecutable, linkOrCopy, moveIntoPlace, readOrigin, writeOrigin } from "./files.ts";
import { type Layout, pluginDirectory } from "./layout.ts";
import { type Report, secondsSince, withHeartbeat } from "./progress.ts";
import { run } from "./run.ts";
import { CHECKOUT, type PluginName, type Versions } from "./versions.ts";

/** The providers that one binary serves; see toolchain/go/plugins/. */
const BRIDGED = ["random", "tls", "hcloud"] as const;
const BINARY = "pulumi-openclaw-plugins";
const STAND_IN = path.join(CHECKOUT, "toolchain", "pulumi-resource-command.sh");

/** After which one plugin's download is given up, in milliseconds. */
const DOWNLOAD_TIMEOUT_MS = 5 * 60 * 1000;

const GB = 1e9;

/** What the plugins need to know of the rest. */
export interface PluginContext {
  readonly layout: Layout;
  readonly versions: Versions;
  readonly report: Report;
}

/** How the bridged plugins are built: the binary, then the schema that it generates for each of them. */
export function pluginsRecipe(versions: Versions): Recipe {
  const stamped = BRIDGED.map((name) => `${name}=${versions.plugins[name]}`).join(",");
  return {
    name: "plugins",
    what: `the plugins ${BRIDGED.join(", ")}`,
    usual: "about 2 minutes",
    package: ".",
    binary: BINARY,
    stamp: `main.versions=${stamped}`,
    disk: { goBuildCache: 1.4 * GB, goModuleCache: 1.2 * GB, output: 0.2 * GB },
    finish: async (directory, log) => {
      for (const name of BRIDGED) await generateSchema(directory, name, `${log}.${name}`);
    },
  };
}

async function generateSchema(directory: string, name: PluginName, log: string): Promise<void> {
  const generator = path.join(directory, `pulumi-tfgen-${name}`);
  await linkOrCopy(path.join(directory, BINARY), generator);
  const output = path.join(directory, name);
  const args = ["schema", "--skip-docs", "--skip-examples", "--out", output];
  const result = await run(generator, args, { cwd: directory, env: process.env, log });
  if (!result.ok) throw new ToolchainError(explainBuildFailure(`the schema of ${name}`, result.lines, log, directory));
  await rm(generator);
}

/** What a substitute for this plugin is made of: its key changes when that does. */
async function substituteKey(name: PluginName, versions: Versions): Promise<string> {
  if (name !== "command") return recipeKey(pluginsRecipe(versions));
  return createHash("sha256")
    .update(await readFile(STAND_IN))
    .digest("hex")
    .slice(0, 16);
}

/** Where the plugin that lies in the cache came from; undefined if there is none or a substitute is out of date. */
export async function presentPlugin(
  name: PluginName,
  { layout, versions }: Pick<PluginContext, "layout" | "versions">,
): Promise<PluginSource | undefined> {
  const directory = pluginDirectory(layout.pulumiHome, name, versions.plugins[name]);
  if (!(await isExecutable(path.join(directory, `pulumi-resource-${name}`)))) return undefined;
  const origin = await readOrigin(directory);
  if (origin === undefined) return "downloaded";
  if (origin.source === "built" || origin.build !== (await substituteKey(name, versions))) return undefined;
  return origin.source;
}

/**
 * Comes by one plugin, in the order of `pluginPlan`. The caller holds the lock.
 *
 * @param pulumi the CLI that downloads
 * @throws ToolchainError if it can be neither downloaded nor built
 */
export async function providePlugin(name: PluginName, pulumi: string, context: PluginContext): Promise<PluginSource> {
  const present = await presentPlugin(name, context);
  const plan = pluginPlan({ present, downloads: await downloadsAllowed(context.layout) });
  if (plan.includes("download") && (await downloadPlugin(name, pulumi, context))) return "downloaded";
  if (plan.includes("substitute")) return name === "command" ? standIn(context) : bridge(name, context);
  if (present === undefined) throw new Error(`no plan for the plugin ${name}`);
  return present;
}

async function downloadPlugin(
  name: PluginName,
  pulumi: string,
  { layout, versions, report }: PluginContext,
): Promise<boolean> {
  const version = versions.plugins[name];
  report(`downloading the plugin ${name} ${version}; this usually takes ten seconds`);
  const start = performance.now();
  const home = await mkdtemp(path.join(layout.work, "download-"));
  const result = await withHeartbeat(report, `the plugin ${name}`, () =>
    run(pulumi, ["plugin", "install", "resource", name, version], {
      cwd: home,
      env: { ...process.env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeout: DOWNLOAD_TIMEOUT_MS,
    }),
  );
  const finished = pluginDirectory(home, name, version);
  if (!result.ok || !(await isExecutable(path.join(finished, `pulumi-resource-${name}`)))) {
    const reason = result.lines.at(-1) ?? "no reason given";
    report(`the download failed (${reason}): using a substitute`);
    await rememberFailedDownload(layout, reason);
    return false;
  }
  await moveIntoPlace(finished, pluginDirectory(layout.pulumiHome, name, version), layout.work);
  await forgetFailedDownload(layout);
  report(`downloaded the plugin ${name} ${version} in ${secondsSince(start)} s`);
  return true;
}

async function bridge(name: PluginName, { layout, versions, report }: PluginContext): Promise<PluginSource> {
  const recipe = pluginsRecipe(versions);
  const built = await build(recipe, layout, report);
  const finished = await mkdtemp(path.join(layout.work, "plugin-"));
  await linkOrCopy(path.join(built, BINARY), path.join(finished, `pulumi-resource-${name}`));
  for (const file of ["schema.json", "bridge-metadata.json"]) {
    await copyFile(path.join(built, name, file), path.join(finished, file));
  }
  await writeOrigin(finished, { source: "bridged", build: await recipeKey(recipe) });
  await moveIntoPlace(finished, pluginDirectory(layout.pulumiHome, name, versions.plugins[name]), layout.work);
  report(`the plugin ${name} ${versions.plugins[name]}: the upstream provider, bridged`);
  return "bridged";
}

async function standIn({ layout, versions, report }: PluginContext): Promise<PluginSource> {
  const finished = await mkdtemp(path.join(layout.work, "plugin-"));
  await mkdir(finished, { recursive: true });
  const script = path.join(finished, "pulumi-resource-command");
  await copyFile(STAND_IN, script);
  await chmod(script, 0o755);
  await writeOrigin(finished, { source: "stand-in", build: await substituteKey("command", versions) });
  await moveIntoPlace(finished, pluginDirectory(layout.pulumiHome, "command", versions.plugins.command), layout.work);
  report(`the plugin command ${versions.plugins.command}: the stand-in of this checkout`);
  return "stand-in";
}
