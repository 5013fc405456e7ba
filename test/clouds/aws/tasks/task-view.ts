/** A task, as the scheduler looks at it. */
import type { TargetState } from "./park.ts";
import type { TaskRecord } from "./records.ts";
import type { ScheduledTask } from "./scheduler.ts";

const before = new Set(["PROVISIONING", "PENDING", "ACTIVATING"]);

/** Not RUNNING yet. */
export const isPending = (task: TaskRecord): boolean => before.has(task.running.state().status);

const isFault = (reason: string | undefined): boolean => reason?.startsWith("Task failed ") === true;

/** It ended by its own fault, not because it was asked to. */
export function wasFailure(task: TaskRecord): boolean {
  const { stop } = task.running.state();
  if (stop === undefined) return false;
  return stop.code === "TaskFailedToStart" || stop.code === "EssentialContainerExited" || isFault(stop.reason);
}

/** The health of a task's targets. */
function targetHealth(task: TaskRecord, targets: (group: string) => readonly TargetState[]) {
  const { address } = task.running.state();
  return task.order.loadBalancers.map(({ targetGroupArn = "", containerPort }) => ({
    group: targetGroupArn,
    state: targets(targetGroupArn).find((target) => target.address === address && target.port === containerPort)?.health
      .State,
  }));
}

/** See the file's comment. */
export function scheduledTask(
  task: TaskRecord,
  targets: (group: string) => readonly TargetState[],
  now: number,
): ScheduledTask {
  const state = task.running.state();
  const base = { id: task.order.id, deployment: task.deployment?.id ?? "" };
  const running = state.status === "RUNNING";
  if (task.desired === "STOPPED" || (!running && !isPending(task)))
    return { ...base, phase: "stopping", healthy: false };
  if (!running) return { ...base, phase: "pending", healthy: false };
  const checked = (task.order.definition.containerDefinitions ?? []).some(
    ({ essential, healthCheck }) => essential !== false && healthCheck !== undefined,
  );
  const behind = targetHealth(task, targets);
  const healthy = (!checked || state.health === "HEALTHY") && behind.every((target) => target.state === "healthy");
  const graceSeconds = task.service?.settings.healthCheckGracePeriodSeconds ?? 0;
  const inGrace = now - (state.times.started ?? now) < graceSeconds * 1000;
  const bad = behind.find((target) => target.state === "unhealthy");
  const fault = inGrace
    ? undefined
    : state.health === "UNHEALTHY"
      ? "Task failed container health checks"
      : bad && `Task failed ELB health checks in (target-group ${bad.group})`;
  return { ...base, phase: "running", healthy, fault };
}
