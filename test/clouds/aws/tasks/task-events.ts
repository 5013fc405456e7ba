/**
 * What ECS tells EventBridge about tasks. Of the changes of state only the one that rules here ask for: a task is STOPPED.
 *
 * Facts: Amazon ECS Developer Guide, "Amazon ECS task state change events".
 */
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Account } from "./account.ts";
import type { Park, TaskOrder, TaskState } from "./park.ts";

const detail = ({ arn, definition }: TaskOrder, { status, stop, containers }: TaskState): string =>
  JSON.stringify({
    clusterArn: arn.replace(":task/", ":cluster/").replace(/\/[^/]+$/, ""),
    taskArn: arn,
    taskDefinitionArn: definition.taskDefinitionArn,
    lastStatus: status,
    desiredStatus: "STOPPED",
    stopCode: stop?.code,
    stoppedReason: stop?.reason,
    containers: containers.map(({ name, exitCode }) => ({ name, exitCode, lastStatus: "STOPPED" })),
  });

/** A park whose tasks tell when they are STOPPED. */
export const telling = (park: Park, account: (region: string) => Account): Park => ({
  ...park,
  start: (order, changed) => {
    let told = false;
    const running = park.start(order, () => {
      changed();
      tell();
    });
    const tell = (): void => {
      const state = running.state();
      if (told || state.status !== "STOPPED") return;
      told = true;
      const event = { Source: "aws.ecs", DetailType: "ECS Task State Change", Detail: detail(order, state) };
      const put = new PutEventsCommand({ Entries: [{ ...event, Resources: [order.arn] }] });
      void account(order.region)
        .events.send(put)
        .catch(() => undefined); // the account was stopped before its tasks
    };
    return running;
  },
});
