/** A program with every family of resources, for the tests of the plugin. What it is to deploy comes in PROGRAM_INPUT. */
import * as ec2 from "@pulumi/aws/ec2/index.js";
import * as acm from "@pulumi/aws/acm/index.js";
import * as backup from "@pulumi/aws/backup/index.js";
import * as cloudwatch from "@pulumi/aws/cloudwatch/index.js";
import * as ecs from "@pulumi/aws/ecs/index.js";
import * as efs from "@pulumi/aws/efs/index.js";
import * as iam from "@pulumi/aws/iam/index.js";
import * as lb from "@pulumi/aws/lb/index.js";
import * as route53 from "@pulumi/aws/route53/index.js";
import * as secretsmanager from "@pulumi/aws/secretsmanager/index.js";
import * as sns from "@pulumi/aws/sns/index.js";
import * as vpc from "@pulumi/aws/vpc/index.js";
import * as pulumi from "@pulumi/pulumi";

/** What a test changes from step to step. */
export interface ProgramInput {
  readonly tag: string;
  readonly cidr: string;
  readonly port: number;
  readonly publicSubnets: boolean;
  readonly secret: string;
  readonly retention: number;
  /** Of the task. */
  readonly memory: string;
  readonly waitForSteadyState: boolean;
  /** Of the alarm. */
  readonly threshold: number;
  /** How many days backups are kept. */
  readonly days: number;
  /** Of the load balancer. */
  readonly idleTimeout: number;
  /** Of the load balancer and the backups. */
  readonly protection: boolean;
  /** The log group's name, rather than a generated one. */
  readonly logGroup?: string;
  /** A file system that exists already. */
  readonly adopt?: string;
  /** Whether there is one more file system. */
  readonly extra?: boolean;
  /** A zone of this name exists. */
  readonly zone: string;
}

const input = JSON.parse(process.env["PROGRAM_INPUT"] ?? "{}") as ProgramInput; // written by the test, from this type
const tags = { Name: "test", step: input.tag };
const zones = ["eu-central-1a", "eu-central-1b"];

const network = new ec2.Vpc("network", { cidrBlock: input.cidr, enableDnsHostnames: true, tags });
const gateway = new ec2.InternetGateway("gateway", { vpcId: network.id });
const subnets = zones.map(
  (availabilityZone, index) =>
    new ec2.Subnet(`subnet-${index}`, {
      ...{ vpcId: network.id, availabilityZone, mapPublicIpOnLaunch: input.publicSubnets },
      cidrBlock: network.cidrBlock.apply((cidr) => cidr.replace(/0\.0\/16$/, `${index}.0/24`)),
    }),
);
const table = new ec2.RouteTable("table", { vpcId: network.id });
new ec2.Route("route", { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id });
subnets.forEach((subnet, index) => {
  new ec2.RouteTableAssociation(`association-${index}`, { subnetId: subnet.id, routeTableId: table.id });
});
const address = new ec2.Eip("address", { domain: "vpc" });
const [firstSubnet] = subnets;
if (firstSubnet !== undefined) {
  new ec2.NatGateway("nat", { subnetId: firstSubnet.id, allocationId: address.id }, { dependsOn: gateway });
}
const group = new ec2.SecurityGroup("group", { vpcId: network.id, description: "test" });
new vpc.SecurityGroupIngressRule("in", {
  ...{
    securityGroupId: group.id,
    cidrIpv4: "192.0.2.0/24",
    ipProtocol: "tcp",
    fromPort: input.port,
    toPort: input.port,
  },
});
new vpc.SecurityGroupEgressRule("out", { securityGroupId: group.id, cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" });
new ec2.VpcEndpoint("s3", {
  ...{ vpcId: network.id, serviceName: "com.amazonaws.eu-central-1.s3", routeTableIds: [table.id] },
});

const trust = (service: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } }],
  });
