/** What speaks against a configuration once Hetzner Cloud was asked, before anything is created. Pure. */
import type { Found, ServerType, Volume } from "./found.ts";
import { rebuildLabel, stackLabel, type HetznerNames } from "./names.ts";

/** What the configuration wants of Hetzner Cloud. */
export interface Wanted {
  readonly names: HetznerNames;
  readonly size: string;
  readonly region: string;
  readonly image: string;
  readonly rebuild: number;
  /** GB. @default that of the volume that exists, else 10 */
  readonly sizeGb?: number | undefined;
  /** Id of a volume that exists. @default - a new one */
  readonly adopt?: number | undefined;
  readonly memoryMiB: number;
  readonly cpus?: number | undefined;
}

/** One thing that speaks against it, about one key under `openclaw:`. */
export interface HetznerObjection {
  readonly path: readonly string[];
  readonly got: string;
  /** Completes the sentence "allowed: …". */
  readonly allowed: string;
  /** A value to set the key to; undefined when it is to be removed. */
  readonly value: string | undefined;
}

/** What the host needs for itself beside the container. */
const hostMemoryMiB = 768;

const size = ["host", "size"];
const region = ["host", "region"];
const adopt = ["data", "adopt"];

/** The stack's own server, when it stays: one with its name alone may be somebody else's. */
const stayingServer = ({ server }: Found, { names, rebuild }: Wanted): Found["server"] =>
  server?.labels[stackLabel] === names.server && server.labels[rebuildLabel] === String(rebuild) ? server : undefined;

/** Why a type cannot be ordered in a location; undefined when it can. */
function unavailable(type: ServerType, location: string, now: Date): string | undefined {
  const offer = type.locations.find(({ name }) => name === location);
  if (offer === undefined) return `is not sold in ${location}`;
  const until = offer.deprecation?.unavailable_after;
  if (until !== undefined && new Date(until) <= now) return `is not sold in ${location} any more`;
  return offer.available === false ? `is sold out in ${location} now` : undefined;
}

/** Types that would do, smallest first. */
const alternatives = ({ serverTypes }: Found, wanted: Wanted, architecture: string | undefined, now: Date): string[] =>
  serverTypes
    .filter((type) => unavailable(type, wanted.region, now) === undefined)
    .filter((type) => type.memory * 1024 >= wanted.memoryMiB + hostMemoryMiB)
    .filter((type) => architecture === undefined || type.architecture === architecture)
    .toSorted((a, b) => a.memory - b.memory || a.cores - b.cores || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);

function sizeObjections(found: Found, wanted: Wanted, now: Date): HetznerObjection[] {
  const staying = stayingServer(found, wanted);
  const type = found.serverTypes.find(({ name }) => name === wanted.size);
  const others = alternatives(found, wanted, staying?.server_type.architecture ?? type?.architecture, now);
  const here =
    others.length === 0 ? "another region" : `what ${wanted.region} has now: ${others.slice(0, 6).join(", ")}`;
  const object = (got: string, allowed = here, value = others[0] ?? "cx23"): HetznerObjection[] => [
    { path: size, got, allowed, value },
  ];
  if (type === undefined) return object(`"${wanted.size}", which Hetzner Cloud does not have`);
  if (type.memory * 1024 < wanted.memoryMiB + hostMemoryMiB) {
    return object(
      `"${type.name}" with ${String(type.memory)} GB for a container of ${String(wanted.memoryMiB)} MiB and the host's own ${String(hostMemoryMiB)} MiB`,
    );
  }
  if (wanted.cpus !== undefined && wanted.cpus > type.cores) {
    const path = ["gateway", "cpus"];
    return [
      {
        path,
        got: String(wanted.cpus),
        allowed: `at most ${String(type.cores)}: a ${type.name} has no more`,
        value: String(type.cores),
      },
    ];
  }
  // What runs goes on, whatever is sold now.
  if (staying?.server_type.name === type.name) return [];
  if (staying !== undefined && staying.server_type.architecture !== type.architecture) {
    return object(
      `"${type.name}" (${type.architecture}) for a server that is ${staying.server_type.name} (${staying.server_type.architecture})`,
      `types of ${staying.server_type.architecture}; the other architecture needs a new server: raise openclaw:host.rebuild to ${String(wanted.rebuild + 1)} too`,
      staying.server_type.name,
    );
  }
  if (staying !== undefined && type.disk < staying.primary_disk_size) {
    return object(
      `"${type.name}" with a disk of ${String(type.disk)} GB for a server whose disk has ${String(staying.primary_disk_size)} GB`,
      `types with ${String(staying.primary_disk_size)} GB or more: disks do not shrink; a new server may be smaller: raise openclaw:host.rebuild to ${String(wanted.rebuild + 1)} too`,
      staying.server_type.name,
    );
  }
  const reason = unavailable(type, wanted.region, now);
  return reason === undefined ? [] : object(`"${type.name}", which ${reason}`);
}

