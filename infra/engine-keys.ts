/** What Pulumi itself reads of any provider's configuration. */
export const engineKeys: readonly string[] = ["version", "pluginDownloadURL"];
