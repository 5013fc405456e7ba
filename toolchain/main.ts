import { constants, realpathSync } from "node:fs";
import { access, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { withoutAutomaticLog } from "./automatic-log.ts";
import { type Cli, provideCli, readyCli } from "./cli.ts";
import { type CliSource, type PluginSource, pluginPlan } from "./decide.ts";
import { nearestExisting } from "./disk.ts";
import { downloadsAllowed } from "./downloads.ts";
import { cacheNotWritable, codeOf, diskFull, messageOf, nodeFault, ToolchainError } from "./errors.ts";
import { isExecutable } from "./files.ts";
import { defaultCacheDirectory, type Layout, layoutOf } from "./layout.ts";
import { withLock } from "./lock.ts";
import { type PluginContext, presentPlugin, providePlugin } from "./plugins.ts";
import type { Report } from "./progress.ts";
import { CHECKOUT, PLUGIN_NAMES, type PluginName, readVersions } from "./versions.ts";

export type { CliSource, PluginSource } from "./decide.ts";
export { ToolchainError } from "./errors.ts";
export { PLUGIN_NAMES, type PluginName } from "./versions.ts";

/** What is wanted. */
export interface ToolchainOptions {
  /** the plugins that the stack registers: those of other clouds are neither fetched nor built */
  readonly plugins: readonly PluginName[];
  /** takes the progress, line by line */
  readonly report: Report;
  /** where everything is kept. @default `$XDG_CACHE_HOME/pulumi-openclaw`, else `~/.cache/pulumi-openclaw` */
  readonly cacheDirectory?: string;
}

/** A CLI and plugins that are in place. */
export interface Toolchain {
  /** the CLI to spawn */
  readonly pulumi: string;
  /** our own PULUMI_HOME, never the user's */
  readonly pulumiHome: string;
  readonly source: CliSource;
  /** the wanted plugins, and where each came from */
  readonly plugins: Readonly<Partial<Record<PluginName, PluginSource>>>;
  /** what every call of the CLI needs on top of its environment */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Sees to it that the Pulumi CLI, its Node.js language host and the wanted plugins are in place: installed, downloaded,
 * or built from Go modules where the network has only package registries. When all is there, nothing is started.
 * Several calls at once, also from different processes, wait for each other.
 *
 * @throws ToolchainError with one message that says what to do: Go missing or too old, no disk space, cache not
 *   writable, registry unreachable, build failed
 */
export async function ensureToolchain(options: ToolchainOptions): Promise<Toolchain> {
  const layout = layoutOf(path.resolve(options.cacheDirectory ?? defaultCacheDirectory(process.env)));
  const context = { layout, versions: await readVersions(), report: options.report };
  const wanted = [...new Set(options.plugins)];
  try {
    const found = (await ready(wanted, context)) ?? (await provide(wanted, context));
    await withoutAutomaticLog(layout.pulumiHome);
    return await toolchain(found, layout);
  } catch (error) {
    throw explained(error, layout);
  }
}

interface Found {
  readonly cli: Cli;
  readonly plugins: Readonly<Partial<Record<PluginName, PluginSource>>>;
}

/** Everything, if nothing is left to do. */
async function ready(wanted: readonly PluginName[], context: PluginContext): Promise<Found | undefined> {
  const cli = await readyCli(context.layout, context.versions.pulumi, process.env["PATH"] ?? "");
  if (cli === undefined) return undefined;
  const downloads = await downloadsAllowed(context.layout);
  const plugins: Partial<Record<PluginName, PluginSource>> = {};
  for (const name of wanted) {
    const present = await presentPlugin(name, context);
    if (present === undefined || pluginPlan({ present, downloads }).length > 0) return undefined;
    plugins[name] = present;
  }
  return { cli, plugins };
}

async function provide(wanted: readonly PluginName[], context: PluginContext): Promise<Found> {
  const { layout, versions, report } = context;
  await requireWritable(layout);
  return withLock(layout.cache, layout.lock, report, async () => {
    await rm(layout.work, { recursive: true, force: true });
    await mkdir(layout.work, { recursive: true });
    try {
      const cli = await provideCli(layout, versions.pulumi, process.env["PATH"] ?? "", report);
      const plugins: Partial<Record<PluginName, PluginSource>> = {};
      for (const name of wanted) plugins[name] = await providePlugin(name, cli.pulumi, context);
      return { cli, plugins };
    } finally {
      await rm(layout.work, { recursive: true, force: true });
    }
  });
}

async function requireWritable(layout: Layout): Promise<void> {
  try {
    await mkdir(layout.pulumiHome, { recursive: true });
    const probe = path.join(layout.cache, "writable");
    await writeFile(probe, "yes\n");
    await rm(probe);
  } catch (error) {
    if (codeOf(error) === "ENOSPC") throw new ToolchainError(diskFull(layout.cache));
    // Making several levels at once says ENOENT whatever the cause; what exists says why.
    const cause: unknown = await access(await nearestExisting(layout.cache), constants.W_OK).then(
      () => error,
      (reason: unknown) => reason,
    );
    throw new ToolchainError(cacheNotWritable(layout.cache, codeOf(cause) ?? messageOf(cause)));
  }
}

/** A fault of the system as a message with a remedy; anything else as it is. */
function explained(error: unknown, layout: Layout): unknown {
  switch (codeOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return new ToolchainError(diskFull(layout.cache), { cause: error });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new ToolchainError(cacheNotWritable(layout.cache, messageOf(error)), { cause: error });
    default:
      return error;
  }
}

async function toolchain({ cli, plugins }: Found, layout: Layout): Promise<Toolchain> {
  const directory = path.dirname(cli.pulumi);
  // An installed CLI may lie beside an old Node.js; the one that runs this is known to be new enough.
  const node = (await isExecutable(path.join(directory, "node"))) ? [path.dirname(process.execPath)] : [];
  const binaries = path.join(CHECKOUT, "node_modules", ".bin");
  const substitutes = Object.values(plugins).some((source) => source !== "downloaded");
  return {
    pulumi: cli.pulumi,
    pulumiHome: layout.pulumiHome,
    source: cli.source,
    plugins,
    environment: {
      PULUMI_HOME: layout.pulumiHome,
      PATH: [...node, directory, binaries, process.env["PATH"] ?? ""].join(path.delimiter),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      NODE_COMPILE_CACHE: layout.nodeCompileCache,
      PULUMI_OPENCLAW_CHECKOUT: CHECKOUT,
      // Where the published ones cannot be had, trying again only costs time.
      ...(substitutes ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } : {}),
    },
  };
}

/** One line for people: what is used and where it came from. */
export function describe({ source, pulumi, plugins }: Toolchain): string {
  const list = Object.entries(plugins).map(([name, from]) => `${name} (${from})`);
  return `Pulumi CLI: ${pulumi} (${source})${list.length === 0 ? "" : `; plugins: ${list.join(", ")}`}`;
}

/** `node toolchain/main.ts [--plugin <name>]…`: puts everything in place; all plugins if none is named. */
async function main(): Promise<void> {
  const fault = nodeFault(process.versions.node);
  if (fault !== undefined) throw new ToolchainError(fault);
  const { values } = parseArgs({ options: { plugin: { type: "string", multiple: true } } });
  const names = values.plugin ?? PLUGIN_NAMES;
  const plugins = names.map((given) => {
    const name = PLUGIN_NAMES.find((known) => known === given);
    if (name !== undefined) return name;
    throw new ToolchainError(`no such plugin: "${given}"; there are ${PLUGIN_NAMES.join(", ")}`);
  });
  const report: Report = (line) => {
    console.error(line);
  };
  console.log(describe(await ensureToolchain({ plugins, report })));
}

// import.meta.main is younger than the oldest Node.js that this runs on.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  main().catch((error: unknown) => {
    console.error(error instanceof ToolchainError ? error.message : error);
    process.exitCode = 1;
  });
}
