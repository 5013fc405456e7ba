/** Interrupted creations at Hetzner Cloud: found by name, told apart from a stranger's by the stack's labels. */
import { z } from "zod";
import { hetznerAccess } from "../../components/host/hetzner/access.ts";
import { HetznerApi, HetznerError } from "../../components/host/hetzner/api.ts";
import { ownLabels } from "../../components/host/hetzner/names.ts";
import { CommandError } from "../report.ts";
import { providerSettings, type Look, type Pending, type PendingStack } from "./pending.ts";

/** The lists of Hetzner Cloud in which a resource is found by its name. */
const lists: Readonly<Record<string, string>> = {
  "hcloud:index/firewall:Firewall": "firewalls",
  "hcloud:index/primaryIp:PrimaryIp": "primary_ips",
  "hcloud:index/server:Server": "servers",
  "hcloud:index/sshKey:SshKey": "ssh_keys",
  "hcloud:index/volume:Volume": "volumes",
};

const listed = z.looseObject({
  id: z.number(),
  labels: z.record(z.string(), z.string()).default({}),
  /** Of SSH keys. */
  public_key: z.string().optional(),
});

/** Type and bytes of a public key, without its comment. */
const material = (line: unknown): string => String(line).trim().split(" ", 2).join(" ");

/** Whether something with the wanted name was made by this stack: a name alone may be a stranger's. */
const isOwn = (item: z.output<typeof listed>, { labels, publicKey }: Pending["inputs"]): boolean =>
  ownLabels.every((name) => item.labels[name] === (labels as Record<string, string> | undefined)?.[name]) &&
  (item.public_key === undefined || material(item.public_key) === material(publicKey));

const strangersWords = (kind: string, id: number, name: string): string =>
  `at Hetzner Cloud there is something called ${name} (${kind} ${String(id)}) that this stack did not make: it does not have the stack's labels or key. It was left as it is. Rename or delete it there, or use a stack with another name`;

/** The provider's id of what was made after all; undefined when it was not. */
async function idOf({ type, inputs }: Pending, api: HetznerApi): Promise<string | undefined> {
  const list = lists[type];
  if (list !== undefined) {
    const name = String(inputs["name"]);
    const answer = await api.get(`/${list}?name=${encodeURIComponent(name)}`, z.object({ [list]: z.array(listed) }));
    const item = answer[list]?.[0];
    if (item === undefined) return undefined;
    if (isOwn(item, inputs)) return String(item.id);
    console.error(strangersWords(type.split(":").at(-1) ?? type, item.id, name));
    return undefined;
  }
  // It has no labels; both its ends are in the stack's state.
  if (type !== "hcloud:index/volumeAttachment:VolumeAttachment") return undefined;
  const id = String(inputs["volumeId"]);
  const attached = z.object({ volume: z.object({ server: z.number().nullable() }) });
  try {
    const { volume } = await api.get(`/volumes/${id}`, attached);
    return String(volume.server) === String(inputs["serverId"]) ? id : undefined;
  } catch (error) {
    if (error instanceof HetznerError && error.status === 404) return undefined; // somebody deleted the volume
    throw error;
  }
}

/** Looks with the provider's settings, as the stack's file or the environment has them. */
export async function lookAtHetzner(stack: PendingStack): Promise<Look> {
  const setToken = `npm run pulumi -- config set --stack ${stack.name} --secret hcloud:token`;
  const api = new HetznerApi({ ...hetznerAccess(await providerSettings(stack), process.env), setToken });
  return async (pending) => {
    try {
      const id = await idOf(pending, api);
      return id === undefined ? undefined : { id };
    } catch (error) {
      throw error instanceof HetznerError ? new CommandError(error.message) : error;
    }
  };
}
