/** `npm run stop`: stops and removes the gateway of `npm start`; its state stays unless the configuration says otherwise. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { readJson } from "../components/local/agent/files.mts";
import { dataRoot, localPaths, runFiles } from "../components/local/paths.ts";
import type { ReleaseRequest } from "../components/local/release/contract.ts";
import type { Journal } from "../components/local/release/journal.ts";
import { recover, stack } from "./local-stack.ts";
import { checkout, pulumiCli } from "./pulumi-cli.ts";
import { report } from "./report.ts";

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

await report(async () => {
  const pulumi = await pulumiCli();
  recover(pulumi.backend.directory);
  await pulumi.read("stack", "select", stack, "--create");
  const code = await pulumi.show("destroy", "--stack", stack, "--yes", "--skip-preview", "--refresh=false");
  return code === 0 ? removeLeftOver() : code;
});
