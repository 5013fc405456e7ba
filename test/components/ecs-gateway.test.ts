/** What a gateway on ECS consists of: exact children, their options, what is secret, and what is not there. */
import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { ContainerDefinition } from "../../components/ecs/container-definition.ts";
import type { EcsGatewayArgs, HttpsAccess } from "../../components/ecs/gateway-args.ts";
import { EcsGateway } from "../../components/ecs/gateway.ts";
import { generatedSuffix, nameLimits, taggedAs } from "../../components/ecs/names.ts";
import { Network } from "../../components/ecs/network.ts";
import type { VerifyRequest } from "../../components/ecs/verify-service/contract.ts";
import { record, type Recording, type RegisteredResource } from "../support/mocks.ts";

const place = { partition: "aws", account: "123456789012", region: "eu-central-1" };
const https: HttpsAccess = {
  domain: "openclaw.example.com",
  zoneId: "Z0123456789ABCDEFGHIJ",
  allowedCidrs: [],
  deletionProtection: false,
};
/** The token's and a secret's value; nobody may find them where they do not belong. */
const [token, canary] = ["c0ffee".repeat(16), "canary of a secret"];

/** What AWS makes of a name: an ARN, and a name with a suffix. */
const made = (name: string) => ({ arn: `arn:${name}`, name: `${name}-1a2b3c4` });

const outputs = {
  "aws:secretsmanager/secret:Secret": made,
  "aws:cloudwatch/logGroup:LogGroup": made,
  "aws:ecs/cluster:Cluster": made,
  "aws:ecs/service:Service": made,
  "aws:ecs/taskDefinition:TaskDefinition": made,
  "random:index/randomBytes:RandomBytes": { hex: token },
  "aws:secretsmanager/secretVersion:SecretVersion": { versionId: "11111111-2222-3333-4444-555555555555" },
  "aws:lb/loadBalancer:LoadBalancer": {
    dnsName: "gateway-alb.elb.amazonaws.com",
    zoneId: "Z215JYRZR1TBD5",
    arnSuffix: "app/a/1",
    arn: "arn:lb",
  },
  "aws:lb/targetGroup:TargetGroup": { arn: "arn:targets", arnSuffix: "targetgroup/a/1" },
  "aws:acm/certificate:Certificate": {
    arn: "arn:certificate",
    domainValidationOptions: [
      {
        domainName: "openclaw.example.com",
        resourceRecordName: "_x",
        resourceRecordType: "CNAME",
        resourceRecordValue: "_y",
      },
    ],
  },
  "aws:route53/record:Record": { fqdn: "_x.example.com" },
};

interface Change extends Partial<Omit<EcsGatewayArgs, "network">> {
  readonly egress?: "nat" | "public";
}

const build = async ({ egress = "nat", ...change }: Change = {}): Promise<Recording & { gateway: EcsGateway }> => {
  let gateway: EcsGateway | undefined;
  const recording = await record(() => {
    const network = new Network("network", {
      cidr: "10.71.0.0/24",
      zones: ["eu-central-1a", "eu-central-1b"],
      egress,
      loadBalancer: change.https !== undefined,
      tags: taggedAs("openclaw/prod", {}),
    });
    gateway = new EcsGateway("gateway", {
      ...{ place, owner: "openclaw/prod", version: "2026.9.6", image: "ghcr.io/openclaw/openclaw:2026.9.6" },
      ...{ port: 18_789, cpus: 1, memoryMiB: 3072, config: {}, env: { TZ: "UTC" }, secrets: { API_KEY: canary } },
      ...{ tokenVersion: 1, network, publicAddress: egress === "public", endpoints: false, shell: true },
      data: { onDestroy: "retain", backupDays: 35 },
      monitoring: { logDays: 30 },
      tags: { team: "a" },
      ...change,
    });
  }, outputs);
  if (gateway === undefined) throw new Error("no gateway");
  return { ...recording, gateway };
};

const named = ({ resources }: Recording, name: string, type = ""): RegisteredResource => {
  const found = resources.find(
    (resource) => resource.name === name && resource.type.includes(type) && resource.isCustom,
  );
  if (found === undefined) throw new Error(`no resource ${name} of type ${type}`);
  return found;
};

