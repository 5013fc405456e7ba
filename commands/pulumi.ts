/** `npm run pulumi -- <arguments>`: the Pulumi CLI on the embedded backend. */
import type { DataOutputs } from "../infra/outputs.ts";
import { namedStack } from "./plugins.ts";
import { pulumiCli, type PulumiCli } from "./pulumi-cli.ts";
import { recover } from "./recover.ts";
import { report } from "./report.ts";
import { hasPendingOperations } from "./state-files.ts";

type Data = Pick<DataOutputs, "kind" | "id" | "path" | "onDestroy">;

/** Resources of a state file, as far as they matter here. */
interface Exported {
  readonly deployment: { readonly resources?: readonly { type: string; id?: string; retainOnDelete?: boolean }[] };
}

/** What a stack keeps whose first `up` failed: it has no outputs yet. */
async function volumeOf(pulumi: PulumiCli, stack: readonly string[]): Promise<Data | undefined> {
  const { deployment } = JSON.parse(await pulumi.read("stack", "export", ...stack)) as Exported; // Pulumi's own format
  const volume = deployment.resources?.find(({ type }) => type === "hcloud:index/volume:Volume");
  if (volume?.id === undefined) return undefined;
  return { kind: "volume", id: volume.id, path: "", onDestroy: volume.retainOnDelete === true ? "retain" : "delete" };
}

/** What the stack says about its data; undefined when it is not deployed, or there is no stack. */
async function dataOf(pulumi: PulumiCli, stack: readonly string[]): Promise<Data | undefined> {
  try {
    const outputs = await pulumi.read("stack", "output", "--json", ...stack);
    const { data } = JSON.parse(outputs) as { data?: DataOutputs }; // outputs.ts is the contract
    return data ?? (await volumeOf(pulumi, stack));
  } catch {
    return undefined; // the command itself says what is wrong
  }
}

/** What stayed behind goes on costing money, and only its id brings it back. */
const kept = ({ kind, id, path }: Data, stack: string | undefined): string =>
  `\nThe gateway's state was kept${kind === "volume" ? `: the volume ${id}, which goes on costing money` : ` in ${path}`}. A new stack goes on with it after:\n\n  npm run pulumi -- config set ${stack === undefined ? "" : `--stack ${stack} `}--path openclaw:data.adopt ${id}\n\nTo have a stack's state deleted with it: openclaw:data.onDestroy delete, up, and then destroy.`;

/** The stack that a command works on: the one that it names, or the selected one. */
async function stackOf(pulumi: PulumiCli, words: readonly string[]): Promise<string | undefined> {
  try {
    return namedStack(words) ?? (await pulumi.read("stack", "--show-name")).trim();
  } catch {
    return undefined; // none is selected: Pulumi asks, or says so
  }
}

/** `destroy`, which tells what it kept: hooks of the program would not run then. */
async function destroy(pulumi: PulumiCli, words: readonly string[]): Promise<number> {
  const name = await stackOf(pulumi, words);
  const stack = name === undefined ? [] : ["--stack", name];
  const before = await dataOf(pulumi, stack);
  const code = await pulumi.show(...words);
  const isGone = code === 0 && before !== undefined && (await dataOf(pulumi, stack)) === undefined;
  if (isGone && before.onDestroy === "retain") console.log(kept(before, name));
  return code;
}

/** Puts in order what an interrupted command left. @throws CommandError */
async function goOn(pulumi: PulumiCli, stack: string): Promise<void> {
  recover(pulumi.backend.directory, stack);
  if (!hasPendingOperations(pulumi.backend.directory, stack)) return;
  await (await import("./pending-creates.ts")).settlePendingCreates(pulumi, stack);
}

/** Commands that lock a stack. */
const changing = new Set(["up", "update", "destroy", "refresh"]);

await report(undefined, async () => {
  const words = process.argv.slice(2);
  const pulumi = await pulumiCli(words);
  if (changing.has(words[0] ?? "") && !words.includes("--help")) {
    const stack = await stackOf(pulumi, words);
    if (stack !== undefined) await goOn(pulumi, stack);
  }
  return words[0] === "destroy" ? destroy(pulumi, words) : pulumi.show(...words);
});
