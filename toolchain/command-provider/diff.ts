import type { Change } from "../provider/diff-response.ts";
import { assetHash, isAssetOrArchive } from "./assets.ts";
import { isList, isMap, Secret, Unknown, type PropertyMap, type PropertyValue } from "../provider/properties.ts";

/** Compares a resource's recorded inputs with its new ones; an empty list means that there is nothing to do. */
export function changesBetween(olds: PropertyMap, news: PropertyMap): readonly Change[] {
  const roots = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
  return roots.flatMap((root) =>
    changes(olds[root], news[root], childPath("", root)).map((change) => ({ ...change, root })),
  );
}

/** Takes the recorded value of every input that `ignoreChanges` names; a path inside an input was applied by the engine. */
export function ignoring(news: PropertyMap, olds: PropertyMap, ignored: readonly string[]): PropertyMap {
  const kept = Object.entries(news).filter(([key]) => !ignored.includes(key));
  const recorded = Object.entries(olds).filter(([key]) => ignored.includes(key));
  return Object.fromEntries([...kept, ...recorded]);
}

type PathChange = Omit<Change, "root">;

function changes(old: PropertyValue | undefined, now: PropertyValue | undefined, path: string): PathChange[] {
  if (old === undefined) return now === undefined ? [] : [{ path, kind: "add" }];
  if (now === undefined) return [{ path, kind: "delete" }];
  if (old instanceof Secret && now instanceof Secret) return changes(old.value, now.value, path);
  if (isList(old) && isList(now)) return listChanges(old, now, path);
  if (isMap(old) && isMap(now) && !isAssetOrArchive(old) && !isAssetOrArchive(now)) return mapChanges(old, now, path);
  return sameLeaf(old, now) ? [] : [{ path, kind: "update" }];
}

function listChanges(old: readonly PropertyValue[], now: readonly PropertyValue[], path: string): PathChange[] {
  const length = Math.max(old.length, now.length);
  return Array.from({ length }).flatMap((_, index) => changes(old[index], now[index], `${path}[${index}]`));
}

function mapChanges(old: PropertyMap, now: PropertyMap, path: string): PathChange[] {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  return keys.flatMap((key) => changes(old[key], now[key], childPath(path, key)));
}

/** A value that became secret differs from the plain one, or it would stay readable in the state. */
function sameLeaf(old: PropertyValue, now: PropertyValue): boolean {
  if (old instanceof Unknown || now instanceof Unknown) return false;
  if (isMap(old) && isMap(now)) return sameAsset(old, now);
  return old === now;
}

/** Assets are the same when their content is, wherever it lies. */
function sameAsset(old: PropertyMap, now: PropertyMap): boolean {
  const [oldHash, newHash] = [assetHash(old), assetHash(now)];
  if (oldHash !== undefined && newHash !== undefined) return oldHash === newHash;
  return JSON.stringify(old) === JSON.stringify(now);
}

function childPath(parent: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${parent}[${JSON.stringify(key)}]`;
  return parent === "" ? key : `${parent}.${key}`;
}
