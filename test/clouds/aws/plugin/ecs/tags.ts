import type { ECS, Tag } from "@aws-sdk/client-ecs";
import type { UpdateContext } from "../resource.ts";
import { tableState, updateTags } from "../tags.ts";
import type { Values } from "../values.ts";

/** ECS writes its members with small letters. */
export function ecsTags(tags: Readonly<Record<string, string>>): Tag[] | undefined {
  const list = Object.entries(tags).map(([key, value]) => ({ key, value }));
  return list.length === 0 ? undefined : list;
}

export function ecsTagState(tags: readonly Tag[] | undefined) {
  return tableState(Object.fromEntries((tags ?? []).map(({ key = "", value = "" }) => [key, value])));
}

export async function updateEcsTags(ecs: ECS, resourceArn: string, inputs: Values, context: UpdateContext) {
  await updateTags(inputs, context, {
    remove: (tagKeys) => ecs.untagResource({ resourceArn, tagKeys }),
    set: (set) => ecs.tagResource({ resourceArn, tags: ecsTags(set) }),
  });
}
