/** Everything that the front answers itself; see test/clouds/aws/README.md for what was measured. */
import type { Hole } from "./account.ts";
import { backupHoles } from "./holes/backups.ts";
import { certificateHoles } from "./holes/certificates.ts";
import { endpointHoles } from "./holes/endpoints.ts";
import { fileSystemHoles } from "./holes/file-systems.ts";
import { subscriptionHoles } from "./holes/subscriptions.ts";

export const holes: Hole = (account) => ({
  ...backupHoles(account),
  ...certificateHoles(account),
  ...endpointHoles(account),
  ...fileSystemHoles(account),
  ...subscriptionHoles(account),
});
