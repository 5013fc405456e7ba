/**
 * Stops a gateway and removes what its releases left; the state stays unless the configuration says otherwise.
 *
 * `node remove.ts` with the last `ReleaseRequest` on standard input.
 */
import { rename, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { shellQuoted } from "../shell-quoted.ts";
import type { ReleaseRequest } from "./contract.ts";
import { readJournal } from "./journal.ts";
import { withReleaseLock } from "./release-lock.ts";
import { serviceFor } from "./service.ts";
import { readRequest, runStep, say, withHeartbeat } from "./step.ts";

async function removeFiles({ release, data }: ReleaseRequest): Promise<void> {
  const { paths, stack } = release;
  const service = serviceFor(release);
  await withHeartbeat("stopping", service.stop);
  await service.uninstall();
  const journal = readJournal(paths.run);
  const isHalfRestored =
    !existsSync(paths.data) && journal?.restorePoint !== undefined && existsSync(journal.restorePoint);
  if (isHalfRestored) await rename(journal.restorePoint, paths.data);
  for (const directory of [paths.logs, paths.cache]) await rm(directory, { recursive: true, force: true });
  if (data.onDestroy === "delete") {
    for (const directory of [paths.data, paths.restorePoints, paths.rejected]) {
      await rm(directory, { recursive: true, force: true });
    }
    say(`deleted the state in ${paths.data}, as openclaw:data.onDestroy says`);
  } else if (existsSync(paths.data)) {
    say(
      `kept the state in ${paths.data}. A new stack continues with it after:\n  pulumi config set --stack ${stack} --path openclaw:data.adopt ${shellQuoted(paths.data)}`,
    );
  }
}

/** Works when nothing runs any more, and when nothing is left. */
async function remove(): Promise<void> {
  const request = await readRequest();
  const { run } = request.release.paths;
  if (!existsSync(run)) return;
  say("stopping the gateway gracefully: work in progress may finish, within 330 s");
  await withReleaseLock(run, () => removeFiles(request));
  await rm(run, { recursive: true, force: true });
}

await runStep(remove);
