import { homedir } from "node:os";
import path from "node:path";
import type { PluginName } from "./versions.ts";

/** Where everything lies: all below one directory, never in the user's own ~/.pulumi. */
export interface Layout {
  /** the directory of all this */
  readonly cache: string;
  /** what PULUMI_HOME is set to */
  readonly pulumiHome: string;
  /** finished builds, one directory per key */
  readonly builds: string;
  /** what Go said */
  readonly logs: string;
  /** unfinished work; only the holder of the lock uses it, so whatever the next holder finds there is dead */
  readonly work: string;
  /** the lock of everything that writes here */
  readonly lock: string;
  /** written when a download failed; its age decides when the next is tried */
  readonly downloadFailed: string;
  /** the versions of installed CLIs, so that they need not be asked again */
  readonly installed: string;
  /** Node's compile cache */
  readonly nodeCompileCache: string;
}

/** `$XDG_CACHE_HOME/pulumi-openclaw`, or `~/.cache/pulumi-openclaw`. A relative XDG_CACHE_HOME does not count, as its specification says. */
export function defaultCacheDirectory(environment: NodeJS.ProcessEnv, home: string = homedir()): string {
  const base = environment["XDG_CACHE_HOME"] ?? "";
  return path.join(path.isAbsolute(base) ? base : path.join(home, ".cache"), "pulumi-openclaw");
}

/** The layout below a cache directory. */
export function layoutOf(cache: string): Layout {
  return {
    cache,
    pulumiHome: path.join(cache, "pulumi"),
    builds: path.join(cache, "builds"),
    logs: path.join(cache, "logs"),
    work: path.join(cache, "work"),
    lock: path.join(cache, "lock"),
    downloadFailed: path.join(cache, "download-failed"),
    installed: path.join(cache, "installed.json"),
    nodeCompileCache: path.join(cache, "node-compile-cache"),
  };
}

/** Where the npm launcher looks for its CLI: the root of one version, with bin/ below. */
export function cliDirectory(pulumiHome: string, version: string): string {
  return path.join(pulumiHome, "versions", version);
}

/** Where the CLI looks for a plugin. */
export function pluginDirectory(pulumiHome: string, name: PluginName, version: string): string {
  return path.join(pulumiHome, "plugins", `resource-${name}-v${version}`);
}
