/** The rest of the account: what tasks need of services that are not ECS, asked as anybody asks. */
import { ACMClient } from "@aws-sdk/client-acm";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECSClient } from "@aws-sdk/client-ecs";
import { EFSClient } from "@aws-sdk/client-efs";
import { IAMClient } from "@aws-sdk/client-iam";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/** Whether a role may do something: the policies of the account decide. */
export type Allowed = (
  role: string,
  action: string,
  resource: string,
  conditions?: Readonly<Record<string, string>>,
) => Promise<boolean>;

/** The access key of what the simulation itself asks, so that calls of the product can be told from it. */
export const simulationKey = "AKIASIMULATEDTASKS00";

/** Clients of one region. */
export interface Account {
  readonly acm: ACMClient;
  readonly ec2: EC2Client;
  readonly ecs: ECSClient;
  readonly efs: EFSClient;
  readonly iam: IAMClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly logs: CloudWatchLogsClient;
  readonly secrets: SecretsManagerClient;
  readonly allowed: Allowed;
}

/** Clients for an endpoint. */
export function account(endpoint: string, region: string, allowed: Allowed): Account {
  const credentials = { accessKeyId: simulationKey, secretAccessKey: "simulated" };
  const options = { endpoint, region, credentials, maxAttempts: 2 };
  return {
    acm: new ACMClient(options),
    ec2: new EC2Client(options),
    ecs: new ECSClient(options),
    efs: new EFSClient(options),
    iam: new IAMClient(options),
    elb: new ElasticLoadBalancingV2Client(options),
    logs: new CloudWatchLogsClient(options),
    secrets: new SecretsManagerClient(options),
    allowed,
  };
}
