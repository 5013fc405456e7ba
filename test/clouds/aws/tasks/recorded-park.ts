/** A park without containers: tasks are only written down, for tests of the scheduler and of what calls ECS. */
import { setTimeout as later } from "node:timers";
import type { Park, RunningTask, StopReason, TargetState, TaskContainer, TaskOrder, TaskState } from "./park.ts";

/** What becomes of a task. */
export interface Behaviour {
  /** Why it never runs, where that is known or comes to be known. */
  readonly failsToStart?: string | Promise<string | undefined> | undefined;
  /** Its essential container ends this long after its start, in milliseconds. */
  readonly exits?: { readonly afterMs: number; readonly code: number };
  /** What its health check finds. @default HEALTHY */
  readonly health?: "UNKNOWN" | "HEALTHY" | "UNHEALTHY";
  /** What the load balancer finds. @default healthy */
  readonly target?: TargetState["health"]["State"];
  /** How long it takes to stop, in milliseconds. @default 5 */
  readonly stopsAfterMs?: number;
}

/** The park, and what it knows. */
export interface RecordedPark extends Park {
  /** Every task that was started, oldest first. */
  readonly tasks: readonly { readonly order: TaskOrder; readonly running: RunningTask }[];
  /** What ran at once at most. */
  readonly mostAtOnce: () => number;
}

/** Makes a park. @param behave by order; nothing given: starts, and is healthy */
export function recordedPark(behave: (order: TaskOrder) => Behaviour = () => ({})): RecordedPark {
  const tasks: { order: TaskOrder; running: RunningTask; target: TargetState["health"]["State"] }[] = [];
  let most = 0;
  const isUp = ({ running }: { running: RunningTask }): boolean =>
    ["RUNNING", "DEACTIVATING", "STOPPING"].includes(running.state().status);
  return {
    tasks,
    mostAtOnce: () => most,
    targets: (group) =>
      tasks.flatMap(({ order, running, target }) => {
        const { address = "", status } = running.state();
        const balancer = order.loadBalancers.find(({ targetGroupArn }) => targetGroupArn === group);
        if (balancer === undefined || status !== "RUNNING") return [];
        return [{ address, port: balancer.containerPort ?? 0, health: { State: target } }];
      }),
    begin: () => undefined,
    start: (order, changed) => {
      const behaviour = behave(order);
      const running = record(order, behaviour, tasks.length + 10, () => {
        most = Math.max(most, tasks.filter(isUp).length);
        changed();
      });
      tasks.push({ order, running, target: behaviour.target ?? "healthy" });
      return running;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function record(order: TaskOrder, behaviour: Behaviour, number: number, changed: () => void): RunningTask {
  const { failsToStart, exits, health = "HEALTHY", stopsAfterMs = 5 } = behaviour;
  const containers = (status: TaskContainer["status"], exitCode?: number): TaskContainer[] =>
    (order.definition.containerDefinitions ?? []).map(({ name = "" }) => ({
      ...{ name, status, health: status === "RUNNING" ? health : "UNKNOWN", exitCode },
    }));
  let state: TaskState = { status: "PROVISIONING", containers: containers("PENDING"), health: "UNKNOWN", times: {} };
  const set = (next: Partial<TaskState>): void => {
    state = { ...state, ...next };
    changed();
  };
  const end = (stop: StopReason, exitCode: number | undefined, afterMs: number): void => {
    if (state.stop !== undefined) return;
    set({ stop, status: "STOPPING", times: { ...state.times, stopping: Date.now() } });
    later(() => {
      set({
        status: "STOPPED",
        containers: containers("STOPPED", exitCode),
        times: { ...state.times, stopped: Date.now() },
      });
    }, afterMs);
  };
  const run = (fault: string | undefined): void => {
    if (state.stop !== undefined) return;
    if (fault !== undefined) {
      end({ code: "TaskFailedToStart", reason: fault }, undefined, 0);
      return;
    }
    const place = { address: `10.0.0.${String(number)}`, subnet: order.network.subnets?.[0] };
    set({ ...place, status: "RUNNING", health, containers: containers("RUNNING"), times: { started: Date.now() } });
    if (exits === undefined) return;
    later(() => {
      end({ code: "EssentialContainerExited", reason: "Essential container in task exited" }, exits.code, 0);
    }, exits.afterMs);
  };
  later(() => {
    if (failsToStart instanceof Promise) void failsToStart.then(run);
    else run(failsToStart);
  }, 1);
  return {
    state: () => state,
    stop: (reason) => {
      end(reason, 143, stopsAfterMs);
    },
    exec: () => Promise.reject(new Error("a recorded task has no containers")),
    connect: () => Promise.reject(new Error("a recorded task has no network")),
  };
}
