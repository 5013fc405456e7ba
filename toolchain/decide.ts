/** Where the CLI came from. */
export type CliSource = "installed" | "downloaded" | "built";

/** Where a plugin came from: published, built from the upstream provider, or written here. */
export type PluginSource = "downloaded" | "bridged" | "stand-in";

/** How long a failed download is remembered, in milliseconds. */
export const DOWNLOAD_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Whether downloads are worth trying.
 *
 * @param failedAt when one last failed, milliseconds since the epoch; undefined if never
 * @param now the same clock
 */
export function mayDownload(failedAt: number | undefined, now: number): boolean {
  return failedAt === undefined || now - failedAt > DOWNLOAD_RETRY_AFTER_MS || failedAt > now;
}

/** What is tried, in this order, until one succeeds. */
export type CliStep = "installed" | "present" | "download" | "build";

/** How to come by the CLI: an installed one first, then what lies in the cache, then the network, then Go. */
export function cliPlan(facts: { installed: boolean; present: boolean; downloads: boolean }): readonly CliStep[] {
  if (facts.installed) return ["installed"];
  if (facts.present) return ["present"];
  return facts.downloads ? ["download", "build"] : ["build"];
}

/** What is tried for a plugin, in this order, until one succeeds; nothing if all is well. */
export type PluginStep = "download" | "substitute";

/**
 * How to come by a plugin. A substitute gives way to the published one as soon as that can be downloaded.
 *
 * @param facts.present what lies in the cache; undefined if nothing does or it is not the current one
 */
export function pluginPlan(facts: { present: PluginSource | undefined; downloads: boolean }): readonly PluginStep[] {
  if (facts.present === "downloaded") return [];
  if (facts.present !== undefined) return facts.downloads ? ["download"] : [];
  return facts.downloads ? ["download", "substitute"] : ["substitute"];
}
