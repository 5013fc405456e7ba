/** What a deployment's tasks came to: failures count until one of them was sound. */
import type { ServiceRecord, TaskRecord } from "./records.ts";
import { wasFailure } from "./task-view.ts";

/** Counts the tasks of a service that ended since the last look. @param retryMs until the next start */
export function countFailures(
  service: ServiceRecord,
  tasks: readonly TaskRecord[],
  now: number,
  retryMs: number,
): void {
  for (const task of tasks) {
    if (task.service !== service || task.settled || task.running.state().status !== "STOPPED") continue;
    task.settled = true;
    const { deployment } = task;
    if (deployment === undefined || !wasFailure(task)) continue;
    deployment.notBefore = now + retryMs;
    if (!deployment.proven) deployment.failedTasks += 1;
    deployment.updatedAt = now;
  }
}

/** "Once a service deployment has one or more successfully running tasks, the failed task count resets to zero." */
export function prove(
  { deployments }: ServiceRecord,
  views: readonly { readonly deployment: string; readonly healthy: boolean }[],
): void {
  for (const deployment of deployments) {
    if (deployment.proven || !views.some((view) => view.healthy && view.deployment === deployment.id)) continue;
    deployment.proven = true;
    deployment.failedTasks = 0;
  }
}
