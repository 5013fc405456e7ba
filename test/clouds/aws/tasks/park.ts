/** What tasks and targets really are: the scheduler decides, a park does. */
import type { TargetHealth, TargetHealthStateEnum } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { AwsVpcConfiguration, LoadBalancer, TaskDefinition, TaskStopCode } from "@aws-sdk/client-ecs";
import type { Duplex } from "node:stream";
import type { ContainerState } from "./task-plan.ts";

/** Why a task stops. */
export interface StopReason {
  readonly code: TaskStopCode;
  readonly reason: string;
}

/** What a task is made of. */
export interface TaskOrder {
  readonly arn: string;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly cluster: string;
  readonly region: string;
  readonly definition: TaskDefinition;
  readonly network: AwsVpcConfiguration;
  readonly enableExecuteCommand: boolean;
  /** Where the service registers it once it runs. */
  readonly loadBalancers: readonly LoadBalancer[];
  /** Instead of the definition's commands, by container; RunTask's overrides. */
  readonly commands: ReadonlyMap<string, readonly string[]>;
}

/** What a container is beyond {@link ContainerState}. */
export interface TaskContainer extends ContainerState {
  /** Why it did not start or was ended, as AWS words it. */
  readonly reason?: string | undefined;
  readonly runtimeId?: string | undefined;
  readonly imageDigest?: string | undefined;
}

/** ECS's names, in order. */
export const taskStatuses = [
  ...(["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING"] as const),
  "STOPPED" as const,
] as const;

/** See {@link taskStatuses}. */
export type TaskStatus = (typeof taskStatuses)[number];

/** Where a task is. It changes; times are milliseconds since 1970. */
export interface TaskState {
  readonly status: TaskStatus;
  readonly containers: readonly TaskContainer[];
  readonly health: "UNKNOWN" | "HEALTHY" | "UNHEALTHY";
  /** Its private address. */
  readonly address?: string | undefined;
  readonly subnet?: string | undefined;
  readonly zone?: string | undefined;
  readonly interfaceId?: string | undefined;
  readonly stop?: StopReason | undefined;
  readonly times: Readonly<
    Partial<Record<"pullStarted" | "pullStopped" | "started" | "stopping" | "executionStopped" | "stopped", number>>
  >;
}

/** A command's result. */
export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
}

/** A task that was started, until it is STOPPED and beyond. */
export interface RunningTask {
  /** Where it is now. */
  state(): TaskState;
  /** Lets it stop; it is STOPPED some time later. The first reason counts. */
  stop(reason: StopReason): void;
  /** Runs a command in a container, as its user. */
  exec(container: string, command: readonly string[]): Promise<CommandResult>;
  /** Connects to a port of the loopback that its containers share. */
  connect(port: number): Promise<Duplex>;
}

/** A target of a target group. */
export interface TargetState {
  readonly address: string;
  readonly port: number;
  readonly health: TargetHealth & { readonly State: TargetHealthStateEnum };
}

/** Containers and load balancers behind the API. */
export interface Park extends AsyncDisposable {
  /** The account is there: it may be asked from now on. */
  begin(): void;
  /** Starts a task; `changed` is called whenever {@link RunningTask.state} has. */
  start(order: TaskOrder, changed: () => void): RunningTask;
  /** Targets of a group, those that drain too. */
  targets(group: string): readonly TargetState[];
}
