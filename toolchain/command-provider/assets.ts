import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { signatureKey, type PropertyMap } from "../provider/properties.ts";

const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";

/** A file or a set of files that a program hands to a resource. */
export type AssetKind = "asset" | "archive";

/** What the object is, or undefined for a plain object. */
export function assetKind(value: PropertyMap): AssetKind | undefined {
  if (value[signatureKey] === assetSignature) return "asset";
  return value[signatureKey] === archiveSignature ? "archive" : undefined;
}

/** Whether the object is an asset or an archive rather than a plain object. */
export function isAssetOrArchive(value: PropertyMap): boolean {
  return assetKind(value) !== undefined;
}

/** The path of a FileAsset or a FileArchive; undefined for one made of text, of other assets or of a URL. */
export function assetPath(value: PropertyMap): string | undefined {
  const path = value["path"];
  return typeof path === "string" && path !== "" ? path : undefined;
}

/** The hash of an asset's content, as the engine computed it. */
export function assetHash(value: PropertyMap): string | undefined {
  const hash = value["hash"];
  return typeof hash === "string" && hash !== "" ? hash : undefined;
}

/** Says what is wrong with a source that the published plugin refuses, or nothing. */
export function sourceFault(source: PropertyMap): string | undefined {
  if (assetKind(source) === undefined) return "either asset or archive must be set";
  if (assetPath(source) !== undefined) return undefined;
  return assetKind(source) === "asset"
    ? "asset must be a path to a file (FileAsset)"
    : "archive must be a path to a file or directory (FileArchive)";
}

/** Reads the files below `directory` that the globs select: the `assets` output, by path relative to it. */
export async function collectAssets(directory: string, globs: readonly string[]): Promise<PropertyMap> {
  const selected = selectPaths(await filesBelow(directory), globs);
  const assets = await Promise.all(selected.map((path) => fileAsset(join(directory, path))));
  return Object.fromEntries(selected.map((path, index) => [path, assets[index] ?? null]));
}

/** The same files as one archive: the `archive` output. */
export async function collectArchive(directory: string, globs: readonly string[]): Promise<PropertyMap> {
  const assets = await collectAssets(directory, globs);
  const hash = createHash("sha256").update(JSON.stringify(assets)).digest("hex");
  return { [signatureKey]: archiveSignature, hash, assets, path: "", uri: "" };
}

/** Applies the globs in order; one that starts with `!` takes out what an earlier one put in. */
export function selectPaths(paths: readonly string[], globs: readonly string[]): readonly string[] {
  const rules = globs.map((glob) => ({
    exclude: glob.startsWith("!"),
    pattern: globPattern(glob.replace(/^!/, "")),
  }));
  return paths.filter((path) =>
    rules.reduce((selected, rule) => (rule.pattern.test(path) ? !rule.exclude : selected), false),
  );
}

/**
 * The glob language that the provider documents (github.com/gobwas/glob with the separator `/`): `*` and `?` stop at a
 * separator, `**` does not, `[abc]`, `[!abc]`, `{a,b}` and `\` to escape.
 */
export function globPattern(glob: string): RegExp {
  let depth = 0;
  const openBrace = () => {
    depth += 1;
    return "(?:";
  };
  const closeBrace = () => {
    depth -= 1;
    return ")";
  };
  const source = Array.from(glob.matchAll(/\\(.)|\*\*|\*|\?|\[!?[^\]]*\]|[{},]|[^]/gu), ([token, escaped]) => {
    if (escaped !== undefined) return literal(escaped);
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    if (token.startsWith("[") && token.length > 1) return characterClass(token);
    if (token === "{") return openBrace();
    if (token === "}" && depth > 0) return closeBrace();
    if (token === "," && depth > 0) return "|";
    return literal(token);
  }).join("");
  return new RegExp(`^${source}$`, "su");
}

function characterClass(token: string): string {
  const negated = token.startsWith("[!");
  const members = token.slice(negated ? 2 : 1, -1).replaceAll(/[\\^[]/g, String.raw`\$&`);
  return `[${negated ? "^" : ""}${members}]`;
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}

/** All files below the directory, not following symbolic links, sorted so that outputs never change by themselves. */
async function filesBelow(directory: string, below = ""): Promise<string[]> {
  const entries = await readdir(join(directory, below), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      return entry.isDirectory() ? await filesBelow(directory, path) : [path];
    }),
  );
  return found.flat().sort();
}

async function fileAsset(path: string): Promise<PropertyMap> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return { [signatureKey]: assetSignature, hash: hash.digest("hex"), path, text: "", uri: "" };
}
