/** AWS Backup. https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupPlan.html, API_Lifecycle.html, API_BackupRuleInput.html */
import type * as backup from "@aws-sdk/client-backup";
import type * as iam from "@aws-sdk/client-iam";
import { rule, type Account, type Rules } from "../account.ts";
import { AwsError } from "../handler.ts";

const refuse = (message: string): never => {
  throw new AwsError("InvalidParameterValueException", message);
};

async function checkPlan(account: Account, plan: backup.BackupPlanInput | undefined): Promise<void> {
  for (const each of plan?.Rules ?? []) {
    const { TargetBackupVaultName: vault = "", ScheduleExpression: schedule, Lifecycle: lifecycle } = each;
    const { StartWindowMinutes: start, CompletionWindowMinutes: completion } = each;
    try {
      await account.ask("backup", "DescribeBackupVault", { BackupVaultName: vault });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      refuse(`Backup vault ${vault} cannot be found`);
    }
    if (schedule !== undefined && !/^cron\((?:\S+ ){5}\S+\)$/u.test(schedule)) {
      refuse(`Invalid cron expression: ${schedule}`);
    }
    const { MoveToColdStorageAfterDays: cold, DeleteAfterDays: gone } = lifecycle ?? {};
    if (cold !== undefined && gone !== undefined && gone < cold + 90) {
      refuse("Error in rule: DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays");
    }
    if (start !== undefined && start < 60) refuse("Error in rule: StartWindowMinutes must be at least 60");
    if (completion !== undefined && completion < (start ?? 480) + 60) {
      refuse("Error in rule: CompletionWindowMinutes must be at least 60 minutes greater than StartWindowMinutes");
    }
  }
}

const newPlan = rule<backup.CreateBackupPlanInput>(({ BackupPlan: plan }, account) => checkPlan(account, plan));
const changedPlan = rule<backup.UpdateBackupPlanInput>(({ BackupPlan: plan }, account) => checkPlan(account, plan));

/** https://github.com/hashicorp/terraform-provider-aws/issues/9501 */
const role = rule<backup.CreateBackupSelectionInput>(async ({ BackupSelection: selection }, account) => {
  const arn = selection?.IamRoleArn ?? "";
  const { Roles: roles = [] } = await account.ask<iam.ListRolesResponse>("iam", "ListRoles");
  const found = roles.find(({ Arn: known }) => known === arn);
  if (!decodeURIComponent(found?.AssumeRolePolicyDocument ?? "").includes('"backup.amazonaws.com"')) {
    refuse(`IAM Role ${arn} cannot be assumed by AWS Backup`);
  }
});

export const backupRules: Rules = {
  "backup.CreateBackupPlan": [newPlan],
  "backup.UpdateBackupPlan": [changedPlan],
  "backup.CreateBackupSelection": [role],
};
