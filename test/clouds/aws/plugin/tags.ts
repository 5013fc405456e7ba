import type { UpdateContext } from "./resource.ts";
import type { Values } from "./values.ts";

/** Tags as a list, as most services take and give them; none is left out, since AWS refuses an empty list. */
export function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] | undefined {
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return list.length === 0 ? undefined : list;
}

/** `tags` and `tagsAll` as AWS says; its own tags are left out. */
export function tagState(tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined) {
  return tableState(Object.fromEntries((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])));
}

/** The same for services that give tags as an object. */
export function tableState(tags: Readonly<Record<string, string>> | undefined) {
  const own = Object.fromEntries(Object.entries(tags ?? {}).filter(([key]) => !key.startsWith("aws:")));
  return { tags: own, tagsAll: own };
}

/** Brings the tags up to date, the removed ones first. */
export async function updateTags(
  inputs: Values,
  { old, changed }: UpdateContext,
  apply: {
    readonly remove: (keys: string[]) => Promise<unknown>;
    readonly set: (tags: Record<string, string>) => Promise<unknown>;
  },
): Promise<void> {
  if (!changed("tags", "tagsAll")) return;
  const [before, after] = [old.table("tagsAll"), inputs.table("tagsAll")];
  const removed = Object.keys(before).filter((key) => after[key] === undefined);
  const set = Object.entries(after).filter(([key, value]) => before[key] !== value);
  if (removed.length > 0) await apply.remove(removed);
  if (set.length > 0) await apply.set(Object.fromEntries(set));
}
