/** The rest of the account: what tasks need of services that are not ECS, asked as anybody asks. */
import { ACMClient } from "@aws-sdk/client-acm";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECSClient } from "@aws-sdk/client-ecs";
import { EFSClient } from "@aws-sdk/client-efs";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IAMClient } from "@aws-sdk/client-iam";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { Route53Client } from "@aws-sdk/client-route-53";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { AwsError, type Aws } from "../front/handler.ts";

/** The access key of what the simulation itself asks, so that calls of the product can be told from it. */
export const simulationKey = "AKIASIMULATEDTASKS00";

/** Clients of one region. */
export interface Account {
  readonly acm: ACMClient;
  readonly ec2: EC2Client;
  readonly ecs: ECSClient;
  readonly efs: EFSClient;
  readonly events: EventBridgeClient;
  readonly iam: IAMClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly logs: CloudWatchLogsClient;
  readonly route53: Route53Client;
  readonly secrets: SecretsManagerClient;
  /** Whether a role may do something: its policies decide. */
  readonly allowed: Aws["allowed"];
}

/** Clients for an account that answers. A role that is not there may do nothing. */
export function account({ endpoint, allowed }: Pick<Aws, "endpoint" | "allowed">, region: string): Account {
  const credentials = { accessKeyId: simulationKey, secretAccessKey: "simulated" };
  const options = { endpoint, region, credentials, maxAttempts: 2 };
  return {
    acm: new ACMClient(options),
    ec2: new EC2Client(options),
    ecs: new ECSClient(options),
    efs: new EFSClient(options),
    events: new EventBridgeClient(options),
    iam: new IAMClient(options),
    elb: new ElasticLoadBalancingV2Client(options),
    logs: new CloudWatchLogsClient(options),
    route53: new Route53Client(options),
    secrets: new SecretsManagerClient(options),
    allowed: (...asked) =>
      allowed(...asked).catch((error: unknown) => {
        if (error instanceof AwsError && error.code === "NoSuchEntity") return false;
        throw error;
      }),
  };
}
