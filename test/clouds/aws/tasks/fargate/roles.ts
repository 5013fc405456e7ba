/**
 * The roles of a task: ECS assumes them for it, so they trust ECS, for this account and what is of it.
 *
 * Facts: Amazon ECS Developer Guide, "Amazon ECS task IAM role": the trust policy with `aws:SourceAccount` and `aws:SourceArn`.
 */
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { trusts } from "../../front/resource-policy.ts";
import type { Account } from "../account.ts";
import type { TaskOrder } from "../park.ts";
import { TaskFault } from "./fault.ts";

/** Checks that ECS can assume the task's roles. @throws TaskFault in ECS's words */
export async function checkRoles({ iam }: Account, { arn, definition }: TaskOrder): Promise<void> {
  const source = { arn, account: arn.split(":")[4] ?? "" };
  for (const role of [definition.executionRoleArn, definition.taskRoleArn]) {
    if (role === undefined) continue;
    const found = await iam.send(new GetRoleCommand({ RoleName: role.split("/").at(-1) })).catch(() => undefined);
    const trust = decodeURIComponent(found?.Role?.AssumeRolePolicyDocument ?? '{"Statement":[]}');
    if (!trusts(trust, "ecs-tasks.amazonaws.com", source))
      throw new TaskFault(
        `ECS was unable to assume the role '${role}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
      );
  }
}