function imageObjections(found: Found, wanted: Wanted): HetznerObjection[] {
  const type = found.serverTypes.find(({ name }) => name === wanted.size);
  if (type === undefined || stayingServer(found, wanted) !== undefined) return [];
  const path = ["host", "image"];
  const image = found.images.find(({ architecture }) => architecture === type.architecture);
  const object = (reason: string): HetznerObjection[] => [
    {
      path,
      got: `"${wanted.image}", which ${reason}`,
      allowed: "an image that Hetzner Cloud offers, such as debian-13",
      value: "debian-13",
    },
  ];
  if (image === undefined) return object(`Hetzner Cloud does not have for ${type.architecture}`);
  return typeof image.deprecated === "string" ? object("is deprecated there") : [];
}

const elsewhere = (volume: Volume, wanted: Wanted): HetznerObjection[] =>
  volume.location.name === wanted.region
    ? []
    : [
        {
          path: region,
          got: `"${wanted.region}" for a server of the data volume ${volume.name} (${String(volume.id)}), which is in ${volume.location.name}`,
          allowed: `${volume.location.name}: a server is where its data is, and a volume does not move`,
          value: volume.location.name,
        },
      ];

function dataObjections(found: Found, wanted: Wanted): HetznerObjection[] {
  const { server, volume: named, adopted } = found;
  const own = server?.labels[stackLabel] === wanted.names.server ? server : undefined;
  if (wanted.adopt !== undefined) {
    if (adopted === undefined) {
      return [
        {
          path: adopt,
          got: String(wanted.adopt),
          allowed: "the id of a volume in the project of the API token",
          value: undefined,
        },
      ];
    }
    if (adopted.server !== null && adopted.server !== own?.id) {
      const got = `${String(adopted.id)}, which is attached to the server ${String(adopted.server)}`;
      return [
        {
          path: adopt,
          got,
          allowed: "a volume that no other server uses: destroy its stack, or detach it there",
          value: undefined,
        },
      ];
    }
    if (named !== undefined && named.id !== adopted.id && own !== undefined && named.server === own.id) {
      const got = `${String(adopted.id)} for a stack that has its data on ${named.name} (${String(named.id)})`;
      return [{ path: adopt, got, allowed: "nothing here: a new stack adopts", value: undefined }];
    }
  }
  const volume = wanted.adopt === undefined ? named : adopted;
  if (volume === undefined) return [];
  if (wanted.adopt === undefined && !found.isDeployed) {
    const got = `nothing, and there is a volume ${volume.name} (${String(volume.id)}, ${String(volume.size)} GB in ${volume.location.name}) already: an earlier stack's, whose state was kept`;
    const allowed = "its id: this stack then goes on with that state; or another name for the stack";
    return [{ path: adopt, got, allowed, value: String(volume.id) }, ...elsewhere(volume, wanted)];
  }
  const shrinks: HetznerObjection[] =
    wanted.sizeGb === undefined || wanted.sizeGb >= volume.size
      ? []
      : [
          {
            path: ["data", "sizeGb"],
            got: String(wanted.sizeGb),
            allowed: `${String(volume.size)} or more: that is the size of ${volume.name} (${String(volume.id)}), and volumes only grow`,
            value: String(volume.size),
          },
        ];
  return [...elsewhere(volume, wanted), ...shrinks];
}

/** Everything that speaks against the configuration. */
export const hetznerObjections = (found: Found, wanted: Wanted, now: Date): HetznerObjection[] => [
  ...sizeObjections(found, wanted, now),
  ...imageObjections(found, wanted),
  ...dataObjections(found, wanted),
];

/** What will speak against it one day: the type's end is announced where the server is. */
export function hetznerWarnings(found: Found, wanted: Wanted, now: Date): string[] {
  const type = found.serverTypes.find(({ name }) => name === wanted.size);
  const until = type?.locations.find(({ name }) => name === wanted.region)?.deprecation?.unavailable_after;
  if (until === undefined || new Date(until) <= now) return [];
  return [
    `the server type ${wanted.size} is sold in ${wanted.region} until ${until}: a server that is replaced later needs another openclaw:host.size`,
  ];
}
