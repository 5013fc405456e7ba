/** `npm run stop`: stops and removes the gateway of `npm start`; its state stays unless the configuration says otherwise. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { readJson } from "../components/local/agent/files.mts";
import { dataRoot, localPaths, runFiles } from "../components/local/paths.ts";
import type { ReleaseRequest } from "../components/local/release/contract.ts";
import { shellQuoted } from "../components/local/shell-quoted.ts";
import type { DataOutputs, GatewayOutputs } from "../infra/outputs.ts";
import type { Journal } from "../components/local/release/journal.ts";
import { ownTarget, requireThisMachine, selectStack, stack } from "./local-stack.ts";
import { checkout, pulumiCli, type PulumiCli } from "./pulumi-cli.ts";
import { recover } from "./recover.ts";
import { stateFileOf } from "./state-files.ts";
import { report, requireNoWords } from "./report.ts";

/** Pulumi knows nothing of a first deployment that was killed, so destroys nothing of it: what it started is removed here. */
async function removeLeftOver(): Promise<number> {
  const { run } = localPaths(dataRoot(process.env, homedir()), stack);
  if (!existsSync(run)) return 0;
  const files = runFiles(run);
  const release =
    (readJson(files.release) as ReleaseRequest["release"] | undefined) ??
    (readJson(files.journal) as Journal | undefined)?.next; // both are written by the release, whole
  if (release === undefined) return 0;
  const request: ReleaseRequest = { generation: 0, release, data: { onDestroy: "retain", adopt: undefined } };
  const result = await execa("node", [join(checkout, "components/local/release/remove.ts")], {
    input: JSON.stringify(request),
    stdout: "inherit",
    stderr: "inherit",
    preferLocal: true,
    localDir: checkout,
    reject: false,
  });
  return result.exitCode ?? 1;
}

const help = `npm run stop [-- --help]

Stops and removes the gateway that npm start deployed. Its state stays, unless openclaw:data.onDestroy says delete.`;

/** What is deployed: where its state lies, and what happens to it; nothing when nothing is. */
async function deployed(pulumi: PulumiCli): Promise<{ data?: DataOutputs; gateway?: GatewayOutputs }> {
  const text = await pulumi.read("stack", "output", "--stack", stack, "--json");
  return JSON.parse(text) as { data?: DataOutputs; gateway?: GatewayOutputs }; // outputs.ts is the contract
}

/** Whether Pulumi has resources of the stack, or a first deployment that was killed left something. */
function isThere(backend: string): boolean {
  const state = readJson(stateFileOf(backend, stack)) as
    { checkpoint?: { latest?: { resources?: unknown[] } } } | undefined; // Pulumi's own format
  const { run } = localPaths(dataRoot(process.env, homedir()), stack);
  return (state?.checkpoint?.latest?.resources ?? []).length > 0 || existsSync(run);
}

const summary = (data: DataOutputs | undefined): string =>
  data === undefined || !existsSync(data.path)
    ? "\nStopped and removed."
    : `\nStopped. The state is kept in ${data.path}; to go on with it, with a new token:\n\n  npm run pulumi -- config set --stack ${stack} --path openclaw:data.adopt ${shellQuoted(data.path)}\n  npm start`;

await report(help, async () => {
  requireNoWords("npm run stop", help);
  requireThisMachine("npm run stop", ownTarget());
  const pulumi = await pulumiCli(["--stack", stack]);
  recover(pulumi.backend.directory, stack);
  if (!isThere(pulumi.backend.directory)) {
    console.log("Nothing is deployed on this machine: there is nothing to stop.");
    return 0;
  }
  await selectStack(pulumi);
  const { data, gateway } = await deployed(pulumi);
  requireThisMachine("npm run stop", gateway?.target);
  const destroyed = await pulumi.show("destroy", "--stack", stack, "--yes", "--skip-preview", "--refresh=false");
  const code = destroyed === 0 ? await removeLeftOver() : destroyed;
  if (code !== 0) return code;
  if (data?.onDestroy === "delete") {
    // Said once, for one state: the next gateway's must not go the same way unasked.
    await pulumi.read("config", "rm", "--stack", stack, "openclaw:data");
  }
  console.log(summary(data));
  return 0;
});
