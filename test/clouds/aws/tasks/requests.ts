/** What handlers have in common: members of requests, and what they name. */
import { DescribeClustersCommand, DescribeTaskDefinitionCommand, type TaskDefinition } from "@aws-sdk/client-ecs";
import { AwsError, type Operation } from "../front/handler.ts";
import type { Account } from "./account.ts";
import type { ControlLoop } from "./control-loop.ts";
import type { ServiceRecord, TaskRecord } from "./records.ts";

/** What a handler works with. */
export interface Ecs {
  readonly loop: ControlLoop;
  /** Clients of the operation's region. */
  readonly account: (region: string) => Account;
}

/** The request by its model: the front checked it against AWS's own. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- who asks knows the operation
export const request = <T>(operation: Operation): T => operation.input as T;

const lastPart = (arnOrName: string): string => arnOrName.split("/").at(-1) ?? arnOrName;

/** The cluster's ARN. @throws AwsError */
export async function clusterArn(ecs: Ecs, operation: Operation, cluster = "default"): Promise<string> {
  const { clusters } = await ecs
    .account(operation.region)
    .ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
  const arn = clusters?.find(({ status }) => status === "ACTIVE")?.clusterArn;
  if (arn === undefined) throw new AwsError("ClusterNotFoundException", "Cluster not found.");
  return arn;
}

/** An ACTIVE task definition. @throws AwsError */
export async function taskDefinition(
  ecs: Ecs,
  operation: Operation,
  name: string | undefined,
): Promise<TaskDefinition> {
  const describe = new DescribeTaskDefinitionCommand({ taskDefinition: name });
  const found = await ecs
    .account(operation.region)
    .ecs.send(describe)
    .catch(() => undefined);
  if (found?.taskDefinition === undefined) throw new AwsError("ClientException", "Unable to describe task definition.");
  if (found.taskDefinition.status === "INACTIVE") throw new AwsError("ClientException", "TaskDefinition is inactive");
  return found.taskDefinition;
}

/** A service by name or ARN: one that was deleted too, until another takes its name. */
export const findService = (ecs: Ecs, cluster: string, service: string): ServiceRecord | undefined =>
  [...ecs.loop.services.values()].find(
    ({ name, clusterArn: arn }) =>
      (arn === cluster || lastPart(arn) === lastPart(cluster)) && name === lastPart(service),
  );

/** A service that is there. @throws AwsError */
export function existingService(ecs: Ecs, cluster: string, service: string | undefined): ServiceRecord {
  const found = findService(ecs, cluster, service ?? "");
  if (found === undefined) throw new AwsError("ServiceNotFoundException", "Service not found.");
  if (found.status !== "ACTIVE") throw new AwsError("ServiceNotActiveException", "Service was not ACTIVE.");
  return found;
}

/** Tasks of a cluster by id or ARN. */
export const findTask = (ecs: Ecs, cluster: string, task: string): TaskRecord | undefined =>
  [...ecs.loop.tasks.values()].find(
    ({ order }) => order.cluster === lastPart(cluster) && (order.arn === task || order.id === task),
  );

/** A task that was asked for. @throws AwsError */
export function existingTask(ecs: Ecs, cluster: string, task: string | undefined): TaskRecord {
  const found = findTask(ecs, cluster, task ?? "");
  if (found === undefined) throw new AwsError("InvalidParameterException", "The referenced task was not found.");
  return found;
}
