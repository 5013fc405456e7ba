import type { PlannedChange } from "../../../../toolchain/provider/diff-response.ts";
import {
  isList,
  isMap,
  reveal,
  Unknown,
  type PropertyMap,
  type PropertyValue,
} from "../../../../toolchain/provider/properties.ts";
import type { Property, Schema } from "./schema.ts";

type Found = Omit<PlannedChange, "root">;

/**
 * Compares a resource's recorded state with the inputs that are wanted, as upstream plans: what the program leaves out and AWS
 * sets stays as it is; unset and zero are the same (Terraform's plugin SDK 2 does not tell them apart).
 */
export function changesBetween(schema: Schema, state: PropertyMap, inputs: PropertyMap): readonly PlannedChange[] {
  return Object.entries(schema).flatMap(([root, property]) =>
    changes(property, state[root], inputs[root], root, inputs).map((change) => ({ ...change, root })),
  );
}

function changes(
  property: Property,
  recorded: PropertyValue | undefined,
  wanted: PropertyValue | undefined,
  path: string,
  news: PropertyMap,
): Found[] {
  if (property.output === true) return [];
  const [old, now] = [reveal(recorded), reveal(wanted)];
  const replaces = property.forceNew === true;
  if (now instanceof Unknown) return [{ path, kind: old === undefined ? "add" : "update", replaces }];
  if (isUnset(now) && (property.computed === true || isUnset(old))) return [];
  if (isUnset(now)) {
    const suppressed = old !== undefined && property.same?.(old, now ?? "", news) === true;
    return suppressed ? [] : [{ path, kind: "delete", replaces }];
  }
  if (old === undefined || now === undefined) {
    const suppressed = now !== undefined && property.same?.(old ?? "", now, news) === true;
    return suppressed ? [] : [{ path, kind: "add", replaces }];
  }
  if (property.same?.(old, now, news) === true) return [];
  const found = ((): Found[] => {
    switch (property.kind) {
      case "block":
        return blockChanges(property.of ?? {}, old, now, path);
      case "blocks":
        return listChanges(old, now, path, (before, after, at) => blockChanges(property.of ?? {}, before, after, at));
      case "blockSet":
        return setChanges(
          old,
          now,
          path,
          (before, after) => blockChanges(property.of ?? {}, before, after, "").length === 0,
        );
      case "textSet":
        return setChanges(old, now, path, (before, after) => before === after);
      case "texts":
        return listChanges(old, now, path, leafChanges);
      case "table":
        return tableChanges(old, now, path);
      case "text":
      case "flag":
      case "number":
        return leafChanges(old, now, path);
    }
  })();
  return replaces ? found.map((change) => ({ ...change, replaces })) : found;
}

function blockChanges(of: Schema, old: PropertyValue, now: PropertyValue, path: string): Found[] {
  if (!isMap(old) || !isMap(now)) return leafChanges(old, now, path);
  return Object.entries(of).flatMap(([name, property]) =>
    changes(property, old[name], now[name], path === "" ? name : `${path}.${name}`, now),
  );
}

function listChanges(
  old: PropertyValue,
  now: PropertyValue,
  path: string,
  compare: (old: PropertyValue, now: PropertyValue, path: string) => Found[],
): Found[] {
  const [before, after] = [listOf(old), listOf(now)];
  return Array.from({ length: Math.max(before.length, after.length) }, (_, index) => index).flatMap((index) => {
    const at = `${path}[${index}]`;
    const [from, to] = [before[index], after[index]];
    if (from === undefined) return [{ path: at, kind: "add" as const, replaces: false }];
    if (to === undefined) return [{ path: at, kind: "delete" as const, replaces: false }];
    return compare(from, to, at);
  });
}

/** What is only in one of two sets; an unknown member may be any. */
function setChanges(
  old: PropertyValue,
  now: PropertyValue,
  path: string,
  same: (old: PropertyValue, now: PropertyValue) => boolean,
): Found[] {
  const [before, after] = [listOf(old), listOf(now)];
  const isIn = (items: readonly PropertyValue[], wanted: (item: PropertyValue) => boolean) => items.some(wanted);
  const added = after.flatMap((item, index) => (isIn(before, (other) => same(other, item)) ? [] : [index]));
  const removed = before.flatMap((item, index) => (isIn(after, (other) => same(item, other)) ? [] : [index]));
  const change = (index: number, kind: "add" | "delete" | "update"): Found => ({
    ...{ path: `${path}[${index}]`, kind, replaces: false },
  });
  const updated = added.filter((index) => removed.includes(index));
  return [
    ...updated.map((index) => change(index, "update")),
    ...added.filter((index) => !updated.includes(index)).map((index) => change(index, "add")),
    ...removed.filter((index) => !updated.includes(index)).map((index) => change(index, "delete")),
  ];
}

function tableChanges(old: PropertyValue, now: PropertyValue, path: string): Found[] {
  if (!isMap(old) || !isMap(now)) return leafChanges(old, now, path);
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  return keys.flatMap((key): Found[] => {
    const at = /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
    const [from, to] = [reveal(old[key]), reveal(now[key])];
    if (from === undefined) return [{ path: at, kind: "add", replaces: false }];
    if (to === undefined) return [{ path: at, kind: "delete", replaces: false }];
    return leafChanges(from, to, at);
  });
}

function leafChanges(old: PropertyValue, now: PropertyValue, path: string): Found[] {
  const [from, to] = [reveal(old), reveal(now)];
  return from === to && !(to instanceof Unknown) ? [] : [{ path, kind: "update", replaces: false }];
}

function listOf(value: PropertyValue): readonly PropertyValue[] {
  return isList(value) ? value.flatMap((item) => reveal(item) ?? []) : [];
}

/** Absent, or what Terraform's plugin SDK 2 takes for it. */
export function isUnset(value: PropertyValue | undefined): boolean {
  if (value === undefined || value === null || value === "" || value === false || value === 0) return true;
  return isList(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0;
}
