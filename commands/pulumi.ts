/** `npm run pulumi -- <arguments>`: the Pulumi CLI on the embedded backend. */
import { join } from "node:path";
import { keptData, keptMessage } from "./kept-data.ts";
import { namedStack, targetOf } from "./plugins.ts";
import { checkout, pulumiCli, type PulumiCli } from "./pulumi-cli.ts";
import { recover } from "./recover.ts";
import { report } from "./report.ts";
import { hasPendingOperations } from "./state-files.ts";

/** The stack that a command works on: the one that it names, or the selected one. */
async function stackOf(pulumi: PulumiCli, words: readonly string[]): Promise<string | undefined> {
  try {
    return namedStack(words) ?? (await pulumi.read("stack", "--show-name")).trim();
  } catch {
    return undefined; // none is selected: Pulumi asks, or says so
  }
}

/** `destroy`, which tells what it kept: hooks of the program would not run then. */
async function destroy(pulumi: PulumiCli, words: readonly string[], name: string | undefined): Promise<number> {
  const stack = name === undefined ? [] : ["--stack", name];
  const before = await keptData(pulumi, stack);
  const code = await pulumi.show(...words);
  const isGone = code === 0 && before !== undefined && (await keptData(pulumi, stack)) === undefined;
  if (isGone && before.onDestroy === "retain") console.log(keptMessage(before, name));
  return code;
}

/** Puts in order what an interrupted command left. @throws CommandError */
async function goOn(pulumi: PulumiCli, stack: string): Promise<void> {
  recover(pulumi.backend.directory, stack);
  if (!hasPendingOperations(pulumi.backend.directory, stack)) return;
  await (await import("./pending-creates.ts")).settlePendingCreates(pulumi, stack);
}

/** Says what Pulumi does not know of a command that failed. */
async function advise(pulumi: PulumiCli, stack: string): Promise<void> {
  if (targetOf(join(checkout, "stacks"), stack.split("/").at(-1) ?? stack) !== "hetzner") return; // asking takes a second
  const { oldTokenAdvice } = await import("./old-token.ts");
  const advice = await oldTokenAdvice(pulumi, stack).catch(() => undefined); // the command itself said what is wrong
  if (advice !== undefined) console.error(advice);
}

/** Commands that lock a stack. */
const changing = new Set(["up", "update", "destroy", "refresh"]);

await report(undefined, async () => {
  const words = process.argv.slice(2);
  const pulumi = await pulumiCli(words);
  const [command = ""] = words;
  const changes = changing.has(command) && !words.includes("--help");
  const stack = changes ? await stackOf(pulumi, words) : undefined;
  if (stack !== undefined) await goOn(pulumi, stack);
  const code = await (changes && command === "destroy" ? destroy(pulumi, words, stack) : pulumi.show(...words));
  if (code === 0 || words.includes("--refresh=false")) return code;
  const failed = command === "preview" ? await stackOf(pulumi, words) : stack;
  if (failed !== undefined) await advise(pulumi, failed);
  return code;
});