const role = new iam.Role("role", { assumeRolePolicy: trust("ecs-tasks.amazonaws.com"), tags });
new iam.RolePolicy("role-policy", {
  role: role.name,
  policy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["logs:PutLogEvents"], Resource: "*" }],
  }),
});
new iam.RolePolicyAttachment("role-attachment", {
  role: role.name,
  policyArn: "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
});
const logs = new cloudwatch.LogGroup("logs", {
  retentionInDays: input.retention,
  ...(input.logGroup !== undefined && { name: input.logGroup }),
});

new cloudwatch.LogMetricFilter("metric", {
  ...{ logGroupName: logs.name, pattern: " { $.latency = * } " },
  metricTransformation: { name: `Latency${input.retention}`, namespace: "Test", value: "$.latency" },
});

const secret = new secretsmanager.Secret("secret", { recoveryWindowInDays: 0, tags });
const version = new secretsmanager.SecretVersion("version", { secretId: secret.id, secretString: input.secret });

const files = new efs.FileSystem("files", { encrypted: true, throughputMode: "elastic", tags });
const point = new efs.AccessPoint("point", {
  fileSystemId: files.id,
  posixUser: { uid: 1000, gid: 1000 },
  rootDirectory: { path: "/openclaw", creationInfo: { ownerUid: 1000, ownerGid: 1000, permissions: "0700" } },
});
subnets.forEach((subnet, index) => {
  new efs.MountTarget(`mount-${index}`, { fileSystemId: files.id, subnetId: subnet.id, securityGroups: [group.id] });
});
new efs.FileSystemPolicy("files-policy", {
  fileSystemId: files.id,
  policy: files.arn.apply((arn) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Principal: { AWS: "*" }, Action: "elasticfilesystem:Client*", Resource: arn }],
    }),
  ),
});
new efs.BackupPolicy("files-backup", { fileSystemId: files.id, backupPolicy: { status: "ENABLED" } });
const zone = route53.getZoneOutput({ name: input.zone });
const certificate = new acm.Certificate("certificate", {
  ...{ domainName: `gateway.${input.zone}`, validationMethod: "DNS", tags },
});
const [option] = [certificate.domainValidationOptions.apply((options) => options[0])];
const proof = new route53.Record("proof", {
  zoneId: zone.zoneId,
  name: option.apply((value) => value?.resourceRecordName ?? ""),
  type: option.apply((value) => value?.resourceRecordType ?? ""),
  records: [option.apply((value) => value?.resourceRecordValue ?? "")],
  ttl: 60,
});
const validation = new acm.CertificateValidation(
  "validation",
  { certificateArn: certificate.arn, validationRecordFqdns: [proof.fqdn] },
  { customTimeouts: { create: "30s" } },
);
const balancer = new lb.LoadBalancer("balancer", {
  ...{
    securityGroups: [group.id],
    subnets: subnets.map(({ id }) => id),
    idleTimeout: input.idleTimeout,
    enableDeletionProtection: input.protection,
    tags,
  },
});
const targets = new lb.TargetGroup("targets", {
  ...{ vpcId: network.id, port: 18789, protocol: "HTTP", targetType: "ip", deregistrationDelay: 30 },
  healthCheck: { path: "/healthz", interval: 15 },
});
const listener = new lb.Listener("https", {
  ...{ loadBalancerArn: balancer.arn, port: 443, protocol: "HTTPS", certificateArn: validation.certificateArn },
  sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
  defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
});
new lb.Listener("http", {
  ...{ loadBalancerArn: balancer.arn, port: 80, protocol: "HTTP" },
  defaultActions: [{ type: "redirect", redirect: { port: "443", protocol: "HTTPS", statusCode: "HTTP_301" } }],
});
new route53.Record("name", {
  ...{ zoneId: zone.zoneId, name: `gateway.${input.zone}`, type: "A" },
  aliases: [{ name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: false }],
});
const cluster = new ecs.Cluster("cluster", { settings: [{ name: "containerInsights", value: "enabled" }], tags });
const task = new ecs.TaskDefinition("task", {
  ...{
    family: "gateway",
    cpu: "1024",
    memory: input.memory,
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
  },
  ...{ executionRoleArn: role.arn, taskRoleArn: role.arn, skipDestroy: true },
  containerDefinitions: pulumi.jsonStringify([
    {
      ...{ name: "gateway", image: "ghcr.io/openclaw/openclaw:2026.9.6", portMappings: [{ containerPort: 18789 }] },
      environment: [
        { name: "B", value: "2" },
        { name: "A", value: "1" },
      ],
      secrets: [{ name: "TOKEN", valueFrom: pulumi.interpolate`${secret.arn}:::${version.versionId}` }],
      mountPoints: [{ sourceVolume: "data", containerPath: "/data" }],
    },
  ]),
  volumes: [
    {
      name: "data",
      efsVolumeConfiguration: {
        ...{ fileSystemId: files.id, transitEncryption: "ENABLED" },
        authorizationConfig: { accessPointId: point.id, iam: "ENABLED" },
      },
    },
  ],
});
const service = new ecs.Service(
  "service",
  {
    ...{ cluster: cluster.arn, taskDefinition: task.arn, desiredCount: 1, launchType: "FARGATE" },
    ...{ deploymentMaximumPercent: 100, deploymentMinimumHealthyPercent: 0, availabilityZoneRebalancing: "DISABLED" },
    deploymentCircuitBreaker: { enable: true, rollback: true },
    networkConfiguration: { subnets: subnets.map(({ id }) => id), securityGroups: [group.id], assignPublicIp: true },
    loadBalancers: [{ targetGroupArn: targets.arn, containerName: "gateway", containerPort: 18789 }],
    ...{ healthCheckGracePeriodSeconds: 60, waitForSteadyState: input.waitForSteadyState },
  },
  { dependsOn: listener },
);
if (input.extra === true) new efs.FileSystem("extra", { encrypted: true });
if (input.adopt !== undefined) {
  const settings = { encrypted: true, throughputMode: "bursting", tags: { Name: "adopted" } };
  new efs.FileSystem("adopted", settings, { import: input.adopt, retainOnDelete: true });
}

