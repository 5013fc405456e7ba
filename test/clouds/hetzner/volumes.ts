import { ApiError, invalidInput } from "./api-error.ts";
import type { Step } from "./actions.ts";
import type { Api } from "./http.ts";
import type { Labels } from "./labels.ts";
import { page, pick } from "./lists.ts";
import type { Project } from "./project.ts";
import type { Server, Volume } from "./records.ts";

interface CreateVolume {
  readonly name: string;
  /** GB */
  readonly size: number;
  readonly location?: string | number;
  readonly server?: number;
  readonly format?: string;
  readonly automount?: boolean;
  readonly labels?: Labels;
}

const wrong = (name: string, message: string) =>
  invalidInput(`invalid input in field '${name}'`, { name, messages: [message] });

/** @throws ApiError if the server may not have it */
export function requireAttachable(volume: Volume, server: Pick<Server, "location">): void {
  if (volume.server !== null) throw new ApiError("volume_already_attached", "volume is already attached to a server");
  if (volume.location !== server.location) throw wrong("server", "server and volume must be in the same location");
}

/** @throws ApiError if volumes cannot be formatted like that; null is a blank one */
function checkFormat(format: string | undefined): Volume["format"] {
  if (format === undefined || format === "ext4" || format === "xfs") return format ?? null;
  throw wrong("format", "format must be ext4 or xfs");
}

/** Block storage that outlives servers. */
export function serveVolumes(api: Api, project: Project): void {
  const { volumes, servers, actions, park } = project;
  const answer = ({ deleteProtected, ...volume }: Volume): object => ({
    ...{ ...volume, linux_device: `/dev/disk/by-id/scsi-0HC_Volume_${volume.id}` },
    protection: { delete: deleteProtected },
  });
  const on = (volume: Volume) => (volume.server === null ? [] : [{ type: "server", id: volume.server } as const]);
  const act = (command: string, volume: Volume, effect: Step["effect"] = () => undefined, server?: Server): object => {
    actions.requireUnlocked("volume", volume.id);
    const before = server === undefined ? on(volume) : [{ type: "server", id: server.id } as const];
    for (const { id } of before) actions.requireUnlocked("server", id);
    const [action] = actions.start({ command, resources: [{ type: "volume", id: volume.id }, ...before], effect });
    return { action };
  };
  const attach = (volume: Volume, server: Server) => async (): Promise<void> => {
    volume.server = server.id;
    if (server.booted) await park.attach(volume.id, server.id);
  };

  api.serve("GET", "/volumes", ({ query }) => {
    const wanted = query.getAll("status");
    const found = pick(volumes.values(), query).filter(({ status }) => wanted.length === 0 || wanted.includes(status));
    return page("volumes", found, query, answer);
  });
  api.serve("GET", "/volumes/{id}", ({ id }) => ({ volume: answer(volumes.require(id)) }));
  api.serve<CreateVolume>("POST", "/volumes", ({ body }) => {
    const { name, size } = body;
    volumes.requireFree(name);
    if (!/^[A-Za-z0-9](?:[\w.-]{0,62}[A-Za-z0-9])?$/u.test(name)) throw wrong("name", "invalid name");
    if (size < 10 || size > 10_240) throw wrong("size", "size must be between 10 and 10240");
    const format = checkFormat(body.format);
    if ((body.server === undefined) === (body.location === undefined)) {
      throw wrong("location", "either location or server is required");
    }
    const server = body.server === undefined ? undefined : servers.requireNamed(body.server, "server");
    if (server !== undefined) actions.requireUnlocked("server", server.id);
    if (body.automount === true && server === undefined) throw wrong("automount", "a server is required");
    const location = server?.location ?? project.location(body.location ?? "");
    const state = { size, format, location, status: "creating" as const, server: null, deleteProtected: false };
    const volume: Volume = { ...project.fresh(name, body.labels), ...state };
    volumes.set(volume.id, volume);
    const resource = { type: "volume", id: volume.id } as const;
    const onServer = server === undefined ? [] : [{ type: "server", id: server.id } as const];
    const create: Step = {
      ...{ command: "create_volume", resources: [resource, ...onServer] },
      effect: async () => {
        await park.createVolume(volume.id, size, format ?? undefined);
        volume.status = "available";
      },
    };
    const next: readonly Step[] =
      server === undefined
        ? []
        : [{ command: "attach_volume", resources: [resource, ...onServer], effect: attach(volume, server) }];
    const [action, ...nextActions] = actions.start(create, ...next);
    return { volume: answer(volume), action, next_actions: nextActions };
  });
  api.serve<{ name?: string; labels?: Labels }>("PUT", "/volumes/{id}", ({ id, body }) => ({
    volume: answer(volumes.rename(id, body)),
  }));
  api.serve("DELETE", "/volumes/{id}", async ({ id }) => {
    const volume = volumes.require(id);
    if (volume.deleteProtected) throw new ApiError("protected", "volume deletion is protected");
    if (volume.server !== null) {
      throw new ApiError("service_error", `volume with ID '${id}' is still attached to a server`);
    }
    actions.requireUnlocked("volume", id);
    volumes.delete(id);
    await park.destroyVolume(id);
    return undefined;
  });
  api.serve<{ server: number }>("POST", "/volumes/{id}/actions/attach", ({ id, body }) => {
    const [volume, server] = [volumes.require(id), servers.requireNamed(body.server, "server")];
    requireAttachable(volume, server);
    return act("attach_volume", volume, attach(volume, server), server);
  });
  api.serve("POST", "/volumes/{id}/actions/detach", ({ id }) => {
    const volume = volumes.require(id);
    const { server } = volume;
    if (server === null) throw new ApiError("service_error", "volume is not attached to a server");
    return act("detach_volume", volume, async () => {
      if (servers.get(server)?.booted === true) await park.detach(id, server);
      volume.server = null;
    });
  });
  api.serve<{ size: number }>("POST", "/volumes/{id}/actions/resize", ({ id, body }) => {
    const volume = volumes.require(id);
    if (body.size <= volume.size || body.size > 10_240) throw wrong("size", `size must be larger than ${volume.size}`);
    return act("resize_volume", volume, async () => {
      await park.grow(id, body.size);
      volume.size = body.size;
    });
  });
  api.serve<{ delete?: boolean }>("POST", "/volumes/{id}/actions/change_protection", ({ id, body }) => {
    const volume = volumes.require(id);
    return act("change_protection", volume, () => {
      volume.deleteProtected = body.delete ?? volume.deleteProtected;
    });
  });
}
