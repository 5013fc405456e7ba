/** `npm run pulumi -- <arguments>`: the Pulumi CLI on the embedded backend. */
import { existsSync } from "node:fs";
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
async function destroy(pulumi: PulumiCli, words: readonly string[]): Promise<number> {
  const name = await stackOf(pulumi, words);
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
  const file = join(checkout, "stacks", `Pulumi.${stack.split("/").at(-1) ?? stack}.yaml`);
  if (!existsSync(file) || targetOf(file) !== "hetzner") return; // asking takes a second
  const { oldTokenAdvice } = await import("./old-token.ts");
  const advice = await oldTokenAdvice(pulumi, stack).catch(() => undefined); // the command itself said what is wrong
  if (advice !== undefined) console.error(advice);
}

/** Commands that ask the cloud; all but a preview lock the stack. */
const asking = new Set(["up", "update", "destroy", "refresh", "preview"]);

await report(undefined, async () => {
  const words = process.argv.slice(2);
  const pulumi = await pulumiCli(words);
  const [command = ""] = words;
  const stack = asking.has(command) && !words.includes("--help") ? await stackOf(pulumi, words) : undefined;
  if (stack !== undefined && command !== "preview") await goOn(pulumi, stack);
  const code = await (command === "destroy" ? destroy(pulumi, words) : pulumi.show(...words));
  if (stack !== undefined && code !== 0 && !words.includes("--refresh=false")) await advise(pulumi, stack);
  return code;
});
