/** Everything that is refused beyond AWS's models; see test/clouds/aws/README.md for what was measured. */
import type { Rules } from "./account.ts";
import { backupRules } from "./rules/backups.ts";
import { fileSystemRules } from "./rules/file-systems.ts";
import { listenerRules } from "./rules/listeners.ts";
import { loadBalancerRules } from "./rules/load-balancers.ts";
import { metricFilterRules } from "./rules/metric-filters.ts";
import { natGatewayRules } from "./rules/nat-gateways.ts";
import { networkRules } from "./rules/network.ts";
import { observabilityRules } from "./rules/observability.ts";
import { recordRules } from "./rules/records.ts";
import { roleRules } from "./rules/roles.ts";
import { secretRules } from "./rules/secrets.ts";
import { securityGroupRules } from "./rules/security-groups.ts";
import { clusterRules } from "./rules/clusters.ts";
import { targetGroupRules } from "./rules/target-groups.ts";
import { taskRules } from "./rules/tasks.ts";

export const rules: Rules = {
  ...networkRules,
  ...natGatewayRules,
  ...securityGroupRules,
  ...loadBalancerRules,
  ...targetGroupRules,
  ...listenerRules,
  ...fileSystemRules,
  ...backupRules,
  ...secretRules,
  ...recordRules,
  ...roleRules,
  ...observabilityRules,
  ...metricFilterRules,
  ...taskRules,
  ...clusterRules,
};
