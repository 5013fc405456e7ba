/**
 * ECS Exec: a session by which a command runs in a container. The agent of Session Manager is put into the container
 * and writes there, asks the task role, and is refused by whatever the container lacks.
 *
 * Facts: Amazon ECS Developer Guide, "Monitor Amazon ECS containers with ECS Exec": "the SSM agent requires that the
 * container file system is able to be written to"; commands run as root whatever the container's user is.
 */
import { randomBytes } from "node:crypto";
import type { ContainerDefinition, ExecuteCommandRequest } from "@aws-sdk/client-ecs";
import { AwsError, type Operation } from "../front/handler.ts";
import type { CommandResult, RunningTask } from "./park.ts";
import type { TaskRecord } from "./records.ts";
import { clusterArn, existingTask, type Ecs } from "./requests.ts";

/** What a session's token stands for: a command until it ran, or a port of the task's loopback. */
export type Sessions = Map<
  string,
  { readonly task: RunningTask } & (
    { readonly container: string; readonly command: string } | { readonly port: number }
  )
>;

/** What the task role needs; AWS checks it in the container, so the API's answer is the same for all of it. */
const channel = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"];

const refused = (): AwsError =>
  new AwsError(
    "InvalidParameterException",
    "The execute command failed because execute command was not enabled when the task was run or the execute command agent isn't running. Wait and try again or run a new task with execute command enabled and try again.",
  );

/** Whether the agent of Session Manager runs in a container, and may talk to its service. */
export async function hasAgent(
  ecs: Ecs,
  { order, running }: TaskRecord,
  container: ContainerDefinition,
): Promise<boolean> {
  const status = running.state().containers.find((each) => each.name === container.name)?.status;
  if (status !== "RUNNING" || !order.enableExecuteCommand || container.readonlyRootFilesystem === true) return false;
  const { taskRoleArn } = order.definition;
  const { allowed } = ecs.account(order.region);
  for (const action of channel) {
    if (taskRoleArn === undefined || !(await allowed(taskRoleArn, `ssmmessages:${action}`, "*"))) return false;
  }
  return true;
}

/** Opens a session. @throws AwsError */
export async function executeCommand(
  ecs: Ecs,
  sessions: Sessions,
  asked: ExecuteCommandRequest,
  operation: Operation,
): Promise<object> {
  const { command = "", interactive } = asked;
  if (interactive !== true)
    throw new AwsError("InvalidParameterException", "Interactive is the only mode supported currently.");
  const cluster = await clusterArn(ecs, operation, asked.cluster);
  const task = existingTask(ecs, cluster, asked.task);
  const { order, running } = task;
  const containers = order.definition.containerDefinitions ?? [];
  const name = asked.container ?? (containers.length === 1 ? containers[0]?.name : undefined);
  const container = containers.find((each) => each.name === name);
  if (container === undefined)
    throw new AwsError("InvalidParameterException", "Container name must be given for a task of several containers.");
  if (!(await hasAgent(ecs, task, container))) throw refused();
  const token = randomBytes(32).toString("base64");
  sessions.set(token, { task: running, container: container.name ?? "", command });
  return {
    clusterArn: cluster,
    containerName: container.name,
    containerArn: `${order.arn.replace(":task/", ":container/")}/${container.name ?? ""}`,
    interactive: true,
    taskArn: order.arn,
    session: {
      sessionId: `ecs-execute-command-${randomBytes(8).toString("hex")}`,
      streamUrl: "wss://loopback.invalid",
      tokenValue: token,
    },
  };
}

/** Stands in for the Session Manager plugin: runs the session's command. @throws Error for a token that was used */
export async function runSession(sessions: Sessions, token: string): Promise<CommandResult> {
  const session = sessions.get(token);
  if (session === undefined || !("command" in session))
    throw new Error("there is no such session, or its command ran already");
  sessions.delete(token);
  // The agent splits the command as a shell would.
  return session.task.exec(session.container, ["sh", "-c", session.command]);
}
