/** What is told of a task that did not become the gateway. Pure. */
import type { Container, Task } from "@aws-sdk/client-ecs";

/** Name of the gateway's container, as the task definition has it. */
const gateway = "gateway";

/** The last part of an ARN. */
export const shortId = (arn: string): string => arn.split("/").at(-1) ?? arn;

/** Where a task's gateway writes its log: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html */
export const logStream = (taskArn: string): string => `openclaw/${gateway}/${shortId(taskArn)}`;

/** Whether ECS found a task's gateway healthy. */
export const isHealthy = (task: Task): boolean =>
  task.lastStatus === "RUNNING" && task.containers?.find(({ name }) => name === gateway)?.healthStatus === "HEALTHY";

const containerLine = ({ name, exitCode, reason, healthStatus }: Container): string | undefined => {
  const parts = [
    exitCode === undefined
      ? undefined
      : `ended with ${String(exitCode)}${exitCode === 137 ? " (killed, or out of memory)" : ""}`,
    healthStatus === "UNHEALTHY" ? "was unhealthy" : undefined,
    reason,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : `  container ${String(name)}: ${parts.join("; ")}`;
};

/**
 * A task that stopped, with its last words.
 *
 * @param log last lines of the gateway's log, oldest first
 */
export function taskReport(task: Task, log: readonly string[]): string {
  const id = shortId(task.taskArn ?? "");
  return [
    `task ${id} stopped: ${task.stoppedReason ?? task.stopCode ?? "no reason given"}`,
    ...(task.containers ?? []).map(containerLine).filter((line) => line !== undefined),
    ...(log.length === 0
      ? ["  it wrote no log"]
      : ["  the last lines of its log:", ...log.map((line) => `    ${line}`)]),
  ].join("\n");
}
