/** Services of small containers in a {@link sampleAccount}: for tests of the tasks themselves. */
import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
  type ContainerDefinition,
  type CreateServiceRequest,
  type Deployment,
  type RegisterTaskDefinitionRequest,
  type Service,
  type Task,
} from "@aws-sdk/client-ecs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Account } from "./account.ts";
import { sampleNames, sampleRoles, type SampleAccount } from "./sample-account.ts";

const { cluster } = sampleNames;

/** A container of the image `small` that runs a shell's text. */
export const container = (script: string, more: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  ...{ name: "main", image: "small", essential: true, user: "1000:1000", entryPoint: ["sh", "-c"], command: [script] },
  linuxParameters: { initProcessEnabled: true },
  logConfiguration: {
    logDriver: "awslogs",
    options: {
      ...{ "awslogs-group": sampleNames.logGroup, "awslogs-region": "eu-west-1" },
      "awslogs-stream-prefix": "gw",
    },
  },
  ...more,
});

/** Registers a task definition; gives its ARN. */
export async function register(
  { ecs }: Account,
  family: string,
  containers: readonly ContainerDefinition[],
  more: Partial<RegisterTaskDefinitionRequest> = {},
): Promise<string> {
  const roles = { executionRoleArn: sampleRoles.execution, taskRoleArn: sampleRoles.task };
  const fargate = { networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"], cpu: "256", memory: "512" } as const;
  const input: RegisterTaskDefinitionRequest = {
    ...{ family, containerDefinitions: [...containers], ...roles, ...fargate, ...more },
    requiresCompatibilities: [...fargate.requiresCompatibilities],
  };
  const { taskDefinition } = await ecs.send(new RegisterTaskDefinitionCommand(input));
  return taskDefinition?.taskDefinitionArn ?? "";
}

/** Creates a service of one task, 0/100, with the breaker. */
export async function createService(
  { ecs }: Account,
  sample: SampleAccount,
  serviceName: string,
  taskDefinition: string,
  more: Partial<CreateServiceRequest> = {},
): Promise<void> {
  const awsvpcConfiguration = {
    ...{ subnets: [...sample.subnets], securityGroups: [sample.group.task] },
    assignPublicIp: "ENABLED" as const,
  };
  const input: CreateServiceRequest = {
    ...{ cluster, serviceName, taskDefinition, desiredCount: 1, launchType: "FARGATE" },
    deploymentConfiguration: {
      ...{ minimumHealthyPercent: 0, maximumPercent: 100 },
      deploymentCircuitBreaker: { enable: true, rollback: true },
    },
    networkConfiguration: { awsvpcConfiguration },
    ...more,
  };
  await ecs.send(new CreateServiceCommand(input));
}

/** Lets it run another task definition. */
export const updateService = async ({ ecs }: Account, service: string, taskDefinition: string): Promise<void> => {
  await ecs.send(new UpdateServiceCommand({ cluster, service, taskDefinition }));
};

/** The service. */
export async function describeService({ ecs }: Account, service: string): Promise<Service> {
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
  const [found] = services ?? [];
  if (found === undefined) throw new Error(`there is no service ${service}`);
  return found;
}

/** All its tasks, also those that stopped, oldest first. */
export async function tasksOf({ ecs }: Account, serviceName: string): Promise<readonly Task[]> {
  const arns: string[] = [];
  for (const desiredStatus of ["RUNNING", "STOPPED"] as const)
    arns.push(...((await ecs.send(new ListTasksCommand({ cluster, serviceName, desiredStatus }))).taskArns ?? []));
  if (arns.length === 0) return [];
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: arns }));
  return tasks.toSorted((one, other) => Number(one.createdAt) - Number(other.createdAt));
}

/** Waits until something is there. @throws Error with what the service and its tasks say */
export async function eventually<T>(
  account: Account,
  service: string,
  ask: (service: Service, tasks: readonly Task[]) => T | undefined,
  seconds = 60,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const described = await describeService(account, service);
    const tasks = await tasksOf(account, service);
    const found = ask(described, tasks);
    if (found !== undefined) return found;
    if (Date.now() > deadline) {
      const events = described.events?.map(({ message }) => message);
      const states = tasks.map(({ lastStatus, stoppedReason, containers }) => ({
        lastStatus,
        stoppedReason,
        containers,
      }));
      throw new Error(`waited ${String(seconds)} s in vain: ${JSON.stringify({ events, states }, undefined, 1)}`);
    }
    // What is asked takes processor time from what is waited for.
    await sleep(250);
  }
}

/** Waits for the end of the only deployment's rollout. */
export const settled = (account: Account, service: string, seconds?: number): Promise<Deployment> =>
  eventually(
    account,
    service,
    ({ deployments: [primary, ...others] = [] }) =>
      primary?.rolloutState !== "IN_PROGRESS" && others.length === 0 ? primary : undefined,
    seconds,
  );

/** Waits for its first task to be STOPPED. */
export const firstStopped = (account: Account, service: string): Promise<Task> =>
  eventually(account, service, (_, [task]) => (task?.lastStatus === "STOPPED" ? task : undefined));

/** Deletes a service and waits until it is INACTIVE. */
export async function deleteService(account: Account, service: string): Promise<void> {
  await account.ecs.send(new DeleteServiceCommand({ cluster, service, force: true }));
  await eventually(account, service, ({ status }) => (status === "INACTIVE" ? true : undefined), 150);
}
