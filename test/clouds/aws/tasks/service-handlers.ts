/** ECS's operations on services. */
import type {
  CreateServiceRequest,
  DeleteServiceRequest,
  DescribeServicesRequest,
  ListServicesRequest,
  UpdateServiceRequest,
} from "@aws-sdk/client-ecs";
import { AwsError, type Handlers, type Operation } from "../front/handler.ts";
import { describeService } from "./describe.ts";
import { newDeployment, type ServiceRecord } from "./records.ts";
import { clusterArn, existingService, findService, request, taskDefinition, type Ecs } from "./requests.ts";
import { checkService } from "./service-checks.ts";

const described = (ecs: Ecs, service: ServiceRecord): object => describeService(service, ecs.loop.tasksOf(service));

/** What a deployment is made of: a change of it starts a new one. */
const decisive = ["networkConfiguration", "loadBalancers", "platformVersion", "enableExecuteCommand"] as const;

/** What else may be updated. */
const immediate = [
  ...(["desiredCount", "deploymentConfiguration", "healthCheckGracePeriodSeconds", "propagateTags"] as const),
  ...(["availabilityZoneRebalancing", "enableECSManagedTags"] as const),
];

async function create(ecs: Ecs, operation: Operation): Promise<object> {
  const { tags = [], ...settings } = request<CreateServiceRequest>(operation);
  const cluster = await clusterArn(ecs, operation, settings.cluster);
  const name = settings.serviceName ?? "";
  const former = findService(ecs, cluster, name);
  if (former?.status === "ACTIVE")
    throw new AwsError("InvalidParameterException", "Creation of service was not idempotent.");
  if (former?.status === "DRAINING")
    throw new AwsError("InvalidParameterException", "Unable to Start a service that is still Draining.");
  const definition = await taskDefinition(ecs, operation, settings.taskDefinition);
  await checkService(ecs.account(operation.region), settings, definition);
  const service: ServiceRecord = {
    arn: `${cluster.replace(":cluster/", ":service/")}/${name}`,
    ...{ name, settings, clusterArn: cluster, region: operation.region, createdAt: Date.now(), status: "ACTIVE" },
    deployments: [newDeployment({ definition, settings })],
    ...{ good: undefined, goodId: undefined, events: [], steadySaid: false },
    tags: new Map(tags.map(({ key = "", value = "" }) => [key, value])),
  };
  ecs.loop.services.set(service.arn, service);
  return { service: described(ecs, service) };
}

async function update(ecs: Ecs, operation: Operation): Promise<object> {
  const asked = request<UpdateServiceRequest>(operation);
  const service = existingService(ecs, await clusterArn(ecs, operation, asked.cluster), asked.service);
  const pick = (names: readonly (keyof CreateServiceRequest & keyof UpdateServiceRequest)[]) =>
    Object.fromEntries(names.flatMap((name) => (asked[name] === undefined ? [] : [[name, asked[name]]])));
  const settings: CreateServiceRequest = { ...service.settings, ...pick(decisive), ...pick(immediate) };
  const [primary] = service.deployments;
  const definition = await taskDefinition(
    ecs,
    operation,
    asked.taskDefinition ?? primary?.revision.definition.taskDefinitionArn,
  );
  settings.taskDefinition = definition.taskDefinitionArn;
  await checkService(ecs.account(operation.region), settings, definition);
  const changed =
    definition.taskDefinitionArn !== primary?.revision.definition.taskDefinitionArn ||
    decisive.some((name) => JSON.stringify(settings[name]) !== JSON.stringify(service.settings[name]));
  service.settings = settings;
  service.steadySaid = false;
  if (changed || asked.forceNewDeployment === true) {
    for (const deployment of service.deployments) deployment.status = "ACTIVE";
    service.deployments = [newDeployment({ definition, settings }), ...service.deployments];
  }
  return { service: described(ecs, service) };
}

async function remove(ecs: Ecs, operation: Operation): Promise<object> {
  const { cluster, service: name, force } = request<DeleteServiceRequest>(operation);
  const service = existingService(ecs, await clusterArn(ecs, operation, cluster), name);
  if ((service.settings.desiredCount ?? 1) > 0 && force !== true)
    throw new AwsError("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.");
  service.status = "DRAINING";
  return { service: described(ecs, service) };
}

async function describe(ecs: Ecs, operation: Operation): Promise<object> {
  const { cluster, services = [] } = request<DescribeServicesRequest>(operation);
  const arn = await clusterArn(ecs, operation, cluster);
  const found = services.map((name) => ({ name, record: findService(ecs, arn, name) }));
  return {
    services: found.flatMap(({ record }) => (record === undefined ? [] : [described(ecs, record)])),
    failures: found.flatMap(({ name, record }) =>
      record === undefined ? [{ arn: failed(arn, name), reason: "MISSING" }] : [],
    ),
  };
}

const failed = (cluster: string, name: string): string =>
  name.startsWith("arn:") ? name : `${cluster.replace(":cluster/", ":service/")}/${name}`;

async function list(ecs: Ecs, operation: Operation): Promise<object> {
  const arn = await clusterArn(ecs, operation, request<ListServicesRequest>(operation).cluster);
  const living = [...ecs.loop.services.values()].filter(
    ({ clusterArn: cluster, status }) => cluster === arn && status !== "INACTIVE",
  );
  return { serviceArns: living.map((service) => service.arn) };
}

/** A cluster cannot go while something lives in it. */
async function removeCluster(ecs: Ecs, operation: Operation, forward: () => Promise<unknown>): Promise<unknown> {
  const arn = await clusterArn(ecs, operation, request<{ cluster: string }>(operation).cluster);
  const services = [...ecs.loop.services.values()].filter(({ clusterArn: cluster }) => cluster === arn);
  if (services.some(({ status }) => status !== "INACTIVE"))
    throw new AwsError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.");
  const name = arn.split("/").at(-1);
  if (
    [...ecs.loop.tasks.values()].some(
      (task) => task.order.cluster === name && task.running.state().status !== "STOPPED",
    )
  )
    throw new AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.");
  return forward();
}

/** See the file's comment. */
export const serviceHandlers = (ecs: Ecs): Handlers => ({
  "ecs.CreateService": (operation) => create(ecs, operation),
  "ecs.UpdateService": (operation) => update(ecs, operation),
  "ecs.DeleteService": (operation) => remove(ecs, operation),
  "ecs.DescribeServices": (operation) => describe(ecs, operation),
  "ecs.ListServices": (operation) => list(ecs, operation),
  "ecs.DeleteCluster": (operation, forward) => removeCluster(ecs, operation, forward),
});
