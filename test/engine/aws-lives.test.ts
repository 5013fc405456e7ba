/** Lives of what moto lacks or leaves behind, from its making to its end, asked with AWS's own SDK. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archiveAge } from "../../components/ecs/alarms.ts";
import { ageLine } from "../../components/ecs/entrypoint/archive-names.mts";
import { awsClients, region, type AwsClients } from "../clouds/aws/clients.ts";
import { startAws } from "../clouds/aws/front/aws.ts";
import type { Aws } from "../clouds/aws/front/handler.ts";
import { sampleNetwork } from "../clouds/aws/sample-network.ts";

let aws: Aws;
let c: AwsClients;

beforeAll(async () => {
  aws = await startAws();
  c = awsClients(aws.endpoint);
}, 60_000);
afterAll(() => aws.stop());

/** The code of a refusal. */
const refusal = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => "nothing was refused",
    (error: unknown) => (error as Error).name,
  );

describe("a network", () => {
  it("is gone in the order that AWS wants", async () => {
    const { ec2, elbv2, efs } = c;
    const network = await sampleNetwork(c, "10.0");
    const { vpc: VpcId, subnets, group, routeTable: RouteTableId, internetGateway: InternetGatewayId } = network;
    const { AllocationId } = await ec2.allocateAddress({ Domain: "vpc" });
    const { NatGateway: nat } = await ec2.createNatGateway({ SubnetId: subnets[0], AllocationId });
    const { NatGatewayId } = nat ?? {};
    const ServiceName = `com.amazonaws.${region}.s3`;
    const { VpcEndpoint: gateway } = await ec2.createVpcEndpoint({ VpcId, ServiceName, RouteTableIds: [RouteTableId] });
    expect(gateway).toMatchObject({ VpcEndpointType: "Gateway", PrivateDnsEnabled: false });
    const { RouteTable: second } = await ec2.createRouteTable({ VpcId });
    const change = { VpcEndpointId: gateway?.VpcEndpointId, AddRouteTableIds: [second?.RouteTableId ?? ""] };
    await ec2.modifyVpcEndpoint(change);
    const logs = { ServiceName: `com.amazonaws.${region}.logs`, VpcEndpointType: "Interface", VpcId } as const;
    const { VpcEndpoint: inside } = await ec2.createVpcEndpoint({
      ...logs,
      SubnetIds: [subnets[1]],
      SecurityGroupIds: [group],
    });
    const made = await elbv2.createLoadBalancer({
      Name: "life",
      Subnets: subnets.slice(0, 2),
      SecurityGroups: [group],
    });
    const { LoadBalancerArn, Scheme } = made.LoadBalancers?.[0] ?? {};
    expect(Scheme).toBe("internet-facing");
    const { FileSystemId } = await efs.createFileSystem({ CreationToken: "life" });
    const { MountTargetId } = await efs.createMountTarget({
      FileSystemId,
      SubnetId: subnets[1],
      SecurityGroups: [group],
    });

    const takeGroup = () => refusal(ec2.deleteSecurityGroup({ GroupId: group }));
    const takeSubnet = (index: 0 | 1) => refusal(ec2.deleteSubnet({ SubnetId: subnets[index] }));
    const nothing = "nothing was refused";
    expect([await takeGroup(), await takeSubnet(0), await takeSubnet(1)]).toEqual(Array(3).fill("DependencyViolation"));
    await elbv2.deleteLoadBalancer({ LoadBalancerArn });
    await efs.deleteMountTarget({ MountTargetId });
    expect([await takeGroup(), await takeSubnet(0)]).toEqual(Array(2).fill("DependencyViolation"));
    const VpcEndpointIds = [gateway?.VpcEndpointId ?? "", inside?.VpcEndpointId ?? ""];
    await ec2.deleteVpcEndpoints({ VpcEndpointIds });
    expect([await takeGroup(), await takeSubnet(1), await takeSubnet(0)]).toEqual([
      nothing,
      nothing,
      "DependencyViolation",
    ]);

    const release = () => refusal(ec2.releaseAddress({ AllocationId }));
    const detach = () => refusal(ec2.detachInternetGateway({ VpcId, InternetGatewayId }));
    expect([await release(), await detach()]).toEqual(["InvalidIPAddress.InUse", "DependencyViolation"]);
    await ec2.deleteNatGateway({ NatGatewayId });
    expect([await release(), await detach(), await takeSubnet(0)]).toEqual(Array(3).fill(nothing));
    await ec2.deleteSubnet({ SubnetId: subnets[2] });
    for (const id of [RouteTableId, second?.RouteTableId]) await ec2.deleteRouteTable({ RouteTableId: id });
    await ec2.deleteVpc({ VpcId });
    expect(await refusal(ec2.describeVpcs({ VpcIds: [VpcId] }))).toBe("InvalidVpcID.NotFound");
  });
});

