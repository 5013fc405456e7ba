/**
 * What happens next inside a task, from its definition and the state of its containers: no clock, no containers.
 *
 * Facts: Amazon ECS Developer Guide, "Task definition parameters for Fargate" (dependsOn, essential, startTimeout) and
 * "Restart individual containers with container restart policies".
 */
import type { ContainerDefinition } from "@aws-sdk/client-ecs";

/** A container of a task. Times are milliseconds of one clock. */
export interface ContainerState {
  readonly name: string;
  readonly status: "PENDING" | "RUNNING" | "STOPPED";
  readonly exitCode?: number | undefined;
  readonly health: "UNKNOWN" | "HEALTHY" | "UNHEALTHY";
  /** When it was started last. */
  readonly startedAt?: number | undefined;
  readonly stoppedAt?: number | undefined;
}

/** What to do. */
export type Step =
  | { readonly kind: "start"; readonly container: string }
  | { readonly kind: "restart"; readonly container: string }
  | { readonly kind: "end"; readonly code: "EssentialContainerExited" | "TaskFailedToStart"; readonly reason: string };

type Met = "yes" | "not yet" | "never";

/** ECS's default for `restartAttemptPeriod`, in seconds. */
const defaultRestartPeriod = 300;

/** Whether a dependency is there. */
function met(condition: string, dependency: ContainerState): Met {
  const stopped = dependency.status === "STOPPED";
  switch (condition) {
    case "START":
      return dependency.status === "PENDING" ? "not yet" : "yes";
    case "COMPLETE":
      return stopped ? "yes" : "not yet";
    case "SUCCESS":
      return stopped ? (dependency.exitCode === 0 ? "yes" : "never") : "not yet";
    default:
      return dependency.health === "HEALTHY" ? "yes" : stopped ? "never" : "not yet";
  }
}

/** A container's exit is followed by a restart in the task. */
export function restarts(definition: ContainerDefinition, state: ContainerState, secondMs: number): boolean {
  const { restartPolicy: policy } = definition;
  if (policy?.enabled !== true || state.exitCode === undefined) return false;
  if (policy.ignoredExitCodes?.includes(state.exitCode) === true) return false;
  const ran = (state.stoppedAt ?? 0) - (state.startedAt ?? 0);
  return ran >= (policy.restartAttemptPeriod ?? defaultRestartPeriod) * secondMs;
}

/**
 * Steps that can be taken now; none while the task only runs.
 *
 * @param secondMs one second of `restartAttemptPeriod`
 */
export function nextSteps(
  definitions: readonly ContainerDefinition[],
  states: readonly ContainerState[],
  secondMs: number,
): readonly Step[] {
  const stateOf = (name: string | undefined) => states.find((state) => state.name === name);
  const steps: Step[] = [];
  for (const definition of definitions) {
    const state = stateOf(definition.name);
    if (state === undefined) continue;
    if (state.status === "STOPPED") {
      if (restarts(definition, state, secondMs)) steps.push({ kind: "restart", container: state.name });
      else if (definition.essential !== false)
        return [{ kind: "end", code: "EssentialContainerExited", reason: "Essential container in task exited" }];
    }
    if (state.status !== "PENDING") continue;
    const wants = (definition.dependsOn ?? []).map((on) => {
      const dependency = stateOf(on.containerName);
      return { on, is: dependency === undefined ? ("never" as const) : met(on.condition ?? "START", dependency) };
    });
    const never = wants.find(({ is }) => is === "never");
    if (never !== undefined) return [failedDependency(state.name, never.on)];
    if (wants.every(({ is }) => is === "yes")) steps.push({ kind: "start", container: state.name });
  }
  return steps;
}

const failedDependency = (
  name: string,
  on: { readonly containerName?: string | undefined; readonly condition?: string | undefined },
): Step => ({
  kind: "end",
  code: "TaskFailedToStart",
  reason: `Container ${name} did not start: its dependency ${on.containerName ?? ""} can no longer become ${on.condition ?? "START"}`,
});

/** The task's `healthStatus`: of the essential containers that have a check; UNKNOWN where none has one. */
export function taskHealth(
  definitions: readonly ContainerDefinition[],
  states: readonly ContainerState[],
): ContainerState["health"] {
  const checked = definitions
    .filter(({ essential, healthCheck }) => essential !== false && healthCheck !== undefined)
    .map(({ name }) => states.find((state) => state.name === name)?.health ?? "UNKNOWN");
  if (checked.includes("UNHEALTHY")) return "UNHEALTHY";
  return checked.length > 0 && checked.every((health) => health === "HEALTHY") ? "HEALTHY" : "UNKNOWN";
}
