/** A container of a task: made, started, started again, stopped, watched. */
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { setTimeout as sleep } from "node:timers/promises";
import type { TaskContainer, TaskOrder } from "../park.ts";
import { containerSpec, stopSeconds, type Place } from "./container-spec.ts";
import { engine, EngineError, inspect, removeContainer } from "./engine-api.ts";
import { TaskFault } from "./fault.ts";
import type { LogStream } from "./log-stream.ts";

const healthPollMs = 300;

const healthNames = { none: "UNKNOWN", starting: "UNKNOWN", healthy: "HEALTHY", unhealthy: "UNHEALTHY" } as const;

const ignoreRemoved = (error: unknown): void => {
  if (!(error instanceof EngineError && error.status === 404)) throw error;
};

/** See the file's comment. */
export class FargateContainer {
  readonly definition: ContainerDefinition;
  state: TaskContainer;
  readonly #changed: () => void;
  #id = "";
  #logs: LogStream | undefined;
  #followed = Promise.resolve();
  #exited = Promise.resolve();

  constructor(definition: ContainerDefinition, changed: () => void) {
    this.definition = definition;
    this.state = { name: definition.name ?? "", status: "PENDING", health: "UNKNOWN" };
    this.#changed = changed;
  }

  #set(state: Partial<TaskContainer>): void {
    this.state = { ...this.state, ...state };
    this.#changed();
  }

  /** Says why it did not start. */
  failed(reason: string): void {
    this.#set({ reason, status: "STOPPED" });
  }

  async create(order: TaskOrder, place: Place, logs: LogStream, digest: string | undefined): Promise<void> {
    const name = `ecs-${order.id}-${this.state.name}`;
    const { Id } = await engine<{ Id: string }>(
      "POST",
      `/containers/create?name=${name}`,
      containerSpec(order, this.definition, place),
    );
    this.#id = Id;
    this.#logs = logs;
    this.#set({ runtimeId: `${order.id}-${Id.slice(0, 10)}`, imageDigest: digest });
  }

  /** Starts it, the first time or again. @throws TaskFault CannotStartContainerError */
  async start(): Promise<void> {
    const startedAt = Date.now();
    await engine("POST", `/containers/${this.#id}/start`).catch((error: unknown) => {
      if (!(error instanceof EngineError)) throw error;
      throw new TaskFault(
        `CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: ${error.message}`,
        this.state.name,
      );
    });
    this.#set({ status: "RUNNING", health: "UNKNOWN", startedAt, exitCode: undefined, stoppedAt: undefined });
    this.#followed = (this.#logs?.follow(this.#id, startedAt) ?? Promise.resolve()).catch(() => undefined); // removed
    this.#exited = this.#watchExit();
    if (this.definition.healthCheck !== undefined) void this.#watchHealth(startedAt);
  }

  async #watchExit(): Promise<void> {
    const waited = await engine<{ StatusCode: number }>("POST", `/containers/${this.#id}/wait`).catch(() => undefined);
    if (waited === undefined) return; // removed
    const found = await inspect(this.#id).catch(() => undefined);
    await this.#followed;
    this.#set({
      ...{ status: "STOPPED", health: this.state.health, exitCode: waited.StatusCode, stoppedAt: Date.now() },
      ...(found?.State.OOMKilled === true ? { reason: "OutOfMemoryError: Container killed due to memory usage" } : {}),
    });
  }

  async #watchHealth(startedAt: number): Promise<void> {
    while (this.state.status === "RUNNING" && this.state.startedAt === startedAt) {
      const found = await inspect(this.#id).catch(() => undefined);
      const health = healthNames[found?.State.Health?.Status ?? "none"];
      // UNKNOWN follows nothing but a start.
      if (health !== "UNKNOWN" && health !== this.state.health) this.#set({ health });
      await sleep(healthPollMs);
    }
  }

  /** SIGTERM, then SIGKILL after the stop time-out. */
  async stop(): Promise<void> {
    if (this.state.status === "RUNNING") {
      await engine("POST", `/containers/${this.#id}/stop?t=${String(stopSeconds(this.definition))}`).catch(
        ignoreRemoved,
      );
      await this.#exited;
    }
    await this.#logs?.flush();
    if (this.state.status === "PENDING") this.#set({ status: "STOPPED" });
  }

  async remove(): Promise<void> {
    if (this.#id !== "") await removeContainer(this.#id);
  }

  /** The engine's id. */
  get engineId(): string {
    return this.#id;
  }
}
