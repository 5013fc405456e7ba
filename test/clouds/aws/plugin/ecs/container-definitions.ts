import type { ContainerDefinition, KeyValuePair, PortMapping } from "@aws-sdk/client-ecs";
import type { PropertyMap, PropertyValue } from "../../../../../toolchain/provider/properties.ts";
import { parsed, sorted } from "../policy-json.ts";

/**
 * Reads the definitions as they are handed to AWS.
 *
 * @throws Error when the text is no list of containers
 */
export function containerDefinitions(text: string): ContainerDefinition[] {
  const json = parsed(text);
  if (!Array.isArray(json)) {
    throw new Error("ECS Task Definition container_definitions is invalid: it must be a JSON list of containers");
  }
  if (json.some((item) => item === null || typeof item !== "object")) {
    throw new Error("ECS Task Definition container_definitions is invalid: an entry is no container");
  }
  return json as ContainerDefinition[]; // AWS and its SDK check the members
}

/**
 * Whether two texts define the same containers: what AWS fills in, orders otherwise or leaves out makes no difference.
 * Source: internal/service/ecs/task_definition_equivalency.go.
 */
export function sameContainers(old: PropertyValue, now: PropertyValue, news: PropertyMap): boolean {
  if (typeof old !== "string" || typeof now !== "string") return false;
  if (!Array.isArray(parsed(old)) || !Array.isArray(parsed(now))) return old === now;
  const awsvpc = news["networkMode"] === "awsvpc";
  return normal(old, awsvpc) === normal(now, awsvpc);
}

function normal(text: string, awsvpc: boolean): string {
  const containers = containerDefinitions(text)
    .map((container) => ({
      ...container,
      cpu: container.cpu ?? 0,
      essential: container.essential ?? true,
      portMappings: container.portMappings?.map((mapping) => portMapping(mapping, awsvpc)),
      environment: byName(container.environment),
      secrets: byName(container.secrets),
    }))
    .sort(({ name: one = "" }, { name: other = "" }) => (one < other ? -1 : 1));
  return JSON.stringify(sorted(withoutEmpty(JSON.parse(JSON.stringify(containers)) as Json)));
}

function portMapping(mapping: PortMapping, awsvpc: boolean): PortMapping {
  const { protocol = "tcp", containerPort, hostPort = 0, ...others } = mapping;
  const host = awsvpc && hostPort === 0 ? containerPort : hostPort;
  return { ...others, protocol, containerPort, hostPort: host };
}

function byName<T extends KeyValuePair>(items: readonly T[] | undefined): T[] | undefined {
  return items?.toSorted(({ name: one = "" }, { name: other = "" }) => (one < other ? -1 : 1));
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function withoutEmpty(json: Json): Json {
  if (Array.isArray(json)) return json.map(withoutEmpty);
  if (json === null || typeof json !== "object") return json;
  const kept = Object.entries(json).filter(([, value]) => {
    if (value === null) return false;
    return typeof value !== "object" || Object.keys(value).length > 0;
  });
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutEmpty(value)]));
}
