/**
 * Makes a release run: checked before anything stops, reversible until it is verified, safe to repeat.
 *
 * `node apply.ts` with a `ReleaseRequest` on standard input.
 */
import { readJson, writeFileAtomically } from "../agent/files.mts";
import { runFiles } from "../paths.ts";
import type { LocalRelease } from "./contract.ts";
import { installOpenclaw } from "./openclaw-runtime.ts";
import { checkOwner, checkSameData } from "./owner.ts";
import { checkPort, prepareDirectories, prepareRun } from "./preflight.ts";
import { withReleaseLock } from "./release-lock.ts";
import { serviceFor } from "./service.ts";
import { readRequest, runStep, say } from "./step.ts";
import { pruneRestorePoints } from "./state-copy.ts";
import { isSameRelease, recover, replaceRunning, verifyRelease } from "./transaction.ts";

const runningRelease = (run: string): LocalRelease | undefined =>
  readJson(runFiles(run).release) as LocalRelease | undefined; // written by transaction.ts, whole

async function isWell(release: LocalRelease): Promise<boolean> {
  if (!(await serviceFor(release).isSupervised())) return false;
  try {
    await verifyRelease(release);
    return true;
  } catch (error) {
    say(`the gateway runs, but is not well: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

async function bringUp(release: LocalRelease): Promise<void> {
  await recover(release.paths.run);
  const previous = runningRelease(release.paths.run);
  checkSameData(release.stack, previous?.paths.data, release.paths.data);
  await serviceFor(release).requireMachine();
  await prepareDirectories(release);
  await installOpenclaw(release.version, release.runtimeDirectory);
  if (isSameRelease(previous, release) && (await isWell(release))) {
    say("the gateway runs this release already, verified");
    return;
  }
  await checkPort(release, previous);
  await replaceRunning(release, previous);
}

async function apply(): Promise<void> {
  const request = await readRequest();
  const { release } = request;
  checkOwner(request);
  await prepareRun(release);
  await withReleaseLock(release.paths.run, async () => {
    await bringUp(release);
    await pruneRestorePoints(release.paths.restorePoints);
    writeFileAtomically(runFiles(release.paths.run).generation, String(request.generation));
  });
}

await runStep(apply);
