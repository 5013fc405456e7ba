import type { EC2, ResourceType as Ec2ResourceType, Tag, TagSpecification } from "@aws-sdk/client-ec2";
import type { UpdateContext } from "../resource.ts";
import type { Values } from "../values.ts";

/** The tags that a resource is made with. */
export function tagsAtCreation(type: Ec2ResourceType, inputs: Values): { TagSpecifications?: TagSpecification[] } {
  const tags = inputs.table("tagsAll");
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return list.length === 0 ? {} : { TagSpecifications: [{ ResourceType: type, Tags: list }] };
}

/** `tags` and `tagsAll` as AWS says; its own tags are left out. */
export function tagsOf(tags: readonly Tag[] | undefined): {
  tags: Record<string, string>;
  tagsAll: Record<string, string>;
} {
  const entries = (tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value] as const);
  const own = Object.fromEntries(entries.filter(([key]) => !key.startsWith("aws:")));
  return { tags: own, tagsAll: own };
}

/** Brings the tags up to date. */
export async function updateTags(ec2: EC2, id: string, inputs: Values, { old, changed }: UpdateContext): Promise<void> {
  if (!changed("tags", "tagsAll")) return;
  const [before, after] = [old.table("tagsAll"), inputs.table("tagsAll")];
  const removed = Object.keys(before).filter((key) => after[key] === undefined);
  const set = Object.entries(after).filter(([key, value]) => before[key] !== value);
  if (removed.length > 0) await ec2.deleteTags({ Resources: [id], Tags: removed.map((Key) => ({ Key })) });
  if (set.length > 0) await ec2.createTags({ Resources: [id], Tags: set.map(([Key, Value]) => ({ Key, Value })) });
}
