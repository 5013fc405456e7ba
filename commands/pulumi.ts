/** `npm run pulumi -- <arguments>`: the Pulumi CLI on the embedded backend. */
import type { DataOutputs } from "../infra/outputs.ts";
import { namedStack } from "./plugins.ts";
import { pulumiCli, type PulumiCli } from "./pulumi-cli.ts";
import { report } from "./report.ts";

/** What the stack says about its data; undefined when it is not deployed, or there is no stack. */
async function dataOf(pulumi: PulumiCli, stack: readonly string[]): Promise<DataOutputs | undefined> {
  try {
    const outputs = await pulumi.read("stack", "output", "--json", ...stack);
    return (JSON.parse(outputs) as { data?: DataOutputs }).data; // outputs.ts is the contract
  } catch {
    return undefined; // the command itself says what is wrong
  }
}

/** What stayed behind goes on costing money, and only its id brings it back. */
const kept = ({ kind, id, path }: DataOutputs): string =>
  `\nThe gateway's state was kept${kind === "volume" ? `: the volume ${id}, which goes on costing money` : ` in ${path}`}. A new stack goes on with it after:\n\n  npm run pulumi -- config set --path openclaw:data.adopt ${id}\n\nTo have a stack's state deleted with it: openclaw:data.onDestroy delete, up, and then destroy.`;

/** `destroy`, which tells what it kept: hooks of the program would not run then. */
async function destroy(pulumi: PulumiCli, words: readonly string[]): Promise<number> {
  const named = namedStack(words);
  const stack = named === undefined ? [] : ["--stack", named];
  const before = await dataOf(pulumi, stack);
  const code = await pulumi.show(...words);
  const isGone = code === 0 && before !== undefined && (await dataOf(pulumi, stack)) === undefined;
  if (isGone && before.onDestroy === "retain") console.log(kept(before));
  return code;
}

await report(async () => {
  const words = process.argv.slice(2);
  const pulumi = await pulumiCli(words);
  return words[0] === "destroy" ? destroy(pulumi, words) : pulumi.show(...words);
});
