/** What an account at AWS holds, asked at its API: for the question whether a destroy left something. */
import type { AwsClients } from "../clients.ts";

/** Everything there is, by what it is; what every account has is left out. */
export async function leftovers(aws: AwsClients): Promise<Record<string, readonly unknown[]>> {
  const { HostedZones: zones = [] } = await aws.route53.listHostedZones({});
  const records = await Promise.all(zones.map(({ Id }) => aws.route53.listResourceRecordSets({ HostedZoneId: Id })));
  const { clusterArns = [] } = await aws.ecs.listClusters({});
  const { clusters = [] } = await aws.ecs.describeClusters({ clusters: clusterArns });
  const all = {
    networks: (await aws.ec2.describeVpcs({})).Vpcs?.filter(({ IsDefault }) => IsDefault !== true),
    subnets: (await aws.ec2.describeSubnets({})).Subnets?.filter(({ DefaultForAz }) => DefaultForAz !== true),
    addresses: (await aws.ec2.describeAddresses({})).Addresses,
    natGateways: (await aws.ec2.describeNatGateways({})).NatGateways?.filter(({ State }) => State !== "deleted"),
    endpoints: (await aws.ec2.describeVpcEndpoints({})).VpcEndpoints?.filter(
      ({ State }) => String(State) !== "deleted",
    ),
    gateways: (await aws.ec2.describeInternetGateways({})).InternetGateways?.filter(({ Tags = [] }) => Tags.length > 0),
    groups: (await aws.ec2.describeSecurityGroups({})).SecurityGroups?.filter(
      ({ GroupName }) => GroupName !== "default",
    ),
    fileSystems: (await aws.efs.describeFileSystems({})).FileSystems,
    secrets: (await aws.secretsmanager.listSecrets({ IncludePlannedDeletion: true })).SecretList,
    roles: (await aws.iam.listRoles({})).Roles?.filter(({ Path }) => Path?.startsWith("/aws-service-role/") !== true),
    logGroups: (await aws.logs.describeLogGroups({})).logGroups,
    metricFilters: (await aws.logs.describeMetricFilters({})).metricFilters,
    loadBalancers: (await aws.elbv2.describeLoadBalancers({})).LoadBalancers,
    targetGroups: (await aws.elbv2.describeTargetGroups({})).TargetGroups,
    certificates: (await aws.acm.listCertificates({})).CertificateSummaryList,
    records: records
      .flatMap(({ ResourceRecordSets = [] }) => ResourceRecordSets)
      .filter(({ Type }) => Type !== "NS" && Type !== "SOA"),
    clusters: clusters.filter(({ status }) => status !== "INACTIVE"),
    tasks: (await aws.ecs.listTaskDefinitions({ status: "ACTIVE" })).taskDefinitionArns,
    vaults: (await aws.backup.listBackupVaults({})).BackupVaultList?.filter(
      ({ BackupVaultName }) => BackupVaultName !== "Default" && BackupVaultName?.startsWith("aws/") !== true,
    ),
    plans: (await aws.backup.listBackupPlans({})).BackupPlansList,
    topics: (await aws.sns.listTopics({})).Topics,
    alarms: (await aws.cloudwatch.describeAlarms({})).MetricAlarms,
    rules: (await aws.events.listRules({})).Rules,
  };
  const entries = Object.entries(all).map(([name, items]) => [name, items ?? []] as const);
  return Object.fromEntries<readonly unknown[]>(entries.filter(([, items]) => items.length > 0));
}
