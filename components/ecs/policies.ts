/** IAM policies: who may do what. Pure; nothing has `*` on `*`. */

/** The account and the region that a stack is in. */
export interface AwsPlace {
  /** `aws`, `aws-cn`, `aws-us-gov` */
  readonly partition: string;
  /** 12 digits. */
  readonly account: string;
  readonly region: string;
}

/** One statement. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, string>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A policy as IAM takes it. */
export const policy = (statements: readonly Statement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** Who may take a role of a task: ECS, for tasks of this account and region alone. */
export const tasksTrust = ({ partition, account, region }: AwsPlace): string =>
  policy([
    {
      Sid: "EcsTasks",
      Effect: "Allow",
      Principal: { Service: "ecs-tasks.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: {
        StringEquals: { "aws:SourceAccount": account },
        ArnLike: { "aws:SourceArn": `arn:${partition}:ecs:${region}:${account}:*` },
      },
    },
  ]);

/** Who may take the role of the backup plan. */
export const backupTrust = ({ account }: AwsPlace): string =>
  policy([
    {
      Sid: "Backup",
      Effect: "Allow",
      Principal: { Service: "backup.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": account } },
    },
  ]);

const ecrImage =
  /^(?<account>\d{12})\.dkr\.ecr\.(?<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/(?<name>[a-z0-9/._-]+?)(?::|@|$)/;

/** The repository of an image in ECR; undefined for other registries. */
export function ecrRepository(reference: string, partition: string): string | undefined {
  const groups = ecrImage.exec(reference)?.groups;
  if (groups === undefined) return undefined;
  const { account = "", region = "", name = "" } = groups;
  return `arn:${partition}:ecr:${region}:${account}:repository/${name}`;
}

const pull = (repository: string): Statement[] => [
  {
    Sid: "PullImage",
    Effect: "Allow",
    Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    Resource: repository,
  },
  // Has no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
  { Sid: "LogInToRegistry", Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
];

/** Of whoever has the key, by way of Secrets Manager alone. https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service */
const decrypt = ({ arn, region }: { readonly arn: string; readonly region: string }): Statement[] => [
  {
    Sid: "DecryptSecrets",
    Effect: "Allow",
    Action: "kms:Decrypt",
    Resource: arn,
    Condition: { StringEquals: { "kms:ViaService": `secretsmanager.${region}.amazonaws.com` } },
  },
];

/** What ECS may do to start a task: read exactly its secrets, write exactly its log. */
export const executionPolicy = (args: {
  readonly logGroupArn: string;
  readonly secretArns: readonly string[];
  /** ARN of the repository, where the image is in ECR. */
  readonly repository?: string | undefined;
  /** Key that encrypts the secrets. @default - AWS's own, which whoever may read a secret may use */
  readonly key?: { readonly arn: string; readonly region: string } | undefined;
}): string =>
  policy([
    {
      Sid: "WriteLog",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `${args.logGroupArn}:log-stream:*`,
    },
    {
      Sid: "ReadSecrets",
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: [...args.secretArns].sort(),
    },
    ...(args.key === undefined ? [] : decrypt(args.key)),
    ...(args.repository === undefined ? [] : pull(args.repository)),
  ]);

/** What the task may do, which the agent may do too: use its file system, and be entered by ECS Exec where that is on. */
export const taskPolicy = (args: {
  readonly fileSystemArn: string;
  readonly accessPointArn: string;
  readonly shell: boolean;
}): string =>
  policy([
    {
      Sid: "MountState",
      Effect: "Allow",
      Action: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
      Resource: args.fileSystemArn,
      Condition: { ArnEquals: { "elasticfilesystem:AccessPointArn": args.accessPointArn } },
    },
    ...(args.shell
      ? [
          {
            // Have no resources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-required-iam-permissions
            Sid: "EcsExec",
            Effect: "Allow" as const,
            Action: [
              "ssmmessages:CreateControlChannel",
              "ssmmessages:CreateDataChannel",
              "ssmmessages:OpenControlChannel",
              "ssmmessages:OpenDataChannel",
            ],
            Resource: "*",
          },
        ]
      : []),
  ]);

/**
 * How the file system may be mounted, whoever has the rights: encrypted, through the one access point. Who may is said by the
 * task's role alone; a role that is named here would be lost when it is made anew. Without an Allow, clients without an
 * identity may do nothing. Only clients are denied anything: a denial of more would lock out AWS Backup and the deployer.
 * https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
 */
export const fileSystemPolicy = (args: { readonly fileSystemArn: string; readonly accessPointArn: string }): string =>
  policy([
    {
      Sid: "NoPlainText",
      Effect: "Deny",
      Principal: "*",
      Action: "elasticfilesystem:Client*",
      Resource: args.fileSystemArn,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      Sid: "NoOtherWay",
      Effect: "Deny",
      Principal: "*",
      Action: "elasticfilesystem:Client*",
      Resource: args.fileSystemArn,
      Condition: { ArnNotEquals: { "elasticfilesystem:AccessPointArn": args.accessPointArn } },
    },
  ]);

/**
 * Who may publish to the topic of the alarms: CloudWatch for this account, and EventBridge, which tells SNS neither account
 * nor rule: "You can't use Condition blocks in Amazon SNS topic policies for EventBridge". With one the statement would never
 * allow, and nothing but a metric (FailedInvocations) would say so.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
 */
export const topicPolicy = (topicArn: string, { account }: AwsPlace): string => {
  const publish = { Effect: "Allow", Action: "sns:Publish", Resource: topicArn } as const;
  return policy([
    {
      ...publish,
      Sid: "Alarms",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Condition: { StringEquals: { "aws:SourceAccount": account } },
    },
    { ...publish, Sid: "Events", Principal: { Service: "events.amazonaws.com" } },
  ]);
};
