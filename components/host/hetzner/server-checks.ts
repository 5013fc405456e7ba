/** What speaks against a server of this type and image in this region. Pure. */
import type { Found, ServerType } from "./found.ts";
import { rebuildLabel, stackLabel } from "./names.ts";
import type { HetznerObjection, Wanted } from "./wanted.ts";

/** What the host needs for itself beside the container. */
const hostMemoryMiB = 768;

const size = ["host", "size"];
const region = ["host", "region"];

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

/** Types that would do and stay, smallest first. */
const alternatives = ({ serverTypes }: Found, wanted: Wanted, architecture: string | undefined, now: Date): string[] =>
  serverTypes
    .filter((type) => unavailable(type, wanted.region, now) === undefined)
    .filter(({ locations }) => locations.every(({ name, deprecation }) => name !== wanted.region || !deprecation))
    .filter((type) => type.memory * 1024 >= wanted.memoryMiB + hostMemoryMiB)
    .filter((type) => architecture === undefined || type.architecture === architecture)
    .toSorted((a, b) => a.memory - b.memory || a.cores - b.cores || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);

/** What speaks against `host.size`, or `host.region`. */
export function sizeObjections(found: Found, wanted: Wanted, now: Date): HetznerObjection[] {
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
  const regions = [...new Set(found.serverTypes.flatMap(({ locations }) => locations.map(({ name }) => name)))].sort();
  if (!regions.includes(wanted.region)) {
    const got = `"${wanted.region}", which Hetzner Cloud does not have`;
    return [{ path: region, got, allowed: regions.join(", "), value: regions[0] }];
  }
  const reason = unavailable(type, wanted.region, now);
  return reason === undefined ? [] : object(`"${type.name}", which ${reason}`);
}

/** What speaks against `host.image`. */
export function imageObjections(found: Found, wanted: Wanted): HetznerObjection[] {
  const type = found.serverTypes.find(({ name }) => name === wanted.size);
  if (type === undefined || stayingServer(found, wanted) !== undefined) return [];
  const path = ["host", "image"];
  const image = found.images.find(({ architecture }) => architecture === type.architecture);
  const object = (reason: string): HetznerObjection[] => [
    {
      path,
      got: `"${wanted.image}", which ${reason}`,
      allowed: "an image that Hetzner Cloud offers for new servers; a newer version of this program may know one",
      value: undefined,
    },
  ];
  if (image === undefined) return object(`Hetzner Cloud does not have for ${type.architecture}`);
  return typeof image.deprecated === "string" ? object("is deprecated there") : [];
}
