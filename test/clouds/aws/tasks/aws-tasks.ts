/** ECS and Fargate, simulated: handlers for the front, in front of a park of tasks. */
import type { Duplex } from "node:stream";
import type { Aws, Handlers } from "../front/handler.ts";
import { account, type Account } from "./account.ts";
import { ControlLoop } from "./control-loop.ts";
import { runSession, type Sessions } from "./exec.ts";
import { connectSession } from "./port-session.ts";
import type { CommandResult, Park } from "./park.ts";
import type { ServiceRecord, TaskRecord } from "./records.ts";
import { serviceHandlers } from "./service-handlers.ts";
import { telling } from "./task-events.ts";
import { tagHandlers } from "./tags.ts";
import { taskHandlers } from "./task-handlers.ts";
import { defaultTimings, type Timings } from "./timings.ts";

/** Options of {@link awsTasks}. */
export interface AwsTasksOptions {
  /** What tasks and targets are. It is given the account, and disposed of by `stop`. */
  readonly park: (account: (region: string) => Account, timings: Timings) => Park;
  /** @default {@link defaultTimings} */
  readonly timings?: Partial<Timings>;
}

/** The running simulation. */
export interface AwsTasks {
  /** For the front. */
  readonly handlers: Handlers;
  /** Says what the account is; before the first operation. */
  readonly connect: (aws: Pick<Aws, "endpoint" | "allowed">) => void;
  readonly park: Park;
  /** For what a test looks at behind the API. */
  readonly services: () => readonly ServiceRecord[];
  readonly tasks: () => readonly TaskRecord[];
  /** Runs the command of an ExecuteCommand session, as the Session Manager plugin would. */
  readonly session: (token: string) => Promise<CommandResult>;
  /** Connects to the port of a StartSession session, as the plugin would for each connection to the local port. */
  readonly connectSession: (token: string) => Promise<Duplex>;
  /** Ends everything that runs. */
  readonly stop: () => Promise<void>;
}

/** See the file's comment. */
export function awsTasks(options: AwsTasksOptions): AwsTasks {
  const timings = { ...defaultTimings, ...options.timings };
  const regions = new Map<string, Account>();
  let at: Pick<Aws, "endpoint" | "allowed"> | undefined;
  const accountIn = (region: string): Account => {
    if (at === undefined) throw new Error("the tasks are not connected to an account: call connect(aws) first");
    const known = regions.get(region) ?? account(at, region);
    regions.set(region, known);
    return known;
  };
  const park = options.park(accountIn, timings);
  const loop = new ControlLoop(telling(park, accountIn), timings);
  const ecs = { loop, account: accountIn };
  const sessions: Sessions = new Map();
  return {
    handlers: { ...serviceHandlers(ecs), ...taskHandlers(ecs, park, sessions), ...tagHandlers(ecs) },
    connect: (aws) => {
      at = aws;
      park.begin();
    },
    park,
    services: () => [...loop.services.values()],
    tasks: () => [...loop.tasks.values()],
    session: (token) => runSession(sessions, token),
    connectSession: (token) => connectSession(sessions, token),
    stop: async () => {
      loop.stop();
      await park[Symbol.asyncDispose]();
    },
  };
}
