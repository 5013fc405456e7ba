/** ECS's tags of what moto does not know: services and tasks. */
import type { Tag } from "@aws-sdk/client-ecs";
import { AwsError, type Handlers, type Operation } from "../front/handler.ts";
import { request, type Ecs } from "./requests.ts";

interface Tagged {
  readonly resourceArn: string;
  readonly tags?: readonly Tag[];
  readonly tagKeys?: readonly string[];
}

const isOurs = (operation: Operation): boolean => /:(service|task)\//.test(request<Tagged>(operation).resourceArn);

function tagsOf(ecs: Ecs, operation: Operation): Map<string, string> {
  const { resourceArn } = request<Tagged>(operation);
  const found = ecs.loop.services.get(resourceArn) ?? ecs.loop.tasks.get(resourceArn);
  if (found === undefined)
    throw new AwsError("ResourceNotFoundException", "The specified resource could not be found.");
  return found.tags as Map<string, string>; // made as one
}

/** See the file's comment. */
export const tagHandlers = (ecs: Ecs): Handlers => ({
  "ecs.ListTagsForResource": (operation, forward) =>
    isOurs(operation)
      ? Promise.resolve({ tags: [...tagsOf(ecs, operation)].map(([key, value]) => ({ key, value })) })
      : forward(),
  "ecs.TagResource": (operation, forward) => {
    if (!isOurs(operation)) return forward();
    for (const { key = "", value = "" } of request<Tagged>(operation).tags ?? [])
      tagsOf(ecs, operation).set(key, value);
    return Promise.resolve({});
  },
  "ecs.UntagResource": (operation, forward) => {
    if (!isOurs(operation)) return forward();
    for (const key of request<Tagged>(operation).tagKeys ?? []) tagsOf(ecs, operation).delete(key);
    return Promise.resolve({});
  },
});
