import type { Api } from "./http.ts";
import type { Labels } from "./labels.ts";
import { page, pick } from "./lists.ts";
import type { Project } from "./project.ts";
import type { PlacementGroup } from "./records.ts";

/** A placement group as the API answers it. */
export function placementGroupAnswer(group: PlacementGroup, { servers }: Project): object {
  const members = [...servers.values()].filter(({ placementGroup }) => placementGroup === group.id);
  return { ...group, servers: members.map(({ id }) => id) };
}

/** Groups whose servers stand on different hosts. */
export function servePlacementGroups(api: Api, project: Project): void {
  const { placementGroups, servers } = project;
  const answer = (group: PlacementGroup) => placementGroupAnswer(group, project);
  api.serve("GET", "/placement_groups", ({ query }) =>
    page("placement_groups", pick(placementGroups.values(), query), query, answer),
  );
  api.serve("GET", "/placement_groups/{id}", ({ id }) => ({ placement_group: answer(placementGroups.require(id)) }));
  api.serve<{ name: string; type: "spread"; labels?: Labels }>("POST", "/placement_groups", ({ body }) => {
    placementGroups.requireFree(body.name);
    const group = { ...project.fresh(body.name, body.labels), type: body.type };
    placementGroups.set(group.id, group);
    return { placement_group: answer(group), action: null };
  });
  api.serve<{ name?: string; labels?: Labels }>("PUT", "/placement_groups/{id}", ({ id, body }) => ({
    placement_group: answer(placementGroups.rename(id, body)),
  }));
  api.serve("DELETE", "/placement_groups/{id}", ({ id }) => {
    placementGroups.delete(placementGroups.require(id).id);
    for (const server of servers.values()) if (server.placementGroup === id) server.placementGroup = null;
    return undefined;
  });
}
