/** What speaks against the data volume, or against a server elsewhere than it. Pure. */
import { setTokenCommand } from "./access.ts";
import type { Found, Volume } from "./found.ts";
import { deployKeyName, isManaged, managedLabel, stackLabel } from "./names.ts";
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

/** What speaks against taking this volume; undefined when nothing does. */
function adoptionObjection(adopted: Volume, found: Found, { names }: Wanted): HetznerObjection | undefined {
  const { server, volume: own, adoptedOwner, isDeployed } = found;
  const id = String(adopted.id);
  const objection = (got: string, allowed: string, value?: string): HetznerObjection => ({
    ...{ path: adopt, got: `${id}${got}`, allowed, value },
  });
  const isOnOwnServer = server?.labels[stackLabel] === names.server && adopted.server === server.id;
  if (adopted.server !== null && !isOnOwnServer) {
    return objection(
      `, which is attached to the server ${String(adopted.server)}`,
      "a volume that no other server uses: destroy its stack first",
    );
  }
  if (own !== undefined && own.id !== adopted.id && isDeployed) {
    const got = ` for a stack that has its data on ${own.name} (${String(own.id)})`;
    return objection(got, "nothing here: a new stack adopts");
  }
  if (own !== undefined && own.id !== adopted.id) {
    const got = `, and there is a volume ${own.name} (${String(own.id)}) already: an earlier stack's of this name`;
    return objection(got, `${String(own.id)}; or another name for the stack`, String(own.id));
  }
  if (isOnOwnServer) return undefined;
  if (adoptedOwner !== undefined) {
    return objection(
      `, which is the volume of ${adoptedOwner}, a stack that is not destroyed: its SSH key ${deployKeyName(adoptedOwner)} is there`,
      "a volume that no other stack has: destroy that stack first",
    );
  }
  if (isManaged(adopted.labels)) return undefined;
  return objection(
    `, a volume without the label ${managedLabel}: this program did not make it`,
    `a volume that holds OpenClaw's state, or nothing. If this one does, say so: hcloud volume add-label ${id} ${managedLabel}`,
  );
}

/** A stack that is deployed finds nothing of its data: a new volume would be an empty one, perhaps in another project. */
export const lostObjection = (volumeId: string): HetznerObjection => ({
  ...{ path: [], name: "hcloud:token", value: undefined, type: setTokenCommand },
  got: `the token of a project without the volume ${volumeId}, on which this stack's state is`,
  allowed:
    "a token of the stack's own project. If the volume was deleted: openclaw:data.adopt with another one; or, to begin with nothing, destroy this stack first",
});

/** What speaks against `data` and `host.region`. */
export function dataObjections(found: Found, wanted: Wanted): HetznerObjection[] {
  const { volume: named, adopted } = found;
  if (wanted.adopt !== undefined && adopted === undefined) {
    const allowed = "the id of a volume in the project of the API token";
    return [{ path: adopt, got: String(wanted.adopt), allowed, value: undefined }];
  }
  const objection = adopted === undefined ? undefined : adoptionObjection(adopted, found, wanted);
  if (objection !== undefined) return [objection];
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