const vault = new backup.Vault("vault", { forceDestroy: !input.protection, tags });
const plan = new backup.Plan("plan", {
  rules: [
    {
      ...{ ruleName: "daily", targetVaultName: vault.name, schedule: "cron(0 3 * * ? *)" },
      lifecycle: { deleteAfter: input.days },
    },
  ],
  tags,
});
const backupRole = new iam.Role("backup-role", { assumeRolePolicy: trust("backup.amazonaws.com") });
new backup.Selection("selection", { planId: plan.id, iamRoleArn: backupRole.arn, resources: [files.arn] });

const topic = new sns.Topic("topic", { tags });
new sns.TopicPolicy("topic-policy", {
  arn: topic.arn,
  policy: pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: topic.arn,
      },
    ],
  }),
});
new sns.TopicSubscription("subscription", { topic: topic.arn, protocol: "email", endpoint: "somebody@example.com" });
new cloudwatch.MetricAlarm("alarm", {
  ...{ namespace: "AWS/ECS", metricName: "MemoryUtilization", statistic: "Average", period: 60, evaluationPeriods: 3 },
  ...{ comparisonOperator: "GreaterThanThreshold", threshold: input.threshold, alarmActions: [topic.arn] },
  dimensions: { ClusterName: cluster.name, ServiceName: service.name },
  tags,
});
const rule = new cloudwatch.EventRule("rule", {
  eventPattern: pulumi.jsonStringify({ source: ["aws.ecs"], detail: { clusterArn: [cluster.arn] } }),
  tags,
});
new cloudwatch.EventTarget("target", { rule: rule.name, arn: topic.arn });
export const names = { logs: logs.name, version: version.versionId, point: point.id, service: service.name };