const value = <T>(output: pulumi.Output<T>): Promise<T> =>
  // An output's promise is not in its typings.
  (output as unknown as { promise: () => Promise<T> }).promise();

const containersOf = (recording: Recording): ContainerDefinition[] =>
  JSON.parse(
    String(named(recording, "gateway-task", "TaskDefinition").inputs["containerDefinitions"]),
  ) as ContainerDefinition[]; // task-definition.ts wrote it

const list = ({ resources }: Recording): string[] =>
  resources
    .map(({ type, name, parent }) => `${name}: ${type.split(":").at(-1) ?? ""} in ${parent.split(":").at(-1) ?? ""}`)
    .sort();

describe("a gateway behind a tunnel", () => {
  it("is exactly these, each in its component", async () => {
    const recording = await build();
    expect(list(recording).join("\n")).toMatchInlineSnapshot(`
      "gateway-API_KEY: Secret in Secrets
      gateway-API_KEY: SecretVersion in Secrets
      gateway-OPENCLAW_GATEWAY_TOKEN: Secret in Secrets
      gateway-OPENCLAW_GATEWAY_TOKEN: SecretVersion in Secrets
      gateway-alarms: Topic in Observability
      gateway-alarms: TopicPolicy in Observability
      gateway-archive-age: LogMetricFilter in Observability
      gateway-backup: Role in Backup
      gateway-backup: RolePolicyAttachment in Backup
      gateway-burst-credits: MetricAlarm in Observability
      gateway-cluster: Cluster in Service
      gateway-copies: Vault in Backup
      gateway-cpu: MetricAlarm in Observability
      gateway-daily: Plan in Backup
      gateway-data: AccessPoint in FileSystem
      gateway-data: FileSystem in FileSystem
      gateway-data: FileSystemPolicy in Roles
      gateway-execution: Role in Roles
      gateway-execution: RolePolicy in Roles
      gateway-file-system: SecurityGroup in Firewall
      gateway-internet: SecurityGroupEgressRule in Firewall
      gateway-log: LogGroup in Gateway
      gateway-memory: MetricAlarm in Observability
      gateway-mount-eu-central-1a: MountTarget in FileSystem
      gateway-mount-eu-central-1b: MountTarget in FileSystem
      gateway-no-archive: MetricAlarm in Observability
      gateway-no-task: MetricAlarm in Observability
      gateway-service: Service in Service
      gateway-state: SecurityGroupIngressRule in Firewall
      gateway-state: Selection in Backup
      gateway-task-stopped: EventRule in Observability
      gateway-task-stopped: EventTarget in Observability
      gateway-task: Role in Roles
      gateway-task: RolePolicy in Roles
      gateway-task: SecurityGroup in Firewall
      gateway-task: TaskDefinition in Service
      gateway-token: RandomBytes in Gateway
      gateway-verified: Command in Service
      gateway: Backup in Gateway
      gateway: FileSystem in Gateway
      gateway: Firewall in Gateway
      gateway: Gateway in 
      gateway: Observability in Gateway
      gateway: Roles in Gateway
      gateway: Secrets in Gateway
      gateway: Service in Gateway
      network-internet: InternetGateway in Network
      network-nat: Eip in Network
      network-nat: NatGateway in Network
      network-nat: RouteTableAssociation in Network
      network-nat: Subnet in Network
      network-public: Route in Network
      network-public: RouteTable in Network
      network-task-0: RouteTableAssociation in Network
      network-task-0: Subnet in Network
      network-task-1: RouteTableAssociation in Network
      network-task-1: Subnet in Network
      network-task: Route in Network
      network-task: RouteTable in Network
      network-vpc: Vpc in Network
      network: Network in "
    `);
  });

  it("lets nothing in but the task to its file system", async () => {
    const { resources } = await build();
    const rules = resources.filter(({ type }) => type.includes("SecurityGroupIngressRule"));
    expect(rules.map(({ inputs }) => inputs)).toEqual([
      {
        ...{ ipProtocol: "tcp", fromPort: 2049, toPort: 2049 },
        ...{ securityGroupId: "gateway-file-system-id", referencedSecurityGroupId: "gateway-task-id" },
      },
    ]);
  });

  it("keeps its file system and its backups when the stack goes, and nothing else but secret versions", async () => {
    const { resources } = await build();
    const kept = resources.filter(({ retainOnDelete }) => retainOnDelete);
    expect(kept.map(({ name, type }) => `${name} ${type.split(":").at(-1) ?? ""}`).sort()).toEqual([
      "gateway-API_KEY SecretVersion",
      "gateway-OPENCLAW_GATEWAY_TOKEN SecretVersion",
      "gateway-copies Vault",
      "gateway-data FileSystem",
    ]);
    expect(resources.filter(({ protect }) => protect)).toEqual([]);
  });

  it("leaves its file system where it is when the provider's region becomes another: one made there would be empty", async () => {
    const { resources } = await build();
    const bound = resources.filter(({ type }) => /^aws:.*:(FileSystem|MountTarget)$/.test(type));
    expect(bound).toHaveLength(3);
    for (const { ignoreChanges } of bound) expect(ignoreChanges).toContain("region");
  });

  it("deletes both when told to", async () => {
    const recording = await build({ data: { onDestroy: "delete", backupDays: 1 } });
    expect(named(recording, "gateway-data", "FileSystem").retainOnDelete).toBe(false);
    expect(named(recording, "gateway-copies").inputs["forceDestroy"]).toBe(true);
  });

  it("makes no backups when told so, and keeps the vault of those that it made before, and who deletes them in time", async () => {
    const { resources } = await build({ data: { onDestroy: "retain", backupDays: 0 } });
    const left = resources.filter(({ parent, isCustom }) => isCustom && parent.includes("Backup"));
    expect(left.map(({ name, type }) => `${type.split(":").at(-1) ?? ""} ${name}`).sort()).toEqual([
      "Role gateway-backup",
      "RolePolicyAttachment gateway-backup",
      "Vault gateway-copies",
    ]);
  });

  it("continues with a file system as it is", async () => {
    const adopt = {
      id: "fs-0123456789abcdef0",
      encrypted: true,
      performanceMode: "maxIO",
      throughputMode: "elastic",
      tags: { a: "b" },
    };
    const recording = await build({ data: { onDestroy: "retain", backupDays: 0, adopt } });
    const data = named(recording, "gateway-data", "FileSystem");
    expect(data.importId).toBe("fs-0123456789abcdef0");
    expect(data.inputs).toEqual({
      encrypted: true,
      performanceMode: "maxIO",
      throughputMode: "elastic",
      tags: { a: "b" },
    });
  });

  it("finds the state where AWS Backup restored it, and restores an archive of it, on a schedule of the user's", async () => {
    const path = "/aws-backup-restore_2026-11-21T03-10-00-000Z/openclaw";
    const [archives, restore] = [{ everyHours: 6, keep: 3 }, "2026-11-21T03-00-00-000Z-openclaw-2026.9.6.tar.gz"];
    const recording = await build({ data: { onDestroy: "retain", path, archives, restore, backupDays: 0 } });
    expect(named(recording, "gateway-data", "AccessPoint").inputs["rootDirectory"]).toMatchObject({ path });
    const [gateway] = containersOf(recording);
    const { parameters } = JSON.parse(gateway?.command[0] ?? "") as { parameters: unknown };
    expect(parameters).toMatchObject({ archives, restore });
  });

  it("runs one task, ever", async () => {
    const service = named(await build(), "gateway-service");
    expect(service.inputs).toMatchObject({
      desiredCount: 1,
      deploymentMinimumHealthyPercent: 0,
      deploymentMaximumPercent: 100,
      availabilityZoneRebalancing: "DISABLED",
      deploymentCircuitBreaker: { enable: true, rollback: true },
      platformVersion: "1.4.0",
      waitForSteadyState: false,
      enableExecuteCommand: true,
      networkConfiguration: { assignPublicIp: false },
    });
    expect(service.inputs).not.toHaveProperty("loadBalancers");
    expect(service.inputs).not.toHaveProperty("healthCheckGracePeriodSeconds");
  });

  it("starts the service once it can be mounted, is allowed to, and has a way out", async () => {
    const { dependsOn } = named(await build(), "gateway-service");
    const needed = [
      "gateway-mount-eu-central-1a",
      "gateway-mount-eu-central-1b",
      "gateway-execution",
      "gateway-task",
      "gateway-data",
      "gateway-state",
      "network-task",
    ];
    expect(dependsOn).toEqual(expect.arrayContaining(needed));
  });

  it("makes its file system once there is something by which the next run knows that it is not an earlier stack's", async () => {
    const { dependsOn } = named(await build(), "gateway-data", "FileSystem");
    expect(dependsOn).toEqual(expect.arrayContaining(["gateway-file-system", "gateway-task"]));
  });

  it("tells its secrets by version, and their values to nobody but Secrets Manager and the verification", async () => {
    const recording = await build();
    const [gateway, shell] = containersOf(recording);
    const version = "11111111-2222-3333-4444-555555555555";
    const secrets = ["API_KEY", "OPENCLAW_GATEWAY_TOKEN"].map((name) => ({
      name,
      valueFrom: `arn:gateway-${name}:::${version}`,
    }));
    expect(gateway?.secrets).toEqual(secrets);
    expect(shell?.secrets).toEqual(secrets);
    for (const { inputs, secretInputs, name } of recording.resources)
      for (const [key, input] of Object.entries(inputs))
        if (JSON.stringify(input).includes(canary) || JSON.stringify(input).includes(token))
          expect(`${name}.${key}`, "a value that is not marked secret").toBe(
            secretInputs.includes(key) ? `${name}.${key}` : "",
          );
    expect(JSON.stringify(containersOf(recording))).not.toContain(token);
  });

  it("confines the gateway, and lets ECS Exec into a container beside it alone", async () => {
    const [gateway, shell] = containersOf(await build());
    expect(gateway).toMatchObject({
      name: "gateway",
      essential: true,
      user: "1000:1000",
      readonlyRootFilesystem: true,
      stopTimeout: 120,
      restartPolicy: { enabled: true, ignoredExitCodes: [78], restartAttemptPeriod: 60 },
      linuxParameters: {
        initProcessEnabled: true,
        capabilities: { add: [], drop: ["ALL"] },
        tmpfs: [{ containerPath: "/tmp", size: 1024, mountOptions: ["nosuid", "nodev"] }],
      },
    });
    expect(shell).toMatchObject({ name: "shell", essential: false, readonlyRootFilesystem: false, portMappings: [] });
    expect(containersOf(await build({ shell: false, https }))).toHaveLength(1);
  });

  it("is verified by a command whose text never changes", async () => {
    const verified = named(await build(), "gateway-verified");
    expect(verified.inputs["create"]).toBe("node ../components/ecs/verify-service.ts");
    expect(verified.inputs["update"]).toBe(verified.inputs["create"]);
    expect(verified.secretInputs).toEqual(["stdin"]);
    expect(verified.additionalSecretOutputs).toEqual(["stdin"]);
    const request = JSON.parse(String(verified.inputs["stdin"])) as VerifyRequest; // service.ts wrote it
    expect(Object.keys(request).sort()).toEqual([
      "cluster",
      "logGroup",
      "network",
      "region",
      "release",
      "service",
      "taskDefinition",
    ]);
    expect(request).toMatchObject({
      cluster: "gateway-cluster-1a2b3c4",
      service: "gateway-service-1a2b3c4",
      taskDefinition: "arn:gateway-task",
      logGroup: "gateway-log-1a2b3c4",
      network: {
        subnets: ["network-task-0-id", "network-task-1-id"],
        securityGroups: ["gateway-task-id"],
        assignPublicIp: "DISABLED",
      },
      release: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
    });
  });

  it("registers its outputs, in every component", async () => {
    const { componentOutputs, resources, gateway } = await build();
    const components = resources.filter(({ isCustom }) => !isCustom).map(({ name }) => name);
    expect([...componentOutputs.keys()].sort()).toEqual([...new Set(components)].sort());
    expect(await value(gateway.url)).toBe("http://127.0.0.1:18789/");
    expect(await value(gateway.token)).toBe(token);
    expect(await value(gateway.release)).toMatch(/^[0-9a-f]{12}$/);
    expect(gateway.loadBalancerName).toBeUndefined();
  });

  it("has a public address and no NAT gateway when told so", async () => {
    const recording = await build({ egress: "public" });
    expect(recording.resources.filter(({ type }) => /natGateway|eip/.test(type))).toEqual([]);
    expect(named(recording, "gateway-service").inputs["networkConfiguration"]).toMatchObject({ assignPublicIp: true });
    expect(named(recording, "network-task-0", "Association").inputs["routeTableId"]).toBe("network-public-id");
  });
});

