/** Runs a task until it is seen to work or to stop. */
import { FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTasksCommand, ExecuteCommandCommand, RunTaskCommand, StopTaskCommand } from "@aws-sdk/client-ecs";
import type { Task } from "@aws-sdk/client-ecs";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Account } from "../../clouds/aws/tasks/account.ts";
import type { FargateAws } from "../../clouds/aws/tasks/fargate-aws.ts";
import { sampleNames, type SampleAccount } from "../../clouds/aws/tasks/sample-account.ts";

const { cluster, logGroup } = sampleNames;

/**
 * Runs a task whose container `gateway` prints `wrote <its argument>`, and stops it again.
 *
 * @param enter whether its container `shell` is entered by ECS Exec, too
 * @returns `runs`, or why not all of it works
 */
export const running =
  (me: Account, world: FargateAws, sample: SampleAccount) =>
  async (taskDefinition: string, enter: boolean): Promise<string> => {
    const mark = randomUUID();
    const asked = new RunTaskCommand({
      ...{ cluster, taskDefinition, enableExecuteCommand: enter },
      overrides: { containerOverrides: [{ name: "gateway", command: [mark] }] },
      networkConfiguration: {
        awsvpcConfiguration: {
          ...{ subnets: [...sample.subnets], securityGroups: [sample.group.task], assignPublicIp: "ENABLED" as const },
        },
      },
    });
    const { tasks: [started] = [] } = await me.ecs.send(asked);
    const task = started?.taskArn ?? "";
    const until = async (what: (task: Task) => boolean | Promise<boolean>, seconds: number): Promise<Task> => {
      const deadline = Date.now() + seconds * 1000;
      for (;;) {
        const [seen] = (await me.ecs.send(new DescribeTasksCommand({ cluster, tasks: [task] }))).tasks ?? [];
        if (seen !== undefined && (Date.now() > deadline || (await what(seen)))) return seen;
        await sleep(100);
      }
    };
    const isThere = async (): Promise<boolean> => {
      const { events = [] } = await me.logs.send(new FilterLogEventsCommand({ logGroupName: logGroup }));
      return events.some(({ message }) => message === `wrote ${mark}`);
    };
    const seen = await until(({ lastStatus }) => lastStatus === "RUNNING" || lastStatus === "STOPPED", 30);
    if (seen.lastStatus === "STOPPED")
      return [seen.stoppedReason, ...(seen.containers ?? []).map(({ reason }) => reason)].join(" ");
    await until(isThere, 5);
    const wrote = await isThere();
    const entered = enter ? await execute(me, world, task) : "";
    await me.ecs.send(new StopTaskCommand({ cluster, task }));
    await until(({ lastStatus }) => lastStatus === "STOPPED", 30);
    return wrote ? `runs${entered}` : `its line is not in the log${entered}`;
  };

async function execute({ ecs }: Account, world: FargateAws, task: string): Promise<string> {
  const command = { cluster, task, container: "shell", command: "id -u", interactive: true };
  const opened = await ecs.send(new ExecuteCommandCommand(command)).catch((error: unknown) => String(error));
  if (typeof opened === "string") return `, but is not entered: ${opened}`;
  await world.tasks.session(opened.session?.tokenValue ?? "");
  return "";
}