describe("a load balancer", () => {
  it("has an Application Load Balancer's attributes, and a TLS policy only with TLS", async () => {
    const { vpc, subnets } = await sampleNetwork(c, "10.1");
    const made = await c.elbv2.createLoadBalancer({ Name: "attributes", Subnets: subnets.slice(0, 2) });
    const { LoadBalancerArn } = made.LoadBalancers?.[0] ?? {};
    const attributes = { Attributes: [{ Key: "idle_timeout.timeout_seconds", Value: "4000" }] };
    await c.elbv2.modifyLoadBalancerAttributes({ LoadBalancerArn, ...attributes });
    const { Attributes: all = [] } = await c.elbv2.describeLoadBalancerAttributes({ LoadBalancerArn });
    expect(Object.fromEntries(all.map(({ Key, Value }) => [Key, Value]))).toMatchObject({
      "client_keep_alive.seconds": "3600",
      "idle_timeout.timeout_seconds": "4000",
      "load_balancing.cross_zone.enabled": "true",
      "routing.http.xff_header_processing.mode": "append",
    });
    const target = { Name: "attributes", Protocol: "HTTP", Port: 80, VpcId: vpc } as const;
    const { TargetGroupArn } = (await c.elbv2.createTargetGroup(target)).TargetGroups?.[0] ?? {};
    const DefaultActions = [{ Type: "forward" as const, TargetGroupArn }];
    const { Listeners } = await c.elbv2.createListener({ LoadBalancerArn, Protocol: "HTTP", Port: 80, DefaultActions });
    expect(Listeners?.[0]).not.toHaveProperty("SslPolicy");
  });
});

describe("a certificate", () => {
  it("is pending until its record exists, and issued from then on", async () => {
    const { CertificateArn } = await c.acm.requestCertificate({ DomainName: "a.example.com", ValidationMethod: "DNS" });
    const state = async () => (await c.acm.describeCertificate({ CertificateArn })).Certificate;
    const pending = await state();
    expect(pending).toMatchObject({ Status: "PENDING_VALIDATION" });
    const { Name, Value } = pending?.DomainValidationOptions?.[0]?.ResourceRecord ?? {};
    const { HostedZone } = await c.route53.createHostedZone({ Name: "example.com", CallerReference: "a" });
    const record = (Action: "CREATE" | "DELETE" | "UPSERT", value = Value) => {
      const ResourceRecordSet = { Name, Type: "CNAME" as const, TTL: 60, ResourceRecords: [{ Value: value }] };
      return c.route53.changeResourceRecordSets({
        HostedZoneId: HostedZone?.Id,
        ChangeBatch: { Changes: [{ Action, ResourceRecordSet }] },
      });
    };
    await record("CREATE", "something.else.");
    expect(await state()).toMatchObject({ Status: "PENDING_VALIDATION" });
    await record("UPSERT");
    expect(await state()).toMatchObject({
      Status: "ISSUED",
      DomainValidationOptions: [{ ValidationStatus: "SUCCESS" }],
    });
    expect(await refusal(record("DELETE", "something.else."))).toBe("InvalidChangeBatch");
    await record("DELETE");
    expect(await refusal(record("DELETE"))).toBe("InvalidChangeBatch");
    expect(await state()).toMatchObject({ Status: "ISSUED" });
  });
});

describe("a file system", () => {
  it("is changed, protected, backed up, and takes its access points along", async () => {
    const { FileSystemId } = await c.efs.createFileSystem({ CreationToken: "changed", ThroughputMode: "elastic" });
    const state = async () => (await c.efs.describeFileSystems({ FileSystemId })).FileSystems?.[0];
    expect(await state()).toMatchObject({ FileSystemProtection: { ReplicationOverwriteProtection: "ENABLED" } });
    await c.efs.updateFileSystem({ FileSystemId, ThroughputMode: "bursting" });
    await c.efs.updateFileSystemProtection({ FileSystemId, ReplicationOverwriteProtection: "DISABLED" });
    const protection = { FileSystemProtection: { ReplicationOverwriteProtection: "DISABLED" } };
    expect(await state()).toMatchObject({ ThroughputMode: "bursting", ...protection });
    expect(await refusal(c.efs.describeBackupPolicy({ FileSystemId }))).toBe("PolicyNotFound");
    await c.efs.putBackupPolicy({ FileSystemId, BackupPolicy: { Status: "ENABLED" } });
    expect((await c.efs.describeBackupPolicy({ FileSystemId })).BackupPolicy).toEqual({ Status: "ENABLED" });
    const Policy = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"elasticfilesystem:ClientMount"}]}';
    await c.efs.putFileSystemPolicy({ FileSystemId, Policy });
    expect((await c.efs.describeFileSystemPolicy({ FileSystemId })).Policy).toBe(Policy);
    await c.efs.deleteFileSystemPolicy({ FileSystemId });
    expect(await refusal(c.efs.describeFileSystemPolicy({ FileSystemId }))).toBe("PolicyNotFound");
    const { AccessPointId } = await c.efs.createAccessPoint({ FileSystemId });
    await c.efs.deleteFileSystem({ FileSystemId });
    expect(await refusal(c.efs.describeFileSystemPolicy({ FileSystemId }))).toBe("FileSystemNotFound");
    expect(await refusal(c.efs.describeAccessPoints({ AccessPointId }))).toBe("AccessPointNotFound");
  });
});

