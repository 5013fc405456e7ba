/** What speaks against the data volume, or against a server elsewhere than it. Pure. */
import type { Found, Volume } from "./found.ts";
import { stackLabel } from "./names.ts";
import type { HetznerObjection, Wanted } from "./wanted.ts";

const region = ["host", "region"];
const adopt = ["data", "adopt"];

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

/** What speaks against `data` and `host.region`. */
export function dataObjections(found: Found, wanted: Wanted): HetznerObjection[] {
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
    if (named !== undefined && named.id !== adopted.id && named.name === wanted.names.volume) {
      const got = `${String(adopted.id)}, and there is a volume ${named.name} (${String(named.id)}) already: what is adopted gets that name`;
      const allowed = `${String(named.id)}, whose state an earlier stack left; or rename that volume at Hetzner Cloud`;
      return [{ path: adopt, got, allowed, value: String(named.id) }];
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
