import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";

/** The root of this checkout. */
export const CHECKOUT = path.resolve(import.meta.dirname, "..");

/** The plugins that this project can provide where the published ones cannot be downloaded. */
export const PLUGIN_NAMES = ["command", "random", "tls", "hcloud"] as const;

/** A provider plugin of Pulumi, as `pulumi plugin install resource <name>` knows it. */
export type PluginName = (typeof PLUGIN_NAMES)[number];

/** Exact versions, without a leading v. */
export interface Versions {
  /** of the CLI, which is that of the npm launcher */
  readonly pulumi: string;
  /** of each plugin, which must equal that of its npm SDK */
  readonly plugins: Readonly<Record<PluginName, string>>;
}

const exact = z.string().regex(/^\d+\.\d+\.\d+$/u, "must be an exact version");
const packageJson = z.object({
  dependencies: z.object({
    pulumi: exact,
    "@pulumi/command": exact,
    "@pulumi/random": exact,
    "@pulumi/tls": exact,
    "@pulumi/hcloud": exact,
  }),
});

/**
 * The versions that package.json pins: the only source of them.
 *
 * @throws ZodError if one is missing or is a range
 */
export async function readVersions(checkout: string = CHECKOUT): Promise<Versions> {
  const text = await readFile(path.join(checkout, "package.json"), "utf8");
  const { dependencies } = packageJson.parse(JSON.parse(text));
  return {
    pulumi: dependencies.pulumi,
    plugins: {
      command: dependencies["@pulumi/command"],
      random: dependencies["@pulumi/random"],
      tls: dependencies["@pulumi/tls"],
      hcloud: dependencies["@pulumi/hcloud"],
    },
  };
}

/** A parsed version. A prerelease is older than the release of the same numbers. */
export interface Version {
  readonly numbers: readonly [major: number, minor: number, patch: number];
  readonly prerelease: boolean;
}

/** Reads `v3.259.0`, `3.259.0-dev.1+abc`, `go1.26` or `1.26rc1`, also with text after it; undefined for anything else. */
export function parseVersion(text: string): Version | undefined {
  const match = /^(?:v|go)?(\d+)\.(\d+)(?:\.(\d+))?(-|rc|beta)?/u.exec(text.trim());
  if (match === null) return undefined;
  const [, major, minor, patch, suffix] = match;
  return { numbers: [Number(major), Number(minor), Number(patch ?? 0)], prerelease: suffix !== undefined };
}

/** Negative if `a` is older than `b`, 0 if both are the same, positive if it is newer. */
export function compareVersions(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return Number(b.prerelease) - Number(a.prerelease);
}

/** Whether `found` may stand in for `pinned`: not older, and of the same major version. */
export function satisfies(found: string, pinned: string): boolean {
  const [a, b] = [parseVersion(found), parseVersion(pinned)];
  return a !== undefined && b !== undefined && a.numbers[0] === b.numbers[0] && compareVersions(a, b) >= 0;
}