describe("a gateway behind a load balancer", () => {
  it("is the same, and a door with a certificate", async () => {
    const [tunnel, door] = [await build(), await build({ https })];
    const more = list(door).filter((line) => !list(tunnel).includes(line));
    expect(more.join("\n")).toMatchInlineSnapshot(`
      "gateway-443-0-0-0-0-0: SecurityGroupIngressRule in Firewall
      gateway-80-0-0-0-0-0: SecurityGroupIngressRule in Firewall
      gateway-address: Record in LoadBalancer
      gateway-alb: LoadBalancer in LoadBalancer
      gateway-alb: TargetGroup in LoadBalancer
      gateway-certificate: Certificate in LoadBalancer
      gateway-certificate: CertificateValidation in LoadBalancer
      gateway-gateway-18789: SecurityGroupEgressRule in Firewall
      gateway-gateway-18789: SecurityGroupIngressRule in Firewall
      gateway-http: Listener in LoadBalancer
      gateway-https: Listener in LoadBalancer
      gateway-load-balancer-5xx: MetricAlarm in Observability
      gateway-load-balancer: SecurityGroup in Firewall
      gateway-target-5xx: MetricAlarm in Observability
      gateway-unhealthy: MetricAlarm in Observability
      gateway-validation: Record in LoadBalancer
      gateway: LoadBalancer in Gateway
      network-load-balancer-0: RouteTableAssociation in Network
      network-load-balancer-0: Subnet in Network
      network-load-balancer-1: RouteTableAssociation in Network
      network-load-balancer-1: Subnet in Network"
    `);
  });

  it("is open on 443 and 80 to whom it says, and there alone", async () => {
    const ingress = async (allowedCidrs: readonly string[]) =>
      (await build({ https: { ...https, allowedCidrs } })).resources
        .filter(({ type }) => type.includes("SecurityGroupIngressRule"))
        .map(
          ({ inputs }) =>
            `${String(inputs["cidrIpv4"] ?? inputs["referencedSecurityGroupId"])} → ${String(inputs["securityGroupId"])}:${String(inputs["fromPort"])}`,
        );
    const inside = [
      "gateway-task-id → gateway-file-system-id:2049",
      "gateway-load-balancer-id → gateway-task-id:18789",
    ];
    expect(new Set(await ingress([]))).toEqual(
      new Set([...inside, "0.0.0.0/0 → gateway-load-balancer-id:443", "0.0.0.0/0 → gateway-load-balancer-id:80"]),
    );
    expect(await ingress(["203.0.113.7/32", "203.0.113.7/32"])).toHaveLength(4);
  });

  it("forwards nothing but HTTPS, and probes the one path that needs no X-Forwarded-For", async () => {
    const recording = await build({ https });
    expect(named(recording, "gateway-https").inputs).toMatchObject({
      port: 443,
      protocol: "HTTPS",
      sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
      defaultActions: [{ type: "forward", targetGroupArn: "arn:targets" }],
    });
    expect(named(recording, "gateway-http").inputs["defaultActions"]).toEqual([
      { type: "redirect", redirect: { port: "443", protocol: "HTTPS", statusCode: "HTTP_301" } },
    ]);
    expect(named(recording, "gateway-alb", "TargetGroup").inputs["healthCheck"]).toMatchObject({
      path: "/healthz",
      matcher: "200",
    });
    expect(named(recording, "gateway-alb", "LoadBalancer").inputs).toMatchObject({
      idleTimeout: 3600,
      dropInvalidHeaderFields: true,
    });
    expect(named(recording, "gateway-service").inputs["healthCheckGracePeriodSeconds"]).toBeGreaterThanOrEqual(420);
  });

  it("trusts the load balancer's subnets and no other address, and keeps origins of the user's own", async () => {
    const recording = await build({
      https,
      config: { gateway: { controlUi: { allowedOrigins: ["https://other.example"] } } },
    });
    const [gateway] = containersOf(recording);
    const { parameters } = JSON.parse(gateway?.command[0] ?? "") as { parameters: { config: { gateway: object } } }; // bundle.ts wrote it
    expect(parameters.config.gateway).toMatchObject({
      trustedProxies: ["10.71.0.128/27", "10.71.0.160/27"],
      publicOrigin: "https://openclaw.example.com",
      controlUi: { allowedOrigins: ["https://openclaw.example.com", "https://other.example"] },
      bind: "lan",
    });
    const balancers = recording.resources.filter(({ name }) => /^network-load-balancer-\d$/.test(name));
    expect(balancers.flatMap(({ inputs }) => inputs["cidrBlock"] ?? [])).toEqual(["10.71.0.128/27", "10.71.0.160/27"]);
  });

  it("is verified from outside too", async () => {
    const request = JSON.parse(
      String(named(await build({ https }), "gateway-verified").inputs["stdin"]),
    ) as VerifyRequest; // service.ts wrote it
    expect(request.outside).toEqual({
      domain: "openclaw.example.com",
      address: "gateway-alb.elb.amazonaws.com",
      version: "2026.9.6",
      token,
    });
  });

  it("uses a certificate that is given, and makes no records without a zone", async () => {
    const certificateArn = "arn:aws:acm:eu-central-1:123456789012:certificate/x";
    const recording = await build({ https: { ...https, zoneId: undefined, certificateArn } });
    expect(recording.resources.filter(({ type }) => /acm|route53/.test(type))).toEqual([]);
    expect(named(recording, "gateway-https").inputs["certificateArn"]).toBe(certificateArn);
  });
});

