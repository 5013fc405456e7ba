/** ECS's operations on tasks, and the target health that they lead to. */
import type {
  DescribeTasksRequest,
  ExecuteCommandRequest,
  ListTasksRequest,
  RunTaskRequest,
  StopTaskRequest,
} from "@aws-sdk/client-ecs";
import type { DescribeTargetHealthInput } from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError, type Handlers, type Operation } from "../front/handler.ts";
import { newTaskId } from "./orders.ts";
import { describeTask } from "./describe-task.ts";
import { startSession } from "./port-session.ts";
import { executeCommand, type Sessions } from "./exec.ts";
import type { Park, TaskOrder } from "./park.ts";
import { clusterArn, existingTask, findTask, request, taskDefinition, type Ecs } from "./requests.ts";

async function run(ecs: Ecs, operation: Operation): Promise<object> {
  const asked = request<RunTaskRequest>(operation);
  const cluster = await clusterArn(ecs, operation, asked.cluster);
  const definition = await taskDefinition(ecs, operation, asked.taskDefinition);
  const network = asked.networkConfiguration?.awsvpcConfiguration;
  if (network === undefined)
    throw new AwsError(
      "InvalidParameterException",
      "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    );
  const tasks = Array.from({ length: asked.count ?? 1 }, () => {
    const id = newTaskId();
    const order: TaskOrder = {
      ...{ id, definition, network, region: operation.region, loadBalancers: [] },
      arn: `${cluster.replace(":cluster/", ":task/")}/${id}`,
      cluster: cluster.split("/").at(-1) ?? "",
      enableExecuteCommand: asked.enableExecuteCommand ?? false,
      commands: new Map(
        (asked.overrides?.containerOverrides ?? []).flatMap(({ name, command }) =>
          name === undefined || command === undefined ? [] : [[name, command]],
        ),
      ),
    };
    return ecs.loop.run(order, {
      ...{ startedBy: asked.startedBy, service: undefined, deployment: undefined },
      group: asked.group ?? `family:${definition.family ?? ""}`,
      tags: new Map((asked.tags ?? []).map(({ key = "", value = "" }) => [key, value])),
    });
  });
  return { tasks: tasks.map(describeTask), failures: [] };
}

async function stop(ecs: Ecs, operation: Operation): Promise<object> {
  const { cluster, task: asked, reason = "" } = request<StopTaskRequest>(operation);
  const task = existingTask(ecs, await clusterArn(ecs, operation, cluster), asked);
  task.desired = "STOPPED";
  task.running.stop({ code: "UserInitiated", reason: reason === "" ? "Task stopped by user" : reason });
  return { task: describeTask(task) };
}

async function describe(ecs: Ecs, operation: Operation): Promise<object> {
  const { cluster, tasks = [] } = request<DescribeTasksRequest>(operation);
  const arn = await clusterArn(ecs, operation, cluster);
  const found = tasks.map((name) => ({ name, record: findTask(ecs, arn, name) }));
  return {
    tasks: found.flatMap(({ record }) => (record === undefined ? [] : [describeTask(record)])),
    failures: found.flatMap(({ name, record }) => (record === undefined ? [{ arn: name, reason: "MISSING" }] : [])),
  };
}

async function list(ecs: Ecs, operation: Operation): Promise<object> {
  const asked = request<ListTasksRequest>(operation);
  const { serviceName, family, startedBy, desiredStatus = "RUNNING" } = asked;
  const cluster = (await clusterArn(ecs, operation, asked.cluster)).split("/").at(-1);
  const service = serviceName?.split("/").at(-1);
  const found = [...ecs.loop.tasks.values()].filter(
    (task) =>
      task.order.cluster === cluster &&
      task.desired === desiredStatus &&
      (service === undefined || task.group === `service:${service}`) &&
      (family === undefined || task.order.definition.family === family) &&
      (startedBy === undefined || task.startedBy === startedBy),
  );
  return { taskArns: found.map(({ order }) => order.arn) };
}

function targetHealth(park: Park, operation: Operation): object {
  const { TargetGroupArn = "", Targets } = request<DescribeTargetHealthInput>(operation);
  const targets = park
    .targets(TargetGroupArn)
    .filter(({ address, port }) => Targets?.some(({ Id, Port }) => Id === address && (Port ?? port) === port) ?? true);
  return {
    TargetHealthDescriptions: targets.map(({ address, port, health }) => ({
      Target: { Id: address, Port: port },
      HealthCheckPort: String(port),
      TargetHealth: health,
    })),
  };
}

/** See the file's comment. */
export const taskHandlers = (ecs: Ecs, park: Park, sessions: Sessions): Handlers => ({
  "ecs.RunTask": (operation) => run(ecs, operation),
  "ecs.StopTask": (operation) => stop(ecs, operation),
  "ecs.DescribeTasks": (operation) => describe(ecs, operation),
  "ecs.ListTasks": (operation) => list(ecs, operation),
  "ecs.ExecuteCommand": (operation) =>
    executeCommand(ecs, sessions, request<ExecuteCommandRequest>(operation), operation),
  "ssm.StartSession": (operation) => startSession(ecs, sessions, operation),
  "elbv2.DescribeTargetHealth": (operation, forward) => {
    const { TargetGroupArn = "" } = request<DescribeTargetHealthInput>(operation);
    // Groups that no service of ECS registers with have what moto knows.
    return park.targets(TargetGroupArn).length > 0 ? Promise.resolve(targetHealth(park, operation)) : forward();
  },
});
