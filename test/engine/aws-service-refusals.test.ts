/** What AWS refuses of tasks, services, file systems, backups, secrets, roles and alarms, asked with AWS's own SDK. */
import type { BackupRuleInput } from "@aws-sdk/client-backup";
import type { PutMetricAlarmCommandInput } from "@aws-sdk/client-cloudwatch";
import type { MetricTransformation } from "@aws-sdk/client-cloudwatch-logs";
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from "@aws-sdk/client-ecs";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, describe } from "vitest";
import { awsClients, region, type AwsClients } from "../clouds/aws/clients.ts";
import { startAws } from "../clouds/aws/front/aws.ts";
import type { Aws } from "../clouds/aws/front/handler.ts";
import { refused } from "../clouds/aws/refusals.ts";
import { sampleNetwork, type SampleNetwork } from "../clouds/aws/sample-network.ts";

let aws: Aws;
let c: AwsClients;
let one: SampleNetwork;
let two: SampleNetwork;
let fileSystem = "";
let execution = "";
let plan = "";
let topic = "";
let zone = "";

const trust = (service: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  });

const container: ContainerDefinition = {
  name: "gateway",
  image: "ghcr.io/openclaw/openclaw:2026.9.6",
  portMappings: [{ containerPort: 18_789 }],
  logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "g", "awslogs-region": region } },
};

