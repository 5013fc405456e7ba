/** What was being created when a command was killed: the state says so, and the provider may have it or not. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { HetznerApi, hetznerAccess, HetznerError } from "../components/host/hetzner/api.ts";
import { ownLabels } from "../components/host/hetzner/names.ts";
import type { PulumiCli } from "./pulumi-cli.ts";
import { CommandError } from "./report.ts";

const resource = z.looseObject({ urn: z.string(), type: z.string(), inputs: z.looseObject({}).default({}) });

const kept = z.looseObject({
  urn: z.string(),
  /** Of what was deleted already to be replaced: what comes in its place was not made yet. */
  pendingReplacement: z.boolean().optional(),
});

/** What `pulumi stack export` gives, as far as it is read here; the rest is passed on as it is. */
const exported = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(kept).default([]),
    pending_operations: z.array(z.looseObject({ type: z.string(), resource })).default([]),
  }),
});

type Resource = z.output<typeof resource>;
type Kept = z.output<typeof kept>;

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
const isOwn = (item: z.output<typeof listed>, { labels, publicKey }: Resource["inputs"]): boolean =>
  ownLabels.every((name) => item.labels[name] === (labels as Record<string, string> | undefined)?.[name]) &&
  (item.public_key === undefined || material(item.public_key) === material(publicKey));

const strangersWords = (kind: string, id: number, name: string): string =>
  `at Hetzner Cloud there is something called ${name} (${kind} ${String(id)}) that this stack did not make: it does not have the stack's labels or key. It was left as it is. Rename or delete it there, or use a stack with another name`;

/** The provider's id of what was made after all; undefined when it was not. */
async function idOf({ type, inputs }: Resource, api: HetznerApi): Promise<string | undefined> {
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

/** The provider's settings, as the stack's file or the environment has them. */
async function apiOf(pulumi: Pick<PulumiCli, "read">, stack: string): Promise<HetznerApi> {
  const text = await pulumi.read("config", "--json", "--show-secrets", "--stack", stack);
  const values = JSON.parse(text) as Record<string, { value?: string }>; // Pulumi's own format
  const providers = Object.fromEntries(Object.entries(values).map(([name, { value }]) => [name, value ?? ""]));
  const setToken = `npm run pulumi -- config set --stack ${stack} --secret hcloud:token`;
  return new HetznerApi({ ...hetznerAccess(providers, process.env), setToken });
}

/** The resources that were made after all, each with its id. @throws CommandError */
async function made(pending: readonly Resource[], pulumi: Pick<PulumiCli, "read">, stack: string): Promise<Resource[]> {
  const atHetzner = pending.filter(({ type }) => type.startsWith("hcloud:"));
  if (atHetzner.length === 0) return [];
  const api = await apiOf(pulumi, stack);
  try {
    const all = await Promise.all(atHetzner.map(async (each) => ({ each, id: await idOf(each, api) })));
    // What a refresh cannot read, such as which addresses a server was given, is as it was asked for.
    return all.flatMap(({ each, id }) => (id === undefined ? [] : [{ ...each, id, outputs: { ...each.inputs, id } }]));
  } catch (error) {
    throw error instanceof HetznerError ? new CommandError(error.message) : error;
  }
}

/** A URN stands once among what is not to be deleted: what came in the place of another one takes its place. */
function settled(resources: readonly Kept[], found: readonly Resource[]): (Kept | Resource)[] {
  const replaced = resources.filter(({ pendingReplacement }) => pendingReplacement === true);
  const inPlaceOf = (each: Kept): Resource | undefined =>
    replaced.includes(each) ? found.find(({ urn }) => urn === each.urn) : undefined;
  return [
    ...resources.map((each) => inPlaceOf(each) ?? each),
    ...found.filter((each) => !replaced.some(({ urn }) => urn === each.urn)),
  ];
}

/**
 * Puts what was created into the state, where the next refresh reads the rest of it, and forgets what was not. Without
 * it Pulumi would make a second server of the same name. (Its own `refresh --import-pending-creates` loses them.)
 *
 * @throws CommandError
 */
export async function settlePendingCreates(pulumi: Pick<PulumiCli, "read">, stack: string): Promise<void> {
  const state = exported.parse(JSON.parse(await pulumi.read("stack", "export", "--stack", stack)));
  const { resources, pending_operations: operations } = state.deployment;
  const creating = operations.filter(({ type }) => type === "creating").map((operation) => operation.resource);
  if (creating.length === 0) return;
  const names = creating.map(({ urn }) => urn.split("::").at(-1) ?? urn);
  console.error(`an interrupted run was creating ${names.join(", ")}: looking what became of it`);
  const deployment = {
    ...state.deployment,
    resources: settled(resources, await made(creating, pulumi, stack)),
    pending_operations: operations.filter(({ type }) => type !== "creating"),
  };
  const directory = mkdtempSync(join(tmpdir(), "openclaw-state-"));
  const file = join(directory, "state.json");
  try {
    writeFileSync(file, JSON.stringify({ ...state, deployment }), { mode: 0o600 });
    await pulumi.read("stack", "import", "--stack", stack, "--file", file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
