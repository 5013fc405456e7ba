import type { ResourceType } from "./resource.ts";

/** Where each resource type stands; a family's SDK loads with its first use. */
const types: Readonly<Record<string, () => Promise<ResourceType>>> = {
  "aws:ec2/vpc:Vpc": async () => (await import("./ec2/vpc.ts")).vpc,
  "aws:ec2/subnet:Subnet": async () => (await import("./ec2/subnet.ts")).subnet,
  "aws:ec2/internetGateway:InternetGateway": async () => (await import("./ec2/internet-gateway.ts")).internetGateway,
  "aws:ec2/routeTable:RouteTable": async () => (await import("./ec2/route-table.ts")).routeTable,
  "aws:ec2/route:Route": async () => (await import("./ec2/route.ts")).route,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": async () =>
    (await import("./ec2/route-table-association.ts")).routeTableAssociation,
  "aws:ec2/eip:Eip": async () => (await import("./ec2/eip.ts")).eip,
  "aws:ec2/natGateway:NatGateway": async () => (await import("./ec2/nat-gateway.ts")).natGateway,
  "aws:ec2/securityGroup:SecurityGroup": async () => (await import("./ec2/security-group.ts")).securityGroup,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": async () =>
    (await import("./ec2/security-group-rule.ts")).ingressRule,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": async () =>
    (await import("./ec2/security-group-rule.ts")).egressRule,
  "aws:ec2/vpcEndpoint:VpcEndpoint": async () => (await import("./ec2/vpc-endpoint.ts")).vpcEndpoint,
  "aws:efs/fileSystem:FileSystem": async () => (await import("./efs/file-system.ts")).fileSystem,
  "aws:efs/accessPoint:AccessPoint": async () => (await import("./efs/access-point.ts")).accessPoint,
  "aws:efs/mountTarget:MountTarget": async () => (await import("./efs/mount-target.ts")).mountTarget,
  "aws:efs/fileSystemPolicy:FileSystemPolicy": async () => (await import("./efs/policies.ts")).fileSystemPolicy,
  "aws:efs/backupPolicy:BackupPolicy": async () => (await import("./efs/policies.ts")).backupPolicy,
  "aws:secretsmanager/secret:Secret": async () => (await import("./secretsmanager/secret.ts")).secret,
  "aws:secretsmanager/secretVersion:SecretVersion": async () =>
    (await import("./secretsmanager/secret-version.ts")).secretVersion,
  "aws:iam/role:Role": async () => (await import("./iam/role.ts")).role,
  "aws:iam/rolePolicy:RolePolicy": async () => (await import("./iam/role-policies.ts")).rolePolicy,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": async () =>
    (await import("./iam/role-policies.ts")).rolePolicyAttachment,
  "aws:cloudwatch/logGroup:LogGroup": async () => (await import("./logs/log-group.ts")).logGroup,
  "aws:lb/loadBalancer:LoadBalancer": async () => (await import("./elb/load-balancer.ts")).loadBalancer,
  "aws:lb/targetGroup:TargetGroup": async () => (await import("./elb/target-group.ts")).targetGroup,
  "aws:lb/listener:Listener": async () => (await import("./elb/listener.ts")).listener,
  "aws:acm/certificate:Certificate": async () => (await import("./acm/certificate.ts")).certificate,
  "aws:acm/certificateValidation:CertificateValidation": async () =>
    (await import("./acm/certificate-validation.ts")).certificateValidation,
  "aws:route53/record:Record": async () => (await import("./route53/record.ts")).record,
  "aws:ecs/cluster:Cluster": async () => (await import("./ecs/cluster.ts")).cluster,
  "aws:ecs/taskDefinition:TaskDefinition": async () => (await import("./ecs/task-definition.ts")).taskDefinition,
  "aws:ecs/service:Service": async () => (await import("./ecs/service.ts")).service,
  "aws:backup/vault:Vault": async () => (await import("./backup/vault.ts")).vault,
  "aws:backup/plan:Plan": async () => (await import("./backup/plan.ts")).plan,
  "aws:backup/selection:Selection": async () => (await import("./backup/selection.ts")).selection,
  "aws:sns/topic:Topic": async () => (await import("./sns/topic.ts")).topic,
  "aws:sns/topicPolicy:TopicPolicy": async () => (await import("./sns/topic-policy.ts")).topicPolicy,
  "aws:sns/topicSubscription:TopicSubscription": async () =>
    (await import("./sns/topic-subscription.ts")).topicSubscription,
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": async () => (await import("./logs/metric-filter.ts")).metricFilter,
  "aws:cloudwatch/metricAlarm:MetricAlarm": async () => (await import("./cloudwatch/metric-alarm.ts")).metricAlarm,
  "aws:cloudwatch/eventRule:EventRule": async () => (await import("./cloudwatch/event-rule.ts")).eventRule,
  "aws:cloudwatch/eventTarget:EventTarget": async () => (await import("./cloudwatch/event-target.ts")).eventTarget,
};

/** @throws Error when the stand-in has no such type */
export async function resourceType(token: string): Promise<ResourceType> {
  const load = types[token];
  if (load === undefined) throw new Error(`the stand-in for the aws plugin has no resource type ${token}`);
  return await load();
}
