/** What ECS remembers about services and tasks. */
import { randomBytes } from "node:crypto";
import type { CreateServiceRequest, Service, TaskDefinition } from "@aws-sdk/client-ecs";
import type { RunningTask, TaskOrder } from "./park.ts";

/** What of a service one deployment decides; a rollback takes it from a former one. */
export interface Revision {
  readonly definition: TaskDefinition;
  readonly settings: CreateServiceRequest;
}

/** A deployment. */
export interface DeploymentRecord {
  /** `ecs-svc/<19 digits>` */
  readonly id: string;
  status: "PRIMARY" | "ACTIVE";
  rollout: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  rolloutReason: string;
  failedTasks: number;
  notBefore: number;
  /** One of its tasks was sound once: failures no longer count. */
  proven: boolean;
  readonly revision: Revision;
  readonly createdAt: number;
  updatedAt: number;
}

/** A service. */
export interface ServiceRecord {
  readonly arn: string;
  readonly name: string;
  readonly clusterArn: string;
  readonly region: string;
  readonly createdAt: number;
  status: "ACTIVE" | "DRAINING" | "INACTIVE";
  /** As created, with what was updated since. */
  settings: CreateServiceRequest;
  /** PRIMARY first. */
  deployments: DeploymentRecord[];
  /** What the newest COMPLETED deployment ran. */
  good: Revision | undefined;
  goodId: string | undefined;
  /** Newest first. */
  events: NonNullable<Service["events"]>;
  steadySaid: boolean;
  tags: ReadonlyMap<string, string>;
}

/** A task. */
export interface TaskRecord {
  readonly order: TaskOrder;
  readonly running: RunningTask;
  readonly createdAt: number;
  readonly group: string;
  readonly startedBy: string | undefined;
  readonly service: ServiceRecord | undefined;
  readonly deployment: DeploymentRecord | undefined;
  desired: "RUNNING" | "STOPPED";
  /** Its end was looked at by the scheduler. */
  settled: boolean;
  /** What was said about it as events. */
  readonly said: Set<string>;
  readonly tags: ReadonlyMap<string, string>;
}

/** A deployment that starts now. */
export function newDeployment(revision: Revision, reason?: string): DeploymentRecord {
  const digits = BigInt(`0x${randomBytes(8).toString("hex")}`)
    .toString()
    .padStart(19, "1")
    .slice(0, 19);
  const now = Date.now();
  return {
    id: `ecs-svc/${digits}`,
    ...{ status: "PRIMARY", rollout: "IN_PROGRESS", failedTasks: 0, notBefore: 0, proven: false, revision },
    ...{ createdAt: now, updatedAt: now, rolloutReason: reason ?? "" },
  };
}

/** ECS shows the newest hundred. */
const mostEvents = 100;

/** Adds a service event. @param text without the service's name */
export function say(service: ServiceRecord, text: string): void {
  const id = randomBytes(16).toString("hex");
  const event = { id, createdAt: new Date(), message: `(service ${service.name}) ${text}` };
  service.events = [event, ...service.events].slice(0, mostEvents);
}
