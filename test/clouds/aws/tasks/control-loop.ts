/** ECS's service scheduler at work: looks at its services, decides, and carries it out. */
import type { Park, RunningTask, TaskOrder } from "./park.ts";
import { say, type DeploymentRecord, type ServiceRecord, type TaskRecord } from "./records.ts";
import { serviceOrder } from "./orders.ts";
import { complete, fail, scalingReason } from "./rollout.ts";
import { decide, type Decision } from "./scheduler.ts";
import { countFailures, prove } from "./tally.ts";
import { isPending, scheduledTask } from "./task-view.ts";
import type { Timings } from "./timings.ts";

/** See the file's comment. */
export class ControlLoop {
  /** By ARN. Those that were deleted stay, INACTIVE. */
  readonly services = new Map<string, ServiceRecord>();
  /** By ARN. */
  readonly tasks = new Map<string, TaskRecord>();
  readonly #park: Park;
  readonly #timings: Timings;
  readonly #timer: NodeJS.Timeout;

  constructor(park: Park, timings: Timings) {
    this.#park = park;
    this.#timings = timings;
    this.#timer = setInterval(() => {
      this.look();
    }, timings.schedulerMs);
  }

  /** No more decisions. Tasks stay as they are. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Starts a task that belongs to nothing or to a service. */
  run(order: TaskOrder, of: Pick<TaskRecord, "group" | "startedBy" | "service" | "deployment" | "tags">): TaskRecord {
    // The record exists before the task says anything.
    const holder: { record?: TaskRecord } = {};
    const running: RunningTask = this.#park.start(order, () => {
      if (holder.record?.running.state().stop !== undefined) holder.record.desired = "STOPPED";
    });
    const record: TaskRecord = {
      ...of,
      ...{ order, running, createdAt: Date.now(), desired: "RUNNING", settled: false, said: new Set() },
    };
    holder.record = record;
    this.tasks.set(order.arn, record);
    return record;
  }

  /** Looks at every service once. */
  look(): void {
    const now = Date.now();
    for (const [arn, task] of this.tasks) {
      const { stopped } = task.running.state().times;
      if (stopped !== undefined && task.settled && now - stopped > this.#timings.stoppedTasksMs) this.tasks.delete(arn);
    }
    for (const service of this.services.values()) if (service.status !== "INACTIVE") this.#lookAt(service, now);
  }

  /** Tasks of a service that are not STOPPED. */
  tasksOf(service: ServiceRecord): readonly TaskRecord[] {
    return [...this.tasks.values()].filter(
      (task) => task.service === service && task.running.state().status !== "STOPPED",
    );
  }

  #lookAt(service: ServiceRecord, now: number): void {
    countFailures(service, [...this.tasks.values()], now, this.#timings.retryMs);
    const tasks = this.tasksOf(service);
    const views = tasks.map((task) => scheduledTask(task, (group) => this.#park.targets(group), now));
    prove(service, views);
    const draining = service.status === "DRAINING";
    if (draining && tasks.length === 0) {
      service.status = "INACTIVE";
      service.deployments = [];
      return;
    }
    const { deploymentConfiguration: configuration, desiredCount = 1 } = service.settings;
    const desired = draining ? 0 : desiredCount;
    const decisions = decide({
      ...{ desired, now, tasks: views, deployments: service.deployments },
      minimumHealthyPercent: draining ? 0 : (configuration?.minimumHealthyPercent ?? 100),
      maximumPercent: configuration?.maximumPercent ?? 200,
      breaker: {
        enable: configuration?.deploymentCircuitBreaker?.enable ?? false,
        rollback: configuration?.deploymentCircuitBreaker?.rollback ?? false,
      },
      stoppingHoldsPlace: this.#timings.stoppingHoldsPlace,
      hasGoodDeployment: service.good !== undefined,
    });
    for (const decision of decisions) this.#carryOut(service, decision);
    const steady =
      tasks.length === desired && views.every(({ healthy }) => healthy) && service.deployments.length === 1;
    if (decisions.some(({ kind }) => kind === "start" || kind === "stop")) service.steadySaid = false;
    else if (steady && !service.steadySaid) {
      service.steadySaid = true;
      say(service, "has reached a steady state.");
    }
  }

  #carryOut(service: ServiceRecord, decision: Decision): void {
    const primary = service.deployments.find(({ status }) => status === "PRIMARY");
    switch (decision.kind) {
      case "start":
        if (primary !== undefined) this.#startTasks(service, primary, decision.count);
        return;
      case "stop":
        this.#stopTask(service, decision.task, decision.why, decision.reason || scalingReason(primary));
        return;
      case "forget":
        service.deployments = service.deployments.filter(({ id }) => id !== decision.deployment);
        return;
      case "complete":
        if (primary !== undefined) complete(service, primary);
        return;
      case "fail":
        if (primary !== undefined) fail(service, primary, decision.rollback);
    }
  }

  #startTasks(service: ServiceRecord, deployment: DeploymentRecord, count: number): void {
    const orders = Array.from({ length: count }, () => serviceOrder(service, deployment));
    const tags = deployment.revision.settings.propagateTags === "SERVICE" ? service.tags : new Map<string, string>();
    for (const order of orders)
      this.run(order, { service, deployment, tags, group: `service:${service.name}`, startedBy: deployment.id });
    say(service, `has started ${count} tasks: ${orders.map(({ id }) => `(task ${id})`).join(" ")}.`);
  }

  #stopTask(service: ServiceRecord, id: string, why: "scaling" | "fault", reason: string): void {
    const task = this.tasksOf(service).find(({ order }) => order.id === id);
    if (task === undefined) return;
    task.desired = "STOPPED";
    if (why === "fault") say(service, `(task ${id}) ${reason.replace(/^Task f/, "f")}`);
    const what = isPending(task) ? "pending" : "running";
    task.running.stop({ code: "ServiceSchedulerInitiated", reason });
    say(service, `has stopped 1 ${what} tasks: (task ${id}).`);
  }
}