describe("backups", () => {
  it("keep their plan and vault until they are gone", async () => {
    const trust = JSON.stringify({
      Statement: [{ Effect: "Allow", Principal: { Service: "backup.amazonaws.com" }, Action: "sts:AssumeRole" }],
      Version: "2012-10-17",
    });
    const { Role } = await c.iam.createRole({ RoleName: "backup", AssumeRolePolicyDocument: trust });
    const vault = { BackupVaultName: "life" };
    const { BackupVaultArn } = await c.backup.createBackupVault({ ...vault, BackupVaultTags: { a: "b" } });
    expect((await c.backup.listTags({ ResourceArn: BackupVaultArn })).Tags).toEqual({ a: "b" });
    const plan = (days: number) => {
      const Rules = [{ RuleName: "r", TargetBackupVaultName: "life", Lifecycle: { DeleteAfterDays: days } }];
      return { BackupPlan: { BackupPlanName: "life", Rules } };
    };
    const { BackupPlanId } = await c.backup.createBackupPlan(plan(35));
    await c.backup.updateBackupPlan({ BackupPlanId, ...plan(14) });
    expect((await c.backup.getBackupPlan({ BackupPlanId })).BackupPlan).toMatchObject(plan(14).BackupPlan);
    const BackupSelection = { SelectionName: "s", IamRoleArn: Role?.Arn, Resources: ["arn:aws:elasticfilesystem:x"] };
    const { SelectionId } = await c.backup.createBackupSelection({ BackupPlanId, BackupSelection });
    expect(await c.backup.getBackupSelection({ BackupPlanId, SelectionId })).toMatchObject({ BackupSelection });
    expect(await refusal(c.backup.deleteBackupPlan({ BackupPlanId }))).toBe("InvalidRequestException");
    await c.backup.deleteBackupSelection({ BackupPlanId, SelectionId });
    expect(await refusal(c.backup.getBackupSelection({ BackupPlanId, SelectionId }))).toBe("ResourceNotFoundException");
    await c.backup.deleteBackupPlan({ BackupPlanId });

    const ResourceArn = "arn:aws:elasticfilesystem:eu-central-1:123456789012:file-system/fs-0123456789abcdef0";
    const job = { ...vault, ResourceArn, IamRoleArn: Role?.Arn };
    const { BackupJobId } = await c.backup.startBackupJob(job);
    expect((await c.backup.describeBackupJob({ BackupJobId })).State).toBe("FAILED"); // the role may do nothing
    const PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup";
    await c.iam.attachRolePolicy({ RoleName: "backup", PolicyArn });
    const { RecoveryPointArn } = await c.backup.startBackupJob(job);
    expect(await c.backup.describeBackupVault(vault)).toMatchObject({ NumberOfRecoveryPoints: 1 });
    expect(await refusal(c.backup.deleteBackupVault(vault))).toBe("InvalidRequestException");
    await c.backup.deleteRecoveryPoint({ ...vault, RecoveryPointArn });
    await c.backup.deleteBackupVault(vault);
    expect(await refusal(c.backup.describeBackupVault(vault))).toBe("AccessDeniedException");
  });
});

