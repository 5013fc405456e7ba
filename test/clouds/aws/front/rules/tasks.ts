/**
 * Task definitions on Fargate. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html (cpu and memory),
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html (the rest); messages as users report them.
 */
import type * as ecs from "@aws-sdk/client-ecs";
import type * as iam from "@aws-sdk/client-iam";
import { rule, type Account, type Rules } from "../account.ts";
import { AwsError } from "../handler.ts";

const refuse = (message: string, code = "ClientException"): never => {
  throw new AwsError(code, message);
};

/** Memory in MiB for each number of CPU units: from, to, step. */
const sizes: Readonly<Record<string, readonly [number, number, number]>> = {
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16384: [32_768, 122_880, 8192],
};

function existsOnFargate(cpu: string, memory: number): boolean {
  if (cpu === "256") return [512, 1024, 2048].includes(memory);
  const [from, to, step] = sizes[cpu] ?? [1, 0, 1];
  return memory >= from && memory <= to && (memory - from) % step === 0;
}

async function checkRole(account: Account, arn: string | undefined): Promise<void> {
  if (arn === undefined) return;
  const { Roles: roles = [] } = await account.ask<iam.ListRolesResponse>("iam", "ListRoles");
  const found = roles.find(({ Arn: known }) => known === arn);
  if (!decodeURIComponent(found?.AssumeRolePolicyDocument ?? "").includes('"ecs-tasks.amazonaws.com"')) {
    refuse("Role is not valid");
  }
}

function checkContainer(container: ecs.ContainerDefinition, volumes: ReadonlySet<string | undefined>): void {
  const { name = "", linuxParameters: linux = {}, healthCheck: health, restartPolicy: restart } = container;
  if ((container.stopTimeout ?? 2) > 120 || (container.stopTimeout ?? 2) < 2) {
    refuse("The stop timeout value must be between 2 and 120 seconds for tasks on Fargate.");
  }
  if (container.hostname !== undefined) refuse("hostname is not supported on container when networkMode=awsvpc.");
  if (container.privileged === true) refuse("Fargate tasks do not support privileged containers.");
  const added = linux.capabilities?.add?.find((each) => each !== "SYS_PTRACE");
  if (added !== undefined)
    refuse(`Fargate does not support adding the capability ${added}; only SYS_PTRACE can be added.`);
  if ((linux.sharedMemorySize ?? linux.devices ?? linux.maxSwap ?? linux.swappiness) !== undefined) {
    refuse("Fargate does not support devices, sharedMemorySize, maxSwap and swappiness.");
  }
  for (const { sourceVolume: source } of container.mountPoints ?? []) {
    if (!volumes.has(source)) refuse(`Unknown volume '${source ?? ""}'.`);
  }
  if (health !== undefined) {
    const within = (what: string, value: number | undefined, from: number, to: number): void => {
      if (value !== undefined && !(value >= from && value <= to)) {
        refuse(
          `Health check ${what} must be between ${String(from)} and ${String(to)}: container '${name}' has ${String(value)}.`,
        );
      }
    };
    within("interval", health.interval, 5, 300);
    within("timeout", health.timeout, 2, 120);
    within("retries", health.retries, 1, 10);
    within("startPeriod", health.startPeriod, 0, 300);
  }
  const attempt = restart?.restartAttemptPeriod;
  if (attempt !== undefined && !(attempt >= 60 && attempt <= 1800)) {
    refuse("restartAttemptPeriod must be between 60 and 1800 seconds.");
  }
}

const onFargate = rule<ecs.RegisterTaskDefinitionRequest>(async (input, account) => {
  const { cpu = "", memory = "", containerDefinitions: containers = [], networkMode: network, family = "" } = input;
  if (!/^[\w-]{1,255}$/u.test(family)) refuse(`Family contains invalid characters: ${family}`);
  if (!containers.some(({ essential = true }) => essential)) refuse("At least one container must be marked essential.");
  const names = containers.map(({ name }) => name);
  if (new Set(names).size < names.length) refuse("Container names must be unique.");
  await checkRole(account, input.executionRoleArn);
  await checkRole(account, input.taskRoleArn);
  if (input.requiresCompatibilities?.includes("FARGATE") !== true) return;
  if (network !== "awsvpc") refuse("Fargate only supports network mode 'awsvpc'.");
  if (!existsOnFargate(cpu, Number(memory))) {
    refuse(
      `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. See the Amazon ECS documentation for the valid values.`,
    );
  }
  const logs = containers.some(({ logConfiguration: log }) => log?.logDriver === "awslogs");
  const secrets = containers.some(({ secrets: all = [] }) => all.length > 0);
  if (input.executionRoleArn === undefined && (logs || secrets)) {
    refuse(
      `Fargate requires task definition to have execution role ARN to support ${logs ? "log driver awslogs" : "secrets"}.`,
    );
  }
  for (const { efsVolumeConfiguration: efs } of input.volumes ?? []) {
    const { transitEncryption: encryption, authorizationConfig: access, rootDirectory: root } = efs ?? {};
    if (access === undefined) continue;
    if (encryption !== "ENABLED")
      refuse("EFS transit encryption must be enabled when an access point or IAM authorization is used.");
    if (access.accessPointId !== undefined && ![undefined, "", "/"].includes(root)) {
      refuse("EFS root directory must be omitted or / when an access point is used.");
    }
  }
  const volumes = new Set(input.volumes?.map(({ name }) => name));
  for (const container of containers) checkContainer(container, volumes);
});

export const taskRules: Rules = { "ecs.RegisterTaskDefinition": [onFargate] };
