/** An account whose roles, file system and topic have the policies of a rendered stack, and what needs each of them. */
import type { EFSVolumeConfiguration } from "@aws-sdk/client-ecs";
import { awsClients, region, type AwsClients } from "../../clouds/aws/clients.ts";
import { account, type Account } from "../../clouds/aws/tasks/account.ts";
import { fargateAws } from "../../clouds/aws/tasks/fargate-aws.ts";
import { checkPolicy } from "../../clouds/aws/tasks/fargate/efs-access.ts";
import { smallImage } from "../../clouds/aws/tasks/fargate/small-image.ts";
import { sampleAccount, sampleNames, sampleRoles, type SampleAccount } from "../../clouds/aws/tasks/sample-account.ts";
import { register } from "../../clouds/aws/tasks/sample-service.ts";
import { machineEngine } from "../../clouds/machines/engine.ts";
import { renderedStack, sampleKeyArn, type RenderedPolicy, type RenderedStack } from "../ecs-policies.ts";
import { running } from "./probing-task.ts";

/** In a repository of the account's own: what it takes to pull it is in the policies too. */
const image = `123456789012.dkr.ecr.${region}.amazonaws.com/openclaw:2026.9.6`;
const { logGroup } = sampleNames;

/** See the file's comment. */
export interface PermissionWorld extends AsyncDisposable {
  readonly stack: RenderedStack;
  readonly clients: AwsClients;
  readonly topic: string;
  readonly fileSystem: string;
  /** Gives the resource of a policy this document; undefined takes the policy away. */
  readonly put: (policy: RenderedPolicy, document: string | undefined) => Promise<void>;
  /** Runs the stack's task. @returns `runs`, or why not all of it works */
  readonly task: () => Promise<string>;
  /** Mounts the file system's root by a task of a role that may use every file system. @returns `runs`, or why not */
  readonly stranger: () => Promise<string>;
  /** Mounts with the task's identity, but without TLS. @returns `mounts`, or why not */
  readonly plainText: () => Promise<string>;
}

/** The stack's task, but for what its containers run: a shell that writes to the file system. */
async function definitions(me: Account, { containers }: RenderedStack, sample: SampleAccount) {
  const state = { efsVolumeConfiguration: { fileSystemId: sample.fileSystem, transitEncryption: "ENABLED" as const } };
  const script = 'touch "/data/$0" && echo "wrote $0"; trap "exit 0" TERM; while :; do sleep 0.1; done';
  const probing = containers.map((container) =>
    container.name === "gateway"
      ? { ...container, entryPoint: ["sh", "-c", script], healthCheck: undefined }
      : container,
  );
  const volumes = (more: Partial<EFSVolumeConfiguration>) => [
    { name: "data", efsVolumeConfiguration: { ...state.efsVolumeConfiguration, ...more } },
  ];
  const [gateway] = probing;
  return {
    own: await register(me, "own", probing, {
      ...{ cpu: "1024", memory: "3072" },
      volumes: volumes({ authorizationConfig: { accessPointId: sample.accessPoints.owner, iam: "ENABLED" } }),
    }),
    other: await register(me, "other", gateway === undefined ? [] : [{ ...gateway, user: "0:0" }], {
      ...{ cpu: "1024", memory: "3072", taskRoleArn: sampleRoles.task.replace(/task$/, "stranger") },
      volumes: volumes({ authorizationConfig: { iam: "ENABLED" } }),
    }),
  };
}

async function roles({ iam }: AwsClients): Promise<void> {
  const trust = (service: string): string =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
    });
  for (const RoleName of ["execution", "task"]) await iam.deleteRolePolicy({ RoleName, PolicyName: "rights" });
  await iam.createRole({ RoleName: "backup", AssumeRolePolicyDocument: trust("backup.amazonaws.com") });
  await iam.createRole({ RoleName: "stranger", AssumeRolePolicyDocument: trust("ecs-tasks.amazonaws.com") });
  const everything = { Effect: "Allow", Action: "elasticfilesystem:Client*", Resource: "*" };
  await iam.putRolePolicy({
    ...{ RoleName: "stranger", PolicyName: "everything" },
    PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [everything] }),
  });
}

/** Starts it, with the policies as they are rendered. */
export async function permissionWorld(): Promise<PermissionWorld> {
  await machineEngine();
  const world = await fargateAws({
    ...{ region, timings: { schedulerMs: 100, networkMs: 1000 }, images: new Map([[image, await smallImage()]]) },
  });
  const me = account(world.aws, region);
  const clients = awsClients(world.aws.endpoint);
  const sample = await sampleAccount(me, "10.79", region);
  const points = await clients.efs.describeAccessPoints({ AccessPointId: sample.accessPoints.owner });
  const { TopicArn: topic = "" } = await clients.sns.createTopic({ Name: "alarms" });
  const fileSystem = `arn:aws:elasticfilesystem:${region}:123456789012:file-system/${sample.fileSystem}`;
  const stack = await renderedStack(
    { image, secretsKeyArn: sampleKeyArn },
    {
      ...{ topic, fileSystem, secret: sample.secret.arn, secretVersion: sample.secret.version },
      logGroup: `arn:aws:logs:${region}:123456789012:log-group:${logGroup}`,
      accessPoint: points.AccessPoints?.[0]?.AccessPointArn ?? "",
    },
  );
  await clients.secretsmanager.updateSecret({ SecretId: sample.secret.arn, KmsKeyId: sampleKeyArn });
  await roles(clients);
  const put = putting(clients, topic, sample.fileSystem);
  for (const policy of stack.policies) await put(policy, policy.document);
  const { own, other } = await definitions(me, stack, sample);
  const run = running(me, world, sample);
  return {
    ...{ stack, clients, topic, fileSystem, put },
    task: () => run(own, true),
    stranger: () => run(other, false),
    plainText: async () => {
      const order = world.tasks.tasks().at(-1)?.order;
      if (order === undefined) throw new Error("no task was run yet");
      const volume: EFSVolumeConfiguration = {
        ...{ fileSystemId: sample.fileSystem, transitEncryption: "DISABLED" },
        authorizationConfig: { iam: "ENABLED" },
      };
      const ask = checkPolicy(me, order, volume, points.AccessPoints?.[0]);
      return ask.then(() => "mounts", String);
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const putting =
  ({ iam, efs, sns }: AwsClients, topic: string, FileSystemId: string): PermissionWorld["put"] =>
  async ({ kind, resource }, document) => {
    const RoleName = resource.replace("gateway-", "");
    const nobody = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
    });
    if (kind === "trust") await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: document ?? nobody });
    else if (kind === "role" && document === undefined)
      await iam.deleteRolePolicy({ RoleName, PolicyName: "rendered" });
    else if (kind === "role") await iam.putRolePolicy({ RoleName, PolicyName: "rendered", PolicyDocument: document });
    else if (kind === "file-system") await efs.putFileSystemPolicy({ FileSystemId, Policy: document });
    else await sns.setTopicAttributes({ TopicArn: topic, AttributeName: "Policy", AttributeValue: document });
  };