describe("a metric filter", () => {
  const [logGroupName, logStreamName, filterName] = ["measured", "s", "age"];
  const line = ageLine(["2026-11-21T03-00-00-000Z-openclaw-2026.9.6.tar.gz"], Date.UTC(2026, 10, 21, 4, 30)) ?? "";
  const { pattern: filterPattern, metric, value } = archiveAge;

  /** The smallest number of an hour. */
  const smallest = async (): Promise<readonly (number | undefined)[]> => {
    const { Datapoints: points = [] } = await c.cloudwatch.getMetricStatistics({
      ...{ Namespace: "OpenClaw/measured", MetricName: metric, Statistics: ["Minimum"], Period: 3600 },
      ...{ StartTime: new Date(Date.now() - 7_200_000), EndTime: new Date(Date.now() + 7_200_000) },
    });
    return points.map(({ Minimum }) => Minimum);
  };

  it("takes the archives' age out of what is logged, and goes with its log", async () => {
    const { logs } = c;
    await logs.createLogGroup({ logGroupName });
    await logs.createLogStream({ logGroupName, logStreamName });
    const metricTransformations = [
      { metricName: metric, metricNamespace: `OpenClaw/${logGroupName}`, metricValue: value },
    ];
    const put = (pattern: string) =>
      logs.putMetricFilter({ logGroupName, filterName, filterPattern: pattern, metricTransformations });
    await put("{ $.archiveAgeHours = 7 }");
    await put(filterPattern);
    const { metricFilters = [] } = await logs.describeMetricFilters({ logGroupName });
    expect(metricFilters).toMatchObject([{ filterName, filterPattern, metricTransformations }]);
    const { matches } = await logs.testMetricFilter({ filterPattern, logEventMessages: ["[entrypoint] no", line] });
    expect(matches).toEqual([{ eventNumber: 2, eventMessage: line, extractedValues: { [value]: "1.5" } }]);
    expect(await smallest()).toEqual([]);
    const logEvents = ["[entrypoint] NO ARCHIVE WAS MADE", line].map((message) => ({ message, timestamp: Date.now() }));
    await logs.putLogEvents({ logGroupName, logStreamName, logEvents });
    expect(await smallest()).toEqual([1.5]);
    await logs.deleteMetricFilter({ logGroupName, filterName });
    expect(await refusal(logs.deleteMetricFilter({ logGroupName, filterName }))).toBe("ResourceNotFoundException");
    await put(filterPattern);
    await logs.deleteLogGroup({ logGroupName });
    expect((await logs.describeMetricFilters({})).metricFilters).toEqual([]);
  });
});

describe("a subscription by mail", () => {
  it("waits for its confirmation", async () => {
    const { TopicArn } = await c.sns.createTopic({ Name: "mail" });
    const mail = { TopicArn, Protocol: "email", Endpoint: "a@example.com" };
    const { SubscriptionArn } = await c.sns.subscribe({ ...mail, ReturnSubscriptionArn: true });
    const { Attributes } = await c.sns.getSubscriptionAttributes({ SubscriptionArn });
    expect(Attributes).toMatchObject({ PendingConfirmation: "true" });
    expect(await c.sns.subscribe(mail)).toMatchObject({ SubscriptionArn: "pending confirmation" });
  });
});

describe("what takes its time", () => {
  it("is pending until it is available, and nothing is made on it before", async () => {
    const slow = await startAws({ settleMs: 1500 });
    try {
      const { ec2, efs, elbv2, ...others } = awsClients(slow.endpoint);
      const { subnets } = await sampleNetwork({ ec2, efs, elbv2, ...others }, "10.0");
      const { FileSystemId, LifeCycleState } = await efs.createFileSystem({ CreationToken: "slow" });
      expect(LifeCycleState).toBe("creating");
      expect(await refusal(efs.createAccessPoint({ FileSystemId }))).toBe("IncorrectFileSystemLifeCycleState");
      const { AllocationId } = await ec2.allocateAddress({ Domain: "vpc" });
      const { NatGateway } = await ec2.createNatGateway({ SubnetId: subnets[0], AllocationId });
      expect(NatGateway?.State).toBe("pending");
      const { LoadBalancers } = await elbv2.createLoadBalancer({ Name: "slow", Subnets: subnets.slice(0, 2) });
      expect(LoadBalancers?.[0]?.State).toEqual({ Code: "provisioning" });
      await sleep(1600);
      expect((await efs.describeFileSystems({})).FileSystems).toMatchObject([{ LifeCycleState: "available" }]);
      expect((await ec2.describeNatGateways({})).NatGateways).toMatchObject([{ State: "available" }]);
      expect((await elbv2.describeLoadBalancers({})).LoadBalancers).toMatchObject([{ State: { Code: "active" } }]);
      await efs.createMountTarget({ FileSystemId, SubnetId: subnets[0] });
      expect((await efs.describeMountTargets({ FileSystemId })).MountTargets).toMatchObject([
        { LifeCycleState: "creating" },
      ]);
      await ec2.deleteNatGateway({ NatGatewayId: NatGateway?.NatGatewayId });
      expect((await ec2.describeNatGateways({})).NatGateways).toMatchObject([{ State: "deleted" }]);
    } finally {
      await slow.stop();
    }
  });
});
