/** Everything that the front answers itself; see test/clouds/aws/README.md for what was measured. */
import type { Hole } from "./account.ts";
import { backupHoles } from "./holes/backups.ts";
import { certificateHoles } from "./holes/certificates.ts";
import { fileSystemHoles } from "./holes/file-systems.ts";
import { loadBalancerHoles } from "./holes/load-balancers.ts";
import { metricFilterHoles } from "./holes/metric-filters.ts";
import { networkHoles } from "./holes/network.ts";
import { notificationHoles } from "./holes/notifications.ts";
import { subscriptionHoles } from "./holes/subscriptions.ts";

export const holes: Hole = (account) => ({
  ...backupHoles(account),
  ...certificateHoles(account),
  ...fileSystemHoles(account),
  ...loadBalancerHoles(account),
  ...metricFilterHoles(account),
  ...networkHoles(account),
  ...notificationHoles(account),
  ...subscriptionHoles(account),
});
