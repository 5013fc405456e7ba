/** What is sold at Hetzner Cloud, and what of this stack exists there. */
import { z } from "zod";
import { HetznerError, type HetznerApi } from "./api.ts";
import { deployKeyName, stackLabel, type HetznerNames } from "./names.ts";
import { lookAtNetwork, type FoundNetwork } from "./private-network.ts";
import type { Wanted } from "./wanted.ts";

const deprecation = z.object({ unavailable_after: z.string() }).nullish();

const serverType = z.object({
  name: z.string(),
  /** `x86` or `arm`. */
  architecture: z.string(),
  cores: z.number(),
  /** GB. */
  memory: z.number(),
  /** GB. */
  disk: z.number(),
  locations: z.array(z.object({ name: z.string(), deprecation, available: z.boolean().optional() })).default([]),
});

const server = z.object({
  id: z.number(),
  name: z.string(),
  status: z.string(),
  server_type: z.object({ name: z.string(), architecture: z.string() }),
  /** GB. */
  primary_disk_size: z.number(),
  labels: z.record(z.string(), z.string()),
  /** Ids of what is attached to it. */
  volumes: z.array(z.number()).default([]),
});

const volume = z.object({
  id: z.number(),
  name: z.string(),
  /** GB. */
  size: z.number(),
  location: z.object({ name: z.string() }),
  /** Id of the server that it is attached to. */
  server: z.number().nullable(),
  labels: z.record(z.string(), z.string()),
});

const image = z.object({ name: z.string().nullable(), architecture: z.string(), deprecated: z.string().nullish() });

/** A server type of Hetzner Cloud. */
export type ServerType = z.output<typeof serverType>;
/** A server that exists. */
export type Server = z.output<typeof server>;
/** A volume that exists. */
export type Volume = z.output<typeof volume>;
/** A system image. */
export type Image = z.output<typeof image>;

/** What the API knows before anything is changed. */
export interface Found {
  readonly serverTypes: readonly ServerType[];
  /** Images with the wanted name, one an architecture. */
  readonly images: readonly Image[];
  /** The server with the stack's name. */
  readonly server: Server | undefined;
  /** The stack is deployed, or was left half-way: its deploy key is there, which goes last when it is destroyed. */
  readonly isDeployed: boolean;
  /** The stack's own volume, whatever somebody calls it now. */
  readonly volume: Volume | undefined;
  /** The volume to adopt; undefined when none is wanted, or there is none with this id. */
  readonly adopted: Volume | undefined;
  /**
   * Server name of another stack that has the volume to adopt, and is not destroyed: its deploy key is there. @default -
   * there is none
   */
  readonly adoptedOwner?: string | undefined;
  /** The private network to join; undefined when none is wanted. */
  readonly network: FoundNetwork | undefined;
}

/**
 * Seven requests at once, two more for a private network, one more where the stack's volume has neither name nor label of
 * its own any more, and one where the volume to adopt has another stack's; 50 server types at most (Hetzner has half of that).
 *
 * @throws HetznerError
 */
export async function look(
  api: HetznerApi,
  names: HetznerNames,
  wanted: Pick<Wanted, "image" | "region" | "adopt" | "networkId">,
): Promise<Found> {
  const name = (text: string): string => encodeURIComponent(text);
  const list = z.object({ volumes: z.array(volume) });
  const [types, images, servers, isDeployed, named, labelled, adopted, network] = await Promise.all([
    api.get("/server_types?per_page=50", z.object({ server_types: z.array(serverType) })),
    api.get(
      `/images?type=system&include_deprecated=true&name=${name(wanted.image)}`,
      z.object({ images: z.array(image) }),
    ),
    api.get(`/servers?name=${name(names.server)}`, z.object({ servers: z.array(server) })),
    hasKey(api, names.deployKey),
    api.get(`/volumes?name=${name(names.volume)}`, list),
    api.get(`/volumes?label_selector=${name(`${stackLabel}==${names.server}`)}`, list),
    wanted.adopt === undefined ? undefined : volumeWithId(api, wanted.adopt),
    wanted.networkId === undefined ? undefined : lookAtNetwork(api, wanted.networkId, wanted.region),
  ]);
  const [existing] = servers.servers;
  return {
    serverTypes: types.server_types,
    images: images.images,
    server: existing,
    isDeployed,
    volume: await ownVolume(api, names, existing, [...named.volumes, ...labelled.volumes]),
    adopted,
    adoptedOwner: await otherOwner(api, names, adopted),
    network,
  };
}

async function hasKey(api: HetznerApi, name: string): Promise<boolean> {
  const list = z.object({ ssh_keys: z.array(z.object({ id: z.number() })) });
  return (await api.get(`/ssh_keys?name=${encodeURIComponent(name)}`, list)).ssh_keys.length > 0;
}

async function otherOwner(
  api: HetznerApi,
  names: HetznerNames,
  adopted: Volume | undefined,
): Promise<string | undefined> {
  const owner = adopted?.labels[stackLabel];
  if (owner === undefined || owner === names.server) return undefined;
  return (await hasKey(api, deployKeyName(owner))) ? owner : undefined;
}

/** The one that is attached to the stack's server, else the one with the stack's name, else one with its label. */
async function ownVolume(
  api: HetznerApi,
  names: HetznerNames,
  server: Server | undefined,
  candidates: readonly Volume[],
): Promise<Volume | undefined> {
  const own = server?.labels[stackLabel] === names.server ? server : undefined;
  const attached = candidates.find((each) => own !== undefined && each.server === own.id);
  const [only, ...others] = own?.volumes ?? [];
  if (attached !== undefined || candidates.length > 0 || only === undefined || others.length > 0) {
    return attached ?? candidates[0];
  }
  return volumeWithId(api, only);
}

/** @returns undefined when there is none @throws HetznerError */
export async function volumeWithId(api: HetznerApi, id: number): Promise<Volume | undefined> {
  try {
    return (await api.get(`/volumes/${String(id)}`, z.object({ volume }))).volume;
  } catch (error) {
    if (error instanceof HetznerError && error.status === 404) return undefined;
    throw error;
  }
}

/** The server's status now: `running`, `off`, … @throws HetznerError */
export async function serverStatus(api: HetznerApi, id: number): Promise<string> {
  const answer = await api.get(`/servers/${String(id)}`, z.object({ server }));
  return answer.server.status;
}
