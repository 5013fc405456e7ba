/** Tasks as ECS describes them. */
import { platform, seconds, tagList } from "./describe.ts";
import type { TaskRecord } from "./records.ts";

function describeContainers(task: TaskRecord): readonly object[] {
  const { order } = task;
  const state = task.running.state();
  const interfaces =
    state.address === undefined ? [] : [{ attachmentId: state.interfaceId ?? "", privateIpv4Address: state.address }];
  return state.containers.map((container) => {
    const definition = order.definition.containerDefinitions?.find(({ name }) => name === container.name);
    return {
      containerArn: `${order.arn.replace(":task/", ":container/")}/${container.name}`,
      taskArn: order.arn,
      name: container.name,
      image: definition?.image,
      imageDigest: container.imageDigest,
      runtimeId: container.runtimeId,
      lastStatus: container.status,
      exitCode: container.exitCode,
      reason: container.reason,
      networkBindings: [],
      networkInterfaces: interfaces,
      healthStatus: container.health,
      cpu: String(definition?.cpu ?? 0),
      ...(definition?.memory === undefined ? {} : { memory: String(definition.memory) }),
    };
  });
}

/** A task. */
export function describeTask(task: TaskRecord): object {
  const { order } = task;
  const state = task.running.state();
  const { times } = state;
  const at = (name: string, time: number | undefined) => (time === undefined ? {} : { [name]: seconds(time) });
  const details = [
    { name: "subnetId", value: state.subnet },
    { name: "networkInterfaceId", value: state.interfaceId },
    { name: "privateIPv4Address", value: state.address },
  ].flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }]));
  return {
    ...platform,
    taskArn: order.arn,
    clusterArn: order.arn.replace(":task/", ":cluster/").replace(/\/[0-9a-f]+$/, ""),
    taskDefinitionArn: order.definition.taskDefinitionArn,
    group: task.group,
    startedBy: task.startedBy,
    availabilityZone: state.zone,
    lastStatus: state.status,
    desiredStatus: task.desired,
    healthStatus: state.health,
    containers: describeContainers(task),
    cpu: order.definition.cpu,
    memory: order.definition.memory,
    connectivity: state.address === undefined ? undefined : "CONNECTED",
    enableExecuteCommand: order.enableExecuteCommand,
    ephemeralStorage: { sizeInGiB: order.definition.ephemeralStorage?.sizeInGiB ?? 20 },
    attachments: [
      { id: state.interfaceId ?? order.id, type: "ElasticNetworkInterface", status: attachment(state.status), details },
    ],
    attributes: [{ name: "ecs.cpu-architecture", value: "x86_64" }],
    overrides: {
      containerOverrides: state.containers.map(({ name }) => ({ name })),
      inferenceAcceleratorOverrides: [],
    },
    stopCode: state.stop?.code,
    stoppedReason: state.stop?.reason,
    createdAt: seconds(task.createdAt),
    ...at("pullStartedAt", times.pullStarted),
    ...at("pullStoppedAt", times.pullStopped),
    ...at("startedAt", times.started),
    ...at("stoppingAt", times.stopping),
    ...at("executionStoppedAt", times.executionStopped),
    ...at("stoppedAt", times.stopped),
    tags: tagList(task.tags),
    version: 1,
  };
}

const attachment = (status: string): string =>
  status === "STOPPED" ? "DELETED" : status === "PROVISIONING" ? "PRECREATED" : "ATTACHED";