it("is alarmed about the archives of its own log, three hours after one was due; without archives about none", async () => {
  const recording = await build({
    data: { onDestroy: "retain", backupDays: 35, archives: { everyHours: 12, keep: 7 } },
  });
  const { logGroupName, pattern, metricTransformation } = named(recording, "gateway-archive-age").inputs;
  expect([logGroupName, pattern]).toEqual(["gateway-log-1a2b3c4", "{ $.archiveAgeHours = * }"]);
  const metric = { name: "ArchiveAgeHours", namespace: "OpenClaw/gateway-log-1a2b3c4" };
  expect(metricTransformation).toEqual({ ...metric, value: "$.archiveAgeHours" });
  expect(named(recording, "gateway-no-archive").inputs).toMatchObject({
    ...{ metricName: metric.name, namespace: metric.namespace, dimensions: {}, statistic: "Minimum", threshold: 15 },
    ...{ period: 3600, evaluationPeriods: 2, treatMissingData: "breaching" },
  });
  const none = await build({ data: { onDestroy: "retain", backupDays: 35, archives: { everyHours: 0, keep: 7 } } });
  expect(list(none).filter((line) => line.includes("archive"))).toEqual([]);
});

it("has names that AWS takes, with what Pulumi appends", async () => {
  const { resources } = await build({ https, endpoints: true });
  for (const { type, name } of resources) {
    const limit = nameLimits[type];
    if (limit !== undefined) expect(name.length + generatedSuffix, `${type} ${name}`).toBeLessThanOrEqual(limit);
  }
});

it("tags everything that takes tags as this stack's", async () => {
  const { resources } = await build({ https, endpoints: true });
  const tagged = resources.filter(({ inputs }) => Object.hasOwn(inputs, "tags"));
  expect(tagged.length).toBeGreaterThan(30);
  for (const { inputs } of tagged)
    expect(inputs["tags"]).toMatchObject({ "openclaw-stack": "openclaw/prod", "managed-by": "pulumi-openclaw" });
});
