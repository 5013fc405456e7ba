/**
 * What ECS's service scheduler decides, from nothing but the service's record: no clock, no containers.
 *
 * Facts: Amazon ECS Developer Guide, "Rolling update deployments" and "How the deployment circuit breaker detects
 * failures"; API reference, `DeploymentConfiguration`, `Deployment.failedTasks`, `ServiceDeploymentCircuitBreaker`.
 */

/** A task, as the scheduler sees it. */
export interface ScheduledTask {
  readonly id: string;
  readonly deployment: string;
  /** `stopping` from the order to stop until STOPPED. */
  readonly phase: "pending" | "running" | "stopping";
  /** Passed the checks that there are: container health, and the load balancer's. Without checks: runs. */
  readonly healthy: boolean;
  /** Why it must be replaced. */
  readonly fault?: string | undefined;
}

/** A deployment, as the scheduler sees it. */
export interface ScheduledDeployment {
  readonly id: string;
  readonly status: "PRIMARY" | "ACTIVE";
  readonly rollout: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  /** Tasks that failed since the last success. */
  readonly failedTasks: number;
  /** Not before this time does it start another task, in milliseconds. */
  readonly notBefore: number;
}

/** A service, as the scheduler sees it. */
export interface ScheduledService {
  readonly desired: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly breaker: { readonly enable: boolean; readonly rollback: boolean };
  readonly deployments: readonly ScheduledDeployment[];
  readonly tasks: readonly ScheduledTask[];
  /** Whether a task that stops counts against the maximum. */
  readonly stoppingHoldsPlace: boolean;
  /** Whether a deployment was completed that a rollback can go back to. */
  readonly hasGoodDeployment: boolean;
  /** In milliseconds, of the clock of `notBefore`. */
  readonly now: number;
}

/** What the scheduler wants. */
export type Decision =
  | { readonly kind: "start"; readonly count: number }
  | { readonly kind: "stop"; readonly task: string; readonly why: "scaling" | "fault"; readonly reason: string }
  | { readonly kind: "complete" }
  | { readonly kind: "fail"; readonly rollback: boolean }
  | { readonly kind: "forget"; readonly deployment: string };

/** Failures that end a deployment: half of the desired tasks, but 3 at least and 200 at most. */
export const breakerThreshold = (desired: number): number => Math.min(200, Math.max(3, Math.ceil(desired / 2)));

/** Decides. Every decision can be carried out at once; the next look decides about what came of it. */
export function decide(service: ScheduledService): readonly Decision[] {
  const { desired, deployments, tasks, breaker, now } = service;
  const primary = deployments.find(({ status }) => status === "PRIMARY");
  if (primary === undefined) return tasks.flatMap((task) => stopping(task, "scaling", ""));

  const open = primary.rollout === "IN_PROGRESS";
  if (open && breaker.enable && primary.failedTasks >= breakerThreshold(desired))
    return [{ kind: "fail", rollback: breaker.rollback && service.hasGoodDeployment }];

  const alive = tasks.filter(({ phase }) => phase !== "stopping");
  const faulty = alive.filter(({ fault }) => fault !== undefined);
  const sound = alive.filter(({ fault }) => fault === undefined);
  const current = sound.filter(({ deployment }) => deployment === primary.id);
  const former = sound.filter(({ deployment }) => deployment !== primary.id);

  const stops = [
    ...faulty.flatMap((task) => stopping(task, "fault", task.fault ?? "")),
    ...surplus(service, current, former).flatMap((task) => stopping(task, "scaling", "")),
  ];
  const places = service.stoppingHoldsPlace ? tasks : alive;
  const room = Math.floor((desired * service.maximumPercent) / 100) - places.length;
  const missing = Math.min(desired - current.length, room);
  const starts = missing > 0 && primary.rollout !== "FAILED" && now >= primary.notBefore;
  const steady = tasks.length === desired && current.length === desired && current.every(({ healthy }) => healthy);
  return [
    ...stops,
    ...(starts ? [{ kind: "start" as const, count: missing }] : []),
    ...deployments
      .filter(({ id, status }) => status === "ACTIVE" && !tasks.some(({ deployment }) => deployment === id))
      .map(({ id }) => ({ kind: "forget" as const, deployment: id })),
    ...(open && steady ? [{ kind: "complete" as const }] : []),
  ];
}

const stopping = ({ id, phase }: ScheduledTask, why: "scaling" | "fault", reason: string): Decision[] =>
  phase === "stopping" ? [] : [{ kind: "stop", task: id, why, reason }];

/** Tasks of former deployments that may go, and those above the desired count. */
function surplus(
  service: ScheduledService,
  current: readonly ScheduledTask[],
  former: readonly ScheduledTask[],
): readonly ScheduledTask[] {
  const least = Math.ceil((service.desired * service.minimumHealthyPercent) / 100);
  const healthy = [...current, ...former].filter((task) => task.healthy).length;
  const spare = Math.max(0, healthy - least);
  return [
    ...former.filter((task) => !task.healthy),
    ...former.filter((task) => task.healthy).slice(0, spare),
    ...current.slice(service.desired),
  ];
}
