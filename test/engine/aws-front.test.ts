/** The AWS of the tests, asked with AWS's own SDK: errors by their codes in every protocol, calls, handlers, roles. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awsClients, region, type AwsClients } from "../clouds/aws/clients.ts";
import { startAws } from "../clouds/aws/front/aws.ts";
import { AwsError, type Aws, type Operation } from "../clouds/aws/front/handler.ts";
import { refused } from "../clouds/aws/refusals.ts";

let aws: Aws;
let c: AwsClients;
const asked: Operation[] = [];
const seen = new Date("2026-11-21T10:00:00.500Z");

beforeAll(async () => {
  aws = await startAws({
    handlers: {
      "ecs.ListTasks": (operation) => {
        asked.push(operation);
        return Promise.resolve({ taskArns: ["arn:aws:ecs:one"] });
      },
      "ecs.DescribeTasks": () => Promise.resolve({ tasks: [{ createdAt: seen, lastStatus: "RUNNING" }] }),
      "ecs.StopTask": () => Promise.reject(new AwsError("ClusterNotFoundException", "Cluster not found.")),
      "ecs.DescribeClusters": async (_, forward) => {
        const { clusters = [] } = (await forward()) as { clusters?: object[] };
        return { clusters: clusters.map((cluster) => ({ ...cluster, runningTasksCount: 7 })) };
      },
      "logs.GetLogEvents": () => Promise.resolve({ events: [{ message: "Grüße", timestamp: seen.getTime() }] }),
      "efs.DescribeMountTargets": () => Promise.reject(new AwsError("MountTargetNotFound", "none")),
      "elbv2.DescribeTargetHealth": () =>
        Promise.resolve({
          TargetHealthDescriptions: [{ Target: { Id: "10.0.0.4", Port: 80 }, TargetHealth: { State: "draining" } }],
        }),
      "elbv2.DescribeAccountLimits": () => Promise.reject(new Error("a fault of the handler")),
    },
  });
  c = awsClients(aws.endpoint);
}, 60_000);
afterAll(() => aws.stop());

describe("AWS's models", () => {
  refused([
    [
      "in JSON: an enumeration",
      () => c.ecs.createService({ serviceName: "s", launchType: "FARGAT" as "FARGATE" }),
      "InvalidParameterException",
      "1 validation error detected: Value 'FARGAT' at 'launchType' failed to satisfy constraint: Member must satisfy enum value set: [EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES]",
    ],
    [
      "in JSON: a pattern",
      () => c.logs.createLogGroup({ logGroupName: "a b" }),
      "InvalidParameterException",
      "regular expression pattern",
    ],
    [
      "in JSON with paths: a length",
      () => c.backup.createBackupVault({ BackupVaultName: "v" }),
      "InvalidParameterValueException",
      "at 'BackupVaultName'",
    ],
    [
      "in EC2's query: an enumeration inside lists",
      () =>
        c.ec2.createVpc({ CidrBlock: "10.0.0.0/16", TagSpecifications: [{ ResourceType: "vcp" as "vpc", Tags: [] }] }),
      "InvalidParameterValue",
      "Value 'vcp' at 'TagSpecifications.1.ResourceType'",
    ],
    [
      "in EC2's query: what is missing",
      () => c.ec2.createSubnet({ VpcId: undefined }),
      "MissingParameter",
      "Value null at 'VpcId'",
    ],
    [
      "in query: a range",
      () => c.elbv2.createTargetGroup({ Name: "t", HealthCheckIntervalSeconds: 301 }),
      "ValidationError",
      "less than or equal to 300",
    ],
    [
      "in query: a pattern",
      () => c.iam.createRole({ RoleName: "a b", AssumeRolePolicyDocument: "{}" }),
      "ValidationError",
      "at 'RoleName'",
    ],
    [
      "in XML with paths: an enumeration",
      () =>
        c.route53.changeResourceRecordSets({
          HostedZoneId: "Z1",
          ChangeBatch: {
            Changes: [{ Action: "CREATE", ResourceRecordSet: { Name: "a.example.com", Type: "AA" as "A" } }],
          },
        }),
      "InvalidInput",
      "Value 'AA' at 'ChangeBatch.Changes.1.ResourceRecordSet.Type'",
    ],
    [
      "all faults at once",
      () => c.iam.createRole({ RoleName: "", AssumeRolePolicyDocument: "" }),
      "ValidationError",
      "4 validation errors detected",
    ],
    ["moto's own refusals as they are", () => c.iam.getRole({ RoleName: "none" }), "NoSuchEntityException", "none"],
  ]);

  const raw = async (headers: Record<string, string>, body: string): Promise<[number, unknown]> => {
    const answer = await fetch(aws.endpoint, { method: "POST", headers, body });
    return [answer.status, await answer.json()];
  };
  const signed = (service: string, target: string): Record<string, string> => ({
    authorization: `AWS4-HMAC-SHA256 Credential=AKIA/20261121/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": target,
  });

  it("refuses members that a model does not have, operations that do not exist and requests without signature", async () => {
    const create = signed("ecs", "AmazonEC2ContainerServiceV20141113.CreateCluster");
    expect(await raw(create, '{"clusterName":"c","settings":[{"nam":"x"}]}')).toMatchObject([
      400,
      { __type: "UnknownMember", message: "CreateCluster has no member 'settings.1.nam'" },
    ]);
    expect(await raw(signed("ecs", "AmazonEC2ContainerServiceV20141113.CreateClutser"), "{}")).toMatchObject([
      400,
      { __type: "UnknownOperationException" },
    ]);
    expect(await raw({}, "{}")).toMatchObject([403, { __type: "MissingAuthenticationToken" }]);
  });
});

describe("handlers", () => {
  it("answer instead of moto, in the protocol of the service", async () => {
    expect(await c.ecs.listTasks({ cluster: "one", family: "f" })).toMatchObject({ taskArns: ["arn:aws:ecs:one"] });
    expect(asked).toEqual([
      {
        service: "ecs",
        operation: "ListTasks",
        input: { cluster: "one", family: "f" },
        accessKeyId: "AKIATESTS",
        region,
      },
    ]);
    const { tasks } = await c.ecs.describeTasks({ tasks: ["one"] });
    expect(tasks).toEqual([{ createdAt: seen, lastStatus: "RUNNING" }]);
    const { events } = await c.logs.getLogEvents({ logGroupName: "g", logStreamName: "s" });
    expect(events).toEqual([{ message: "Grüße", timestamp: seen.getTime() }]);
    const { TargetHealthDescriptions: health } = await c.elbv2.describeTargetHealth({ TargetGroupArn: "t" });
    expect(health).toEqual([{ Target: { Id: "10.0.0.4", Port: 80 }, TargetHealth: { State: "draining" } }]);
  });

  it("change what moto answers", async () => {
    await c.ecs.createCluster({ clusterName: "handled" });
    const { clusters } = await c.ecs.describeClusters({ clusters: ["handled"] });
    expect(clusters).toMatchObject([{ clusterName: "handled", status: "ACTIVE", runningTasksCount: 7 }]);
  });

  refused([
    ["what they refuse", () => c.ecs.stopTask({ task: "t" }), "ClusterNotFoundException", "Cluster not found."],
    ["what they refuse elsewhere", () => c.efs.describeMountTargets({}), "MountTargetNotFound", "none"],
  ]);

  it("have the status that the model says", async () => {
    await expect(c.efs.describeMountTargets({})).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
  });
});

describe("calls", () => {
  it("are recorded with who made them and what came of it", async () => {
    const deployer = awsClients(aws.endpoint, "AKIADEPLOYER");
    const before = aws.calls.length;
    await deployer.sts.getCallerIdentity({});
    await expect(deployer.ec2.describeVpcs({ VpcIds: ["vpc-1"] })).rejects.toThrow();
    const common = { accessKeyId: "AKIADEPLOYER", region };
    expect(aws.calls.slice(before)).toMatchObject([
      { ...common, service: "sts", operation: "GetCallerIdentity", input: {}, status: 200, code: undefined },
      { ...common, service: "ec2", operation: "DescribeVpcs", status: 400, code: "InvalidVpcID.NotFound" },
    ]);
  });

  it("are answered one by one, and many at once", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `many-${String(index)}`);
    await Promise.all(names.map((clusterName) => c.ecs.createCluster({ clusterName })));
    const { clusterArns = [] } = await c.ecs.listClusters({});
    expect(clusterArns.filter((arn) => arn.includes("many-"))).toHaveLength(20);
  });
});

describe("roles", () => {
  const allow = (statement: object): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const secret = `arn:aws:secretsmanager:${region}:123456789012:secret:openclaw/token-AbCdEf`;

  it("may do what their policies say, inline and attached", async () => {
    const trust = allow({ Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" });
    const role = (await c.iam.createRole({ RoleName: "task", AssumeRolePolicyDocument: trust })).Role?.Arn ?? "";
    const may = (action: string, resource: string, conditions = {}) => aws.allowed(role, action, resource, conditions);
    expect(await may("secretsmanager:GetSecretValue", secret)).toBe(false);

    const inline = allow({ Action: "secretsmanager:Get*", Resource: secret.replace("AbCdEf", "??????") });
    await c.iam.putRolePolicy({ RoleName: "task", PolicyName: "inline", PolicyDocument: inline });
    expect(await may("secretsmanager:GetSecretValue", secret)).toBe(true);
    expect(await may("secretsmanager:PutSecretValue", secret)).toBe(false);
    expect(await may("secretsmanager:GetSecretValue", secret.replace("token", "other"))).toBe(false);

    expect(await may("logs:PutLogEvents", "arn:aws:logs:x:y:log-group:g")).toBe(false);
    const managed = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
    await c.iam.attachRolePolicy({ RoleName: "task", PolicyArn: managed });
    expect(await may("logs:PutLogEvents", "arn:aws:logs:x:y:log-group:g")).toBe(true);
    await expect(aws.allowed(`${role}x`, "a:b", "*")).rejects.toMatchObject({ code: "NoSuchEntity" });
  });
});

describe("an account", () => {
  it("is empty at the start and gone at the end", async () => {
    await c.ecs.createCluster({ clusterName: "first" });
    const second = await startAws();
    const clients = awsClients(second.endpoint);
    expect((await clients.ecs.listClusters({})).clusterArns).toEqual([]);
    await second.stop();
    await sleep(10);
    await expect(clients.ecs.listClusters({})).rejects.toThrow(/ECONNREFUSED|socket hang up/u);
  });
});
