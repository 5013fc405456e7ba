/**
 * A task on Fargate, from PROVISIONING to STOPPED.
 *
 * Facts: Amazon ECS Developer Guide, "Amazon ECS task lifecycle" and "Stopped Amazon ECS task error messages".
 */
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { CommandResult, RunningTask, StopReason, TaskOrder, TaskState, TaskStatus } from "../park.ts";
import { nextSteps, taskHealth } from "../task-plan.ts";
import { FargateContainer } from "./container.ts";
import { connectIn, execIn } from "./exec-in.ts";
import { TaskFault } from "./fault.ts";
import { preparePlace, type PreparedTask } from "./prepare.ts";
import { stopInOrder } from "./stop-order.ts";
import type { World } from "./world.ts";

/** See the file's comment. */
export class FargateTask implements RunningTask {
  readonly #order: TaskOrder;
  readonly #world: World;
  readonly #changed: () => void;
  readonly #containers: readonly FargateContainer[];
  readonly #stopAsked = Promise.withResolvers<undefined>();
  readonly #killed = Promise.withResolvers<undefined>();
  #wake = Promise.withResolvers<undefined>();
  #prepared: PreparedTask | undefined;
  #registered: readonly (readonly [string, string, number])[] = [];
  #about: Omit<TaskState, "containers" | "health"> = { status: "PROVISIONING", times: {} };
  /** Resolves when the task is STOPPED. */
  readonly stopped: Promise<void>;

  constructor(order: TaskOrder, world: World, changed: () => void) {
    this.#order = order;
    this.#world = world;
    this.#changed = changed;
    this.#containers = (order.definition.containerDefinitions ?? []).map(
      (definition) =>
        new FargateContainer(definition, () => {
          this.#wake.resolve(undefined);
          changed();
        }),
    );
    this.stopped = this.#life();
  }

  state(): TaskState {
    const containers = this.#containers.map((container) => container.state);
    const definitions = this.#order.definition.containerDefinitions ?? [];
    return { ...this.#about, containers, health: taskHealth(definitions, containers) };
  }

  stop(reason: StopReason): void {
    if (this.#about.stop !== undefined) return;
    this.#set({ stop: reason });
    this.#stopAsked.resolve(undefined);
    this.#wake.resolve(undefined);
  }

  exec(container: string, command: readonly string[]): Promise<CommandResult> {
    const found = this.#containers.find(({ state }) => state.name === container);
    if (found === undefined) return Promise.reject(new Error(`the task has no container ${container}`));
    return execIn(found.engineId, this.#prepared?.execUser(container), command);
  }

  connect(port: number): Promise<Duplex> {
    return connectIn(`ecs-${this.#order.id}`, port);
  }

  /** Ends it at once, with whatever runs in it. */
  kill(reason: StopReason = { code: "UserInitiated", reason: "Killed" }): void {
    this.#killed.resolve(undefined);
    this.stop(reason);
  }

  #set(about: Partial<Omit<TaskState, "containers" | "health">>, time?: keyof TaskState["times"]): void {
    const times = time === undefined ? this.#about.times : { ...this.#about.times, [time]: Date.now() };
    this.#about = { ...this.#about, ...about, times };
    this.#changed();
  }

  #enter(status: TaskStatus, time?: keyof TaskState["times"]): void {
    this.#set({ status }, time);
  }

  async #life(): Promise<void> {
    try {
      await sleep(this.#world.timings.provisioningMs);
      if (this.#about.stop === undefined) await this.#prepare();
      while (this.#about.stop === undefined) await this.#advance();
    } catch (error) {
      // What AWS has no words for is a fault of the simulation: it is told as it is.
      if (!(error instanceof TaskFault)) console.error(error);
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof TaskFault && error.container !== undefined)
        this.#containers.find(({ state }) => state.name === error.container)?.failed(reason);
      this.stop({ code: "TaskFailedToStart", reason });
    }
    await this.#end();
  }

  async #prepare(): Promise<void> {
    this.#prepared = await preparePlace(this.#order, this.#world, (place) => {
      this.#set({ ...place, status: "PENDING" });
    });
    this.#set({}, "pullStarted");
    for (const container of this.#containers) await this.#prepared.create(container);
    this.#set({}, "pullStopped");
  }

  /** Takes the steps that can be taken, then waits until something happens. */
  async #advance(): Promise<void> {
    this.#wake = Promise.withResolvers();
    const states = this.#containers.map(({ state }) => state);
    const { restartSecondMs } = this.#world.timings;
    for (const step of nextSteps(this.#order.definition.containerDefinitions ?? [], states, restartSecondMs)) {
      if (step.kind === "end") {
        this.stop({ code: step.code, reason: step.reason });
        return;
      }
      await this.#containers.find(({ state }) => state.name === step.container)?.start();
    }
    if (this.#about.status === "PENDING" && this.#containers.every(({ state }) => state.status !== "PENDING"))
      this.#run();
    await Promise.race([this.#wake.promise, this.#stopAsked.promise]);
  }

  #run(): void {
    this.#enter("ACTIVATING");
    const { address = "" } = this.#about;
    this.#registered = this.#order.loadBalancers.map(
      ({ targetGroupArn = "", containerPort = 0 }) => [targetGroupArn, address, containerPort] as const,
    );
    for (const target of this.#registered) this.#world.targets.register(...target);
    this.#enter("RUNNING", "started");
  }

  async #stopContainers(): Promise<void> {
    this.#enter("DEACTIVATING", "stopping");
    await Promise.all(this.#registered.map((target) => this.#world.targets.deregister(...target)));
    this.#enter("STOPPING");
    await stopInOrder(this.#containers);
  }

  async #end(): Promise<void> {
    await Promise.race([this.#stopContainers(), this.#killed.promise]);
    this.#enter("DEPROVISIONING", "executionStopped");
    for (const container of this.#containers) await container.remove();
    await this.#prepared?.release();
    await sleep(this.#world.timings.deprovisioningMs);
    this.#enter("STOPPED", "stopped");
  }
}