const register = (change: Partial<RegisterTaskDefinitionCommandInput>, inside: Partial<ContainerDefinition> = {}) =>
  c.ecs.registerTaskDefinition({
    ...{ family: "sample", cpu: "512", memory: "3072", networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"] },
    ...{ executionRoleArn: execution, containerDefinitions: [{ ...container, ...inside }] },
    ...change,
  });

beforeAll(async () => {
  aws = await startAws();
  c = awsClients(aws.endpoint);
  one = await sampleNetwork(c, "10.0");
  two = await sampleNetwork(c, "10.1");
  fileSystem = (await c.efs.createFileSystem({ CreationToken: "sample" })).FileSystemId ?? "";
  await c.efs.createMountTarget({ FileSystemId: fileSystem, SubnetId: one.subnets[0] });
  const role = { RoleName: "execution", AssumeRolePolicyDocument: trust("ecs-tasks.amazonaws.com") };
  execution = (await c.iam.createRole(role)).Role?.Arn ?? "";
  await c.ecs.createCluster({ clusterName: "sample" });
  await register({});
  await register({ family: "old" });
  await c.ecs.deregisterTaskDefinition({ taskDefinition: "old:1" });
  await c.backup.createBackupVault({ BackupVaultName: "sample" });
  const Rules = [{ RuleName: "daily", TargetBackupVaultName: "sample", ScheduleExpression: "cron(0 3 * * ? *)" }];
  plan = (await c.backup.createBackupPlan({ BackupPlan: { BackupPlanName: "sample", Rules } })).BackupPlanId ?? "";
  zone = (await c.route53.createHostedZone({ Name: "example.com", CallerReference: "a" })).HostedZone?.Id ?? "";
  const taken = { Name: "taken.example.com", Type: "A", TTL: 60, ResourceRecords: [{ Value: "10.0.0.1" }] } as const;
  const Changes = [
    { Action: "CREATE" as const, ResourceRecordSet: { ...taken, ResourceRecords: [...taken.ResourceRecords] } },
  ];
  await c.route53.changeResourceRecordSets({ HostedZoneId: zone, ChangeBatch: { Changes } });
  topic = (await c.sns.createTopic({ Name: "sample" })).TopicArn ?? "";
  await c.secretsmanager.createSecret({ Name: "gone", SecretString: "x" });
  await c.secretsmanager.deleteSecret({ SecretId: "gone", RecoveryWindowInDays: 7 });
}, 60_000);
afterAll(() => aws.stop());

describe("a task definition", () => {
  const efs = (change: object) =>
    register({
      volumes: [
        {
          name: "data",
          efsVolumeConfiguration: {
            fileSystemId: fileSystem,
            authorizationConfig: { accessPointId: "fsap-0" },
            ...change,
          },
        },
      ],
    });
  refused([
    [
      "CPU that does not exist",
      () => register({ cpu: "300", memory: "4096" }),
      "ClientException",
      "No Fargate configuration exists for given values: 300 CPU, 4096 memory",
    ],
    [
      "memory that does not go with the CPU",
      () => register({ cpu: "512", memory: "5120" }),
      "ClientException",
      "512 CPU, 5120 memory",
    ],
    [
      "another network mode",
      () => register({ networkMode: "bridge" }),
      "ClientException",
      "Fargate only supports network mode",
    ],
    [
      "logs without execution role",
      () => register({ executionRoleArn: undefined }),
      "ClientException",
      "execution role ARN to support log driver awslogs",
    ],
    [
      "a role that is not there",
      () => register({ taskRoleArn: `${execution}x` }),
      "ClientException",
      "Role is not valid",
    ],
    ["a stop time-out over 120 s", () => register({}, { stopTimeout: 121 }), "ClientException", "stop timeout"],
    ["a host name", () => register({}, { hostname: "h" }), "ClientException", "hostname is not supported"],
    ["privileges", () => register({}, { privileged: true }), "ClientException", "privileged"],
    [
      "a capability",
      () => register({}, { linuxParameters: { capabilities: { add: ["NET_ADMIN"] } } }),
      "ClientException",
      "NET_ADMIN",
    ],
    ["no essential container", () => register({}, { essential: false }), "ClientException", "essential"],
    [
      "an unknown volume",
      () => register({}, { mountPoints: [{ sourceVolume: "none", containerPath: "/data" }] }),
      "ClientException",
      "Unknown volume 'none'",
    ],
    [
      "a health check every second",
      () => register({}, { healthCheck: { command: ["CMD", "true"], interval: 1 } }),
      "ClientException",
      "between 5 and 300",
    ],
    [
      "a restart period of 30 s",
      () => register({}, { restartPolicy: { enabled: true, restartAttemptPeriod: 30 } }),
      "ClientException",
      "between 60 and 1800",
    ],
    ["an access point without TLS", () => efs({}), "ClientException", "transit encryption must be enabled"],
    [
      "an access point and a directory",
      () => efs({ transitEncryption: "ENABLED", rootDirectory: "/x" }),
      "ClientException",
      "root directory",
    ],
    [
      "a launch type that does not exist",
      () => register({ requiresCompatibilities: ["FARGAT" as "FARGATE"] }),
      "InvalidParameterException",
      "failed to satisfy constraint: Member must satisfy enum value set",
    ],
  ]);
});

describe("a cluster", () => {
  refused([
    [
      "a name with a space",
      () => c.ecs.createCluster({ clusterName: "a b" }),
      "InvalidParameterException",
      "invalid characters",
    ],
    [
      "a service's name with a space",
      () => c.ecs.createService({ serviceName: "a b" }),
      "InvalidParameterException",
      "invalid characters",
    ],
  ]);
});

describe("records", () => {
  const change = (Action: "CREATE" | "DELETE", set: Partial<ResourceRecordSet>) => {
    const plain = { Name: "a.example.com", Type: "A" as const, TTL: 60, ResourceRecords: [{ Value: "10.0.0.1" }] };
    const Changes = [{ Action, ResourceRecordSet: { ...plain, ...set } }];
    return c.route53.changeResourceRecordSets({ HostedZoneId: zone, ChangeBatch: { Changes } });
  };
  const AliasTarget = { HostedZoneId: "Z1", DNSName: "x.elb.amazonaws.com", EvaluateTargetHealth: false };
  const cname = { Type: "CNAME" as const, ResourceRecords: [{ Value: "b.example.com" }] };
  refused([
    [
      "a name of another zone",
      () => change("CREATE", { Name: "a.example.org" }),
      "InvalidChangeBatch",
      "not permitted in zone",
    ],
    ["a record twice", () => change("CREATE", { Name: "taken.example.com" }), "InvalidChangeBatch", "already exists"],
    [
      "an address that is none",
      () => change("CREATE", { ResourceRecords: [{ Value: "a.b" }] }),
      "InvalidChangeBatch",
      "IPv4",
    ],
    ["an IPv6 address that is none", () => change("CREATE", { Type: "AAAA" }), "InvalidChangeBatch", "IPv6"],
    ["a CNAME at the apex", () => change("CREATE", { ...cname, Name: "example.com" }), "InvalidChangeBatch", "at apex"],
    [
      "a CNAME beside another record",
      () => change("CREATE", { ...cname, Name: "taken.example.com" }),
      "InvalidChangeBatch",
      "conflicting RRSet",
    ],
    ["values and alias", () => change("CREATE", { AliasTarget }), "InvalidInput", "exactly one of"],
    ["to delete what is not there", () => change("DELETE", {}), "InvalidChangeBatch", "it was not found"],
    [
      "to delete what is otherwise",
      () => change("DELETE", { Name: "taken.example.com", TTL: 61 }),
      "InvalidChangeBatch",
      "do not match",
    ],
  ]);
});

describe("a file system", () => {
  const mount = (SubnetId: string, SecurityGroups?: string[]) =>
    c.efs.createMountTarget({ FileSystemId: fileSystem, SubnetId, SecurityGroups });
  const policy = (Policy: string) => c.efs.putFileSystemPolicy({ FileSystemId: fileSystem, Policy });
  refused([
    [
      "provisioned throughput without a number",
      () => c.efs.createFileSystem({ CreationToken: "p", ThroughputMode: "provisioned" }),
      "BadRequest",
      "ProvisionedThroughputInMibps",
    ],
    [
      "max I/O with elastic throughput",
      () => c.efs.createFileSystem({ CreationToken: "m", ThroughputMode: "elastic", PerformanceMode: "maxIO" }),
      "BadRequest",
      "Max I/O",
    ],
    [
      "an access point on none",
      () => c.efs.createAccessPoint({ FileSystemId: "fs-00000000" }),
      "FileSystemNotFound",
      "fs-00000000",
    ],
    [
      "a directory without /",
      () => c.efs.createAccessPoint({ FileSystemId: fileSystem, RootDirectory: { Path: "data" } }),
      "ValidationException",
      "regular expression pattern",
    ],
    ["two mount targets in a zone", () => mount(one.subnets[2]), "MountTargetConflict", "already exists"],
    ["a mount target in another VPC", () => mount(two.subnets[1]), "MountTargetConflict", "same VPC"],
    ["another VPC's group", () => mount(one.subnets[1], [two.group]), "SecurityGroupNotFound", ""],
    ["a policy that is no JSON", () => policy("no"), "InvalidPolicyException", "no JSON"],
    [
      "a policy without principal",
      () => policy('{"Statement":[{"Effect":"Deny","Action":"elasticfilesystem:*"}]}'),
      "InvalidPolicyException",
      "Principal",
    ],
    [
      "deletion with mount targets",
      () => c.efs.deleteFileSystem({ FileSystemId: fileSystem }),
      "FileSystemInUse",
      "mount targets",
    ],
  ]);
});

describe("backups and secrets", () => {
  const rule = (change: Partial<BackupRuleInput>) =>
    c.backup.createBackupPlan({
      BackupPlan: { BackupPlanName: "new", Rules: [{ RuleName: "r", TargetBackupVaultName: "sample", ...change }] },
    });
  refused([
    [
      "a vault that is not there",
      () => rule({ TargetBackupVaultName: "none" }),
      "InvalidParameterValueException",
      "cannot be found",
    ],
    ["a schedule that is none", () => rule({ ScheduleExpression: "daily" }), "InvalidParameterValueException", "cron"],
    [
      "cold storage for less than 90 days",
      () => rule({ Lifecycle: { MoveToColdStorageAfterDays: 30, DeleteAfterDays: 35 } }),
      "InvalidParameterValueException",
      "90 days",
    ],
    [
      "a window under an hour",
      () => rule({ StartWindowMinutes: 30 }),
      "InvalidParameterValueException",
      "StartWindowMinutes",
    ],
    [
      "a completion before the start",
      () => rule({ StartWindowMinutes: 60, CompletionWindowMinutes: 90 }),
      "InvalidParameterValueException",
      "CompletionWindowMinutes",
    ],
    [
      "a role that is not Backup's",
      () =>
        c.backup.createBackupSelection({
          BackupPlanId: plan,
          BackupSelection: { SelectionName: "s", IamRoleArn: execution },
        }),
      "InvalidParameterValueException",
      "cannot be assumed by AWS Backup",
    ],
    [
      "to describe no vault",
      () => c.backup.describeBackupVault({ BackupVaultName: "none" }),
      "AccessDeniedException",
      "Insufficient privileges",
    ],
    [
      "a secret's name with a space",
      () => c.secretsmanager.createSecret({ Name: "a b" }),
      "ValidationException",
      "Invalid name",
    ],
    [
      "a name in its recovery window",
      () => c.secretsmanager.createSecret({ Name: "gone" }),
      "InvalidRequestException",
      "scheduled for deletion",
    ],
    [
      "a value for a deleted secret",
      () => c.secretsmanager.putSecretValue({ SecretId: "gone", SecretString: "y" }),
      "InvalidRequestException",
      "marked for deletion",
    ],
    [
      "a value twice",
      async () => {
        const same = { SecretId: "twice", ClientRequestToken: "1".repeat(36) };
        await c.secretsmanager.createSecret({ Name: "twice" });
        await c.secretsmanager.putSecretValue({ ...same, SecretString: "a" });
        await c.secretsmanager.putSecretValue({ ...same, SecretString: "b" });
      },
      "ResourceExistsException",
      "already in use",
    ],
    [
      "no recovery and a window",
      () =>
        c.secretsmanager.deleteSecret({ SecretId: "gone", RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }),
      "InvalidParameterException",
      "ForceDeleteWithoutRecovery",
    ],
  ]);
});

describe("roles, logs, alarms and topics", () => {
  const role = (AssumeRolePolicyDocument: string, RoleName = "new") =>
    c.iam.createRole({ RoleName, AssumeRolePolicyDocument });
  const alarm = (change: Partial<PutMetricAlarmCommandInput>) =>
    c.cloudwatch.putMetricAlarm({
      AlarmName: "a",
      MetricName: "CPUUtilization",
      Namespace: "AWS/ECS",
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 80,
      ComparisonOperator: "GreaterThanThreshold",
      ...change,
    });
  const measure = (filterPattern: string, change: Partial<MetricTransformation> = {}, logGroupName = "measured") =>
    c.logs.putMetricFilter({
      ...{ filterName: "f", logGroupName, filterPattern },
      metricTransformations: [{ metricName: "m", metricNamespace: "n", metricValue: "1", ...change }],
    });
  const subscribe = (Protocol: string, Endpoint: string) => c.sns.subscribe({ TopicArn: topic, Protocol, Endpoint });
  refused([
    [
      "a role name of 65 characters",
      () => role(trust("ecs-tasks.amazonaws.com"), "n".repeat(65)),
      "ValidationError",
      "length less than or equal to 64",
    ],
    ["a trust policy without statement", () => role("{}"), "MalformedPolicyDocumentException", "Statement"],
    [
      "trust in no service",
      () => role(trust("esc-tasks.amazonaws.com")),
      "MalformedPolicyDocumentException",
      "esc-tasks",
    ],
    [
      "an unknown managed policy",
      () => c.iam.attachRolePolicy({ RoleName: "execution", PolicyArn: "arn:aws:iam::aws:policy/None" }),
      "NoSuchEntityException",
      "None",
    ],
    [
      "an inline policy without resource",
      () =>
        c.iam.putRolePolicy({
          RoleName: "execution",
          PolicyName: "p",
          PolicyDocument: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject"}]}',
        }),
      "MalformedPolicyDocumentException",
      "resources",
    ],
    [
      "an inline policy that is too long",
      () =>
        c.iam.putRolePolicy({
          RoleName: "execution",
          PolicyName: "p",
          PolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"${"a".repeat(10_240)}"}]}`,
        }),
      "LimitExceededException",
      "10240",
    ],
    [
      "two inline policies that are too long together",
      async () => {
        const PolicyDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::${"a".repeat(6000)}"}]}`;
        await c.iam.putRolePolicy({ RoleName: "execution", PolicyName: "one", PolicyDocument });
        await c.iam.putRolePolicy({ RoleName: "execution", PolicyName: "one", PolicyDocument });
        await c.iam.putRolePolicy({ RoleName: "execution", PolicyName: "two", PolicyDocument });
      },
      "LimitExceededException",
      "10240",
    ],
    [
      "a retention of 31 days",
      async () => {
        await c.logs.createLogGroup({ logGroupName: "g" });
        await c.logs.putRetentionPolicy({ logGroupName: "g", retentionInDays: 31 });
      },
      "InvalidParameterException",
      "31",
    ],
    [
      "streams of no log group",
      () => c.logs.createLogStream({ logGroupName: "none", logStreamName: "s" }),
      "ResourceNotFoundException",
      "log group",
    ],
    ["metrics of no log group", () => measure("", {}, "none"), "ResourceNotFoundException", "log group"],
    [
      "a pattern that does not end",
      async () => {
        await c.logs.createLogGroup({ logGroupName: "measured" });
        await measure("{ $.age = *");
      },
      "InvalidParameterException",
      "Invalid metric filter pattern",
    ],
    ["a pattern of another path", () => measure("{ age = * }"), "InvalidParameterException", "filter pattern"],
    ["a term without quotes", () => measure("[entrypoint"), "InvalidParameterException", "filter pattern"],
    [
      "a value that the pattern does not name",
      () => measure("{ $.age = * }", { metricValue: "$.hours" }),
      "InvalidParameterException",
      "$.hours",
    ],
    [
      "a value that is no number",
      () => measure("{ $.age = * }", { metricValue: "age" }),
      "InvalidParameterException",
      "age",
    ],
    [
      "a default beside dimensions",
      () => measure("{ $.age = * }", { defaultValue: 0, dimensions: { Age: "$.age" } }),
      "InvalidParameterException",
      "mutually exclusive",
    ],
    [
      "a namespace with a colon",
      () => measure("", { metricNamespace: "a:b" }),
      "InvalidParameterException",
      "regular expression pattern",
    ],
    ["a period of 45 s", () => alarm({ Period: 45 }), "ValidationError", "multiple of 60"],
    ["more than a day", () => alarm({ Period: 1800, EvaluationPeriods: 49 }), "ValidationError", "86400"],
    ["unknown treatment of missing data", () => alarm({ TreatMissingData: "bad" }), "ValidationError", "bad"],
    ["no statistic", () => alarm({ Statistic: undefined }), "ValidationError", "Statistic"],
    ["an action that is no ARN", () => alarm({ AlarmActions: ["mail"] }), "ValidationError", "mail"],
    [
      "a topic policy that is no JSON",
      () => c.sns.setTopicAttributes({ TopicArn: topic, AttributeName: "Policy", AttributeValue: "no" }),
      "InvalidParameterException",
      "Policy",
    ],
    [
      "an unknown topic attribute",
      () => c.sns.setTopicAttributes({ TopicArn: topic, AttributeName: "Polcy", AttributeValue: "{}" }),
      "InvalidParameterException",
      "AttributeName",
    ],
    ["mail to no address", () => subscribe("email", "someone"), "InvalidParameterException", "Email address"],
    ["an unknown protocol", () => subscribe("mail", "a@example.com"), "InvalidParameterException", "mail"],
  ]);
});
