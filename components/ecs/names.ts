/** What things are called at AWS, and how they are tagged. Pure. */

/**
 * Lengths that AWS allows, by Pulumi type, where they are short. Pulumi appends a hyphen and 7 hexadecimal digits to the name
 * of a resource; generated names never collide with those that AWS keeps reserved after a deletion.
 */
export const nameLimits: Readonly<Record<string, number>> = {
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
  "aws:lb/loadBalancer:LoadBalancer": 32,
  "aws:lb/targetGroup:TargetGroup": 32,
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  "aws:iam/role:Role": 64,
  "aws:iam/rolePolicy:RolePolicy": 128,
  // https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupVault.html
  "aws:backup/vault:Vault": 50,
  "aws:backup/selection:Selection": 50,
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
  "aws:cloudwatch/eventRule:EventRule": 64,
  "aws:cloudwatch/metricAlarm:MetricAlarm": 255,
  "aws:cloudwatch/logGroup:LogGroup": 512,
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": 512,
  "aws:sns/topic:Topic": 256,
  "aws:ecs/cluster:Cluster": 255,
  "aws:ecs/service:Service": 255,
  "aws:secretsmanager/secret:Secret": 512,
  "aws:ec2/securityGroup:SecurityGroup": 255,
};

/** What Pulumi appends: a hyphen and 7 digits. */
export const generatedSuffix = 8;

/** The tag that tells a stack's resources from others. */
export const stackTag = "openclaw-stack";

/** Project and stack, as tags and messages have them. */
export const stackName = (project: string, stack: string): string => `${project}/${stack}`;

/** Makes the tags of a resource: what it is called, whose it is; the user's own cannot replace these. */
export const taggedAs =
  (owner: string, tags: Readonly<Record<string, string>>) =>
  (name: string): Record<string, string> => ({
    ...tags,
    Name: `${owner.replace("/", "-")}-${name}`,
    "managed-by": "pulumi-openclaw",
    [stackTag]: owner,
  });

/** Family of the task definition: letters, digits, - and _, 255 at most; versions of it have numbers. */
export const familyName = (owner: string): string => owner.replaceAll(/[^A-Za-z0-9_-]/g, "-").slice(0, 255);
