import type { ActionResource } from "./actions.ts";
import { ApiError, notFound } from "./api-error.ts";
import type { Api } from "./http.ts";
import { page, sort } from "./lists.ts";
import type { Project } from "./project.ts";

const sortable = { id: 0, command: 0, status: 0, started: 0, finished: 0 };

/** `GET /actions`, which clients poll, and the actions of each kind of resource. */
export function serveActions(api: Api, { actions }: Project): void {
  const list = (ids: readonly number[], query: URLSearchParams): object => {
    const wanted = query.getAll("status");
    const found = actions.answers(ids).filter(({ status }) => wanted.length === 0 || wanted.includes(status));
    return page("actions", sort(found, query.getAll("sort"), sortable), query, (action) => action);
  };
  const one = (id: number): object => {
    const [action] = actions.answers([id]);
    if (action === undefined) throw notFound("action", id);
    return { action };
  };
  api.serve("GET", "/actions", ({ query }) => {
    const ids = query.getAll("id").map(Number);
    // Removed on 2025-01-30.
    if (ids.length === 0) throw new ApiError("deprecated_api_endpoint", "listing arbitrary actions was removed");
    return list(ids, query);
  });
  api.serve("GET", "/actions/{id}", ({ id }) => one(id));
  const kinds: readonly (readonly [string, ActionResource["type"]])[] = [
    ["servers", "server"],
    ["volumes", "volume"],
    ["firewalls", "firewall"],
    ["primary_ips", "primary_ip"],
    ["networks", "network"],
  ];
  for (const [path, type] of kinds) {
    api.serve("GET", `/${path}/actions/{id}`, ({ id }) => one(id));
    api.serve("GET", `/${path}/{id}/actions`, ({ id, query }) => list(actions.of(type, id), query));
    api.serve("GET", `/${path}/{id}/actions/{action_id}`, ({ actionId }) => one(actionId));
  }
}
