/** Every policy that the ECS target renders, as its program makes them: its components run on Pulumi's mocks. */
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import type { EcsGatewayArgs } from "../../components/ecs/gateway-args.ts";
import { EcsGateway } from "../../components/ecs/gateway.ts";
import { taggedAs } from "../../components/ecs/names.ts";
import { Network } from "../../components/ecs/network.ts";
import type { Statement } from "../../components/ecs/policies.ts";
import { record, type RegisteredResource } from "./mocks.ts";

/** A policy of a stack. */
export interface RenderedPolicy {
  /** Pulumi's name of the resource that has it. */
  readonly resource: string;
  readonly kind: "trust" | "role" | "file-system" | "topic" | "endpoint";
  readonly document: string;
  readonly statements: readonly Statement[];
}

/** What a stack renders. */
export interface RenderedStack {
  readonly policies: readonly RenderedPolicy[];
  /** AWS's own policies that its roles get. */
  readonly attached: readonly { readonly resource: string; readonly policyArn: string }[];
  /** Its task definition's. */
  readonly containers: readonly ContainerDefinition[];
}

/** What AWS would have made, of which policies speak. */
export interface Arns {
  readonly logGroup: string;
  readonly secret: string;
  readonly secretVersion: string;
  readonly fileSystem: string;
  readonly accessPoint: string;
  readonly topic: string;
}

const region = "eu-central-1";
const account = "123456789012";

/** ARNs of the forms that AWS gives. */
export const sampleArns: Arns = {
  logGroup: `arn:aws:logs:${region}:${account}:log-group:gateway-log-1a2b3c4`,
  secret: `arn:aws:secretsmanager:${region}:${account}:secret:gateway-token-1a2b3c4-AbCdEf`,
  secretVersion: "11111111-2222-3333-4444-555555555555",
  fileSystem: `arn:aws:elasticfilesystem:${region}:${account}:file-system/fs-0123456789abcdef0`,
  accessPoint: `arn:aws:elasticfilesystem:${region}:${account}:access-point/fsap-0123456789abcdef0`,
  topic: `arn:aws:sns:${region}:${account}:gateway-alarms-1a2b3c4`,
};

/** ARN of a key. */
export const sampleKeyArn = `arn:aws:kms:${region}:${account}:key/01234567-89ab-cdef-0123-456789abcdef`;

const kinds: Readonly<Record<string, readonly [RenderedPolicy["kind"], string]>> = {
  "aws:iam/role:Role": ["trust", "assumeRolePolicy"],
  "aws:iam/rolePolicy:RolePolicy": ["role", "policy"],
  "aws:efs/fileSystemPolicy:FileSystemPolicy": ["file-system", "policy"],
  "aws:sns/topicPolicy:TopicPolicy": ["topic", "policy"],
  "aws:ec2/vpcEndpoint:VpcEndpoint": ["endpoint", "policy"],
};

function policyOf({ type, name, inputs }: RegisteredResource): readonly RenderedPolicy[] {
  const [kind, input = ""] = kinds[type] ?? [];
  const document = inputs[input];
  if (kind === undefined || typeof document !== "string") return [];
  const { Statement: statements } = JSON.parse(document) as { Statement: Statement[] }; // policies.ts wrote it
  return [{ resource: name, kind, document, statements }];
}

/** Renders a stack. @param change of what it is made from @param arns what AWS makes @default {@link sampleArns} */
export async function renderedStack(
  change: Partial<Omit<EcsGatewayArgs, "network">> = {},
  arns: Arns = sampleArns,
): Promise<RenderedStack> {
  const place = { partition: "aws", account, region: arns.topic.split(":")[3] ?? region };
  const made = {
    "aws:cloudwatch/logGroup:LogGroup": { arn: arns.logGroup, name: arns.logGroup.split(":").at(-1) },
    "aws:secretsmanager/secret:Secret": { arn: arns.secret },
    "aws:secretsmanager/secretVersion:SecretVersion": { versionId: arns.secretVersion },
    "aws:efs/fileSystem:FileSystem": { arn: arns.fileSystem },
    "aws:efs/accessPoint:AccessPoint": { arn: arns.accessPoint },
    "aws:sns/topic:Topic": { arn: arns.topic },
    "random:index/randomBytes:RandomBytes": { hex: "c0ffee".repeat(16) },
  };
  const { resources } = await record(() => {
    const tags = taggedAs("openclaw/prod", {});
    const zones = [`${place.region}a`, `${place.region}b`] as const;
    const network = new Network("network", {
      ...{ cidr: "10.71.0.0/24", zones, egress: "nat", tags },
      loadBalancer: change.https !== undefined,
    });
    new EcsGateway("gateway", {
      ...{ place, network, owner: "openclaw/prod", version: "2026.9.6", image: "ghcr.io/openclaw/openclaw:2026.9.6" },
      ...{ port: 18_789, cpus: 1, memoryMiB: 3072, config: {}, env: {}, secrets: {}, tokenVersion: 1, tags: {} },
      ...{ publicAddress: false, endpoints: false, shell: true, monitoring: { logDays: 30 } },
      data: { onDestroy: "retain", backupDays: 35 },
      ...change,
    });
  }, made);
  const inputs = (type: string): readonly RegisteredResource[] => resources.filter((each) => each.type === type);
  return {
    policies: resources.flatMap(policyOf),
    attached: inputs("aws:iam/rolePolicyAttachment:RolePolicyAttachment").map(({ name, inputs: given }) => ({
      resource: name,
      policyArn: String(given["policyArn"]),
    })),
    containers: inputs("aws:ecs/taskDefinition:TaskDefinition").flatMap(
      (each) => JSON.parse(String(each.inputs["containerDefinitions"])) as ContainerDefinition[], // task-definition.ts wrote it
    ),
  };
}
