/** The roles of a task: it assumes them, so they trust it. */
import { GetRoleCommand } from "@aws-sdk/client-iam";
import type { Account } from "../account.ts";
import type { TaskOrder } from "../park.ts";
import { TaskFault } from "./fault.ts";

/** Checks that ECS can assume the task's roles. @throws TaskFault in ECS's words */
export async function checkRoles({ iam }: Account, { definition }: TaskOrder): Promise<void> {
  for (const role of [definition.executionRoleArn, definition.taskRoleArn]) {
    if (role === undefined) continue;
    const found = await iam.send(new GetRoleCommand({ RoleName: role.split("/").at(-1) })).catch(() => undefined);
    const trust = decodeURIComponent(found?.Role?.AssumeRolePolicyDocument ?? "");
    if (!trust.includes("ecs-tasks.amazonaws.com"))
      throw new TaskFault(
        `ECS was unable to assume the role '${role}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
      );
  }
}
