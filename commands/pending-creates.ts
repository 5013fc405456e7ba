/** What was being created when a command was killed: the state says so, and the provider may have it or not. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Look, PendingStack } from "./pending-creates/pending.ts";
import type { PulumiCli } from "./pulumi-cli.ts";

const resource = z.looseObject({ urn: z.string(), type: z.string(), inputs: z.looseObject({}).default({}) });

const kept = z.looseObject({
  urn: z.string(),
  id: z.string().optional(),
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

/** Who looks, by the package of the resource's type. */
const lookers: Readonly<Record<string, (stack: PendingStack) => Promise<Look>>> = {
  aws: async (stack) => (await import("./pending-creates/aws.ts")).lookAtAws(stack),
  hcloud: async (stack) => (await import("./pending-creates/hetzner.ts")).lookAtHetzner(stack),
};

/** The resources that were made after all, each with its id. @throws CommandError */
async function made(pending: readonly Resource[], stack: PendingStack): Promise<Resource[]> {
  const packages = Object.entries(Object.groupBy(pending, ({ type }) => type.split(":")[0] ?? ""));
  const found = packages.map(async ([name, resources = []]) => {
    const look = await lookers[name]?.(stack);
    if (look === undefined) return [];
    const all = await Promise.all(resources.map(async (each) => ({ each, found: await look(each) })));
    // What a refresh cannot read, such as which addresses a server was given, is as it was asked for.
    return all.flatMap(({ each, found }) =>
      found === undefined ? [] : [{ ...each, id: found.id, outputs: { ...each.inputs, ...found.known, id: found.id } }],
    );
  });
  return (await Promise.all(found)).flat();
}

/**
 * A URN stands once among what is not to be deleted: what came in the place of another one that is gone takes its place; one
 * that is to go afterwards is marked for it, as Pulumi would have once the new one was there.
 */
function settled(resources: readonly Kept[], found: readonly Resource[]): (Kept | Resource)[] {
  const isGone = ({ pendingReplacement }: Kept): boolean => pendingReplacement === true;
  const before = resources.map((each): Kept | Resource => {
    const next = found.find(({ urn }) => urn === each.urn);
    if (next === undefined) return each;
    return isGone(each) ? next : { ...each, delete: true };
  });
  return [...before, ...found.filter((each) => !before.includes(each))];
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
  const known = new Set(resources.flatMap(({ id }) => id ?? []));
  const deployment = {
    ...state.deployment,
    resources: settled(resources, await made(creating, { name: stack, pulumi, known })),
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
