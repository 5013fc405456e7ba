/** AWS's own clients for a test's account. */
import { ACM } from "@aws-sdk/client-acm";
import { Backup } from "@aws-sdk/client-backup";
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { EC2 } from "@aws-sdk/client-ec2";
import { ECS } from "@aws-sdk/client-ecs";
import { EFS } from "@aws-sdk/client-efs";
import { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { IAM } from "@aws-sdk/client-iam";
import { Route53 } from "@aws-sdk/client-route-53";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { SNS } from "@aws-sdk/client-sns";
import { STS } from "@aws-sdk/client-sts";

/** The region that {@link awsClients} ask. */
export const region = "eu-central-1";

/** One client a service, by botocore's names. A refusal is not tried again. */
export function awsClients(endpoint: string, accessKeyId = "AKIATESTS") {
  const settings = { endpoint, region, maxAttempts: 1, credentials: { accessKeyId, secretAccessKey: "any" } };
  return {
    acm: new ACM(settings),
    backup: new Backup(settings),
    cloudwatch: new CloudWatch(settings),
    ec2: new EC2(settings),
    ecs: new ECS(settings),
    efs: new EFS(settings),
    elbv2: new ElasticLoadBalancingV2(settings),
    events: new EventBridge(settings),
    iam: new IAM(settings),
    logs: new CloudWatchLogs(settings),
    route53: new Route53(settings),
    secretsmanager: new SecretsManager(settings),
    sns: new SNS(settings),
    sts: new STS(settings),
  };
}

export type AwsClients = ReturnType<typeof awsClients>;
