/**
 * Stops a gateway and removes what its releases left; the state stays unless the configuration says otherwise.
 *
 * `node remove.ts` with the last `ReleaseRequest` on standard input.
 */
import { rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { serviceFor } from "./service.ts";
import { readRequest, runStep, say, withHeartbeat } from "./step.ts";

/** Works when nothing runs any more, and when nothing is left. */
async function remove(): Promise<void> {
  const { release, data } = await readRequest();
  const { paths, stack } = release;
  say("stopping the gateway gracefully: work in progress may finish, within 330 s");
  const service = serviceFor(release);
  await withHeartbeat("stopping", service.stop);
  await service.uninstall();
  for (const directory of [paths.run, paths.logs, paths.cache]) await rm(directory, { recursive: true, force: true });
  if (data.onDestroy === "delete") {
    for (const directory of [paths.data, paths.restorePoints, paths.rejected]) {
      await rm(directory, { recursive: true, force: true });
    }
    say(`deleted the state in ${paths.data}, as openclaw:data.onDestroy says`);
    return;
  }
  if (!existsSync(paths.data)) return;
  say(
    `kept the state in ${paths.data}. A new stack continues with it after:\n  pulumi config set --stack ${stack} --path openclaw:data.adopt ${paths.data}`,
  );
}

await runStep(remove);
