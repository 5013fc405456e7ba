/** A container's output in CloudWatch Logs, as the awslogs driver of Fargate brings it there. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  type InputLogEvent,
} from "@aws-sdk/client-cloudwatch-logs";
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import type { Account } from "../account.ts";
import type { TaskOrder } from "../park.ts";
import { lines } from "./engine-api.ts";
import { accessDenied, initialization } from "./fault.ts";

/** See the file's comment. */
export interface LogStream {
  /** Takes what the container prints from a time on (milliseconds since 1970), until it stops. */
  follow(container: string, since: number): Promise<void>;
  /** What was printed is there when it resolves. */
  flush(): Promise<void>;
}

/** Between a line and its delivery, in milliseconds. The driver's is up to 5 s. */
const batchMs = 200;

const nowhere: LogStream = { follow: () => Promise.resolve(), flush: () => Promise.resolve() };

/** Makes the stream of a container. @throws TaskFault where it cannot be made */
export async function logStream(
  account: Account,
  order: TaskOrder,
  container: ContainerDefinition,
): Promise<LogStream> {
  const { logConfiguration } = container;
  if (logConfiguration === undefined) return nowhere;
  const { logDriver, options = {} } = logConfiguration;
  if (logDriver !== "awslogs") throw initialization(`the log driver ${logDriver ?? ""} is not simulated`);
  const group = options["awslogs-group"] ?? "";
  const stream = `${options["awslogs-stream-prefix"] ?? ""}/${container.name ?? ""}/${order.id}`;
  const { executionRoleArn: role = "", taskDefinitionArn = "" } = order.definition;
  const accountId = taskDefinitionArn.split(":")[4] ?? "";
  const resource = `arn:aws:logs:${order.region}:${accountId}:log-group:${group}:log-stream:${stream}`;
  const cannot = (why: string) =>
    initialization(
      `failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ${why} : exit status 1`,
    );
  const may = (action: string): Promise<boolean> => account.allowed(role, action, resource);

  if (options["awslogs-create-group"] === "true") {
    if (!(await may("logs:CreateLogGroup"))) throw cannot(accessDenied(role, "logs:CreateLogGroup", resource));
    await account.logs.send(new CreateLogGroupCommand({ logGroupName: group })).catch(() => undefined); // there already
  }
  if (!(await may("logs:CreateLogStream"))) throw cannot(accessDenied(role, "logs:CreateLogStream", resource));
  const names = { logGroupName: group, logStreamName: stream };
  await account.logs.send(new CreateLogStreamCommand(names)).catch((error: unknown) => {
    throw cannot(`${error instanceof Error ? `${error.name}: ` : ""}The specified log group does not exist.`);
  });

  const mayPut = await may("logs:PutLogEvents");
  const waiting: InputLogEvent[] = [];
  let delivery = Promise.resolve();
  const deliver = async (): Promise<void> => {
    const events = waiting.splice(0, 1000);
    // Without the permission the lines are lost, and nothing says so.
    if (events.length === 0 || !mayPut) return;
    await account.logs.send(new PutLogEventsCommand({ ...names, logEvents: events })).catch(() => undefined); // group gone
    await deliver();
  };
  const flush = (): Promise<void> => {
    delivery = delivery.then(deliver);
    return delivery;
  };
  return {
    flush,
    follow: async (id, since) => {
      let soon = false;
      for await (const line of lines(id, since / 1000)) {
        // AWS refuses events without text.
        waiting.push({ timestamp: Date.now(), message: line === "" ? " " : line });
        if (soon) continue;
        soon = true;
        void sleep(batchMs).then(() => {
          soon = false;
          return flush();
        });
      }
      await flush();
    },
  };
}
