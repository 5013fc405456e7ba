/**
 * What moto's AWS Backup lacks: selections, changed plans, jobs and their recovery points, what a vault holds.
 * A job is done at once. https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Operations.html
 *
 * A job does what its role may do: copying a file system takes `elasticfilesystem:Backup` (Service Authorization Reference,
 * "Actions for Amazon EFS": "Grants permission to start a backup job for an existing file system").
 */
import { randomUUID } from "node:crypto";
import type * as backup from "@aws-sdk/client-backup";
import type * as iam from "@aws-sdk/client-iam";
import { hole, type Account, type Hole } from "../account.ts";
import { AwsError } from "../handler.ts";
import { evaluate, policiesOf } from "../iam.ts";
import { trusts } from "../resource-policy.ts";

interface Selection {
  readonly plan: string;
  readonly selection: backup.BackupSelection;
  readonly created: Date;
}

const missing = (what: string): AwsError => new AwsError("ResourceNotFoundException", `Cannot find ${what}`);

/** A vault that is not there is answered as one that the caller may not see; terraform-provider-aws relies on it. */
const unseen = (error: unknown): never => {
  if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
  throw new AwsError("AccessDeniedException", "Insufficient privileges to perform this action.", 403);
};

/** A role's document about who may assume it; nobody, where there is no such role. */
async function trustOf({ ask }: Account, role: string): Promise<string> {
  const nobody = JSON.stringify({ Statement: [] });
  const RoleName = role.split("/").at(-1);
  const found = await ask<iam.GetRoleResponse>("iam", "GetRole", { RoleName }).catch(() => undefined);
  return decodeURIComponent(found?.Role?.AssumeRolePolicyDocument ?? nobody);
}

/** The backups of an account. */
export const backupHoles: Hole = (account) => {
  const selections = new Map<string, Selection>();
  const plans = new Map<string, { readonly BackupPlan: backup.BackupPlanInput; readonly VersionId: string }>();
  const points = new Map<string, backup.RecoveryPointByBackupVault>();
  const jobs = new Map<string, backup.DescribeBackupJobOutput>();
  const of = (vault = ""): backup.RecoveryPointByBackupVault[] =>
    [...points.values()].filter(({ BackupVaultName: name }) => name === vault);
  const selected = (plan = "", id = ""): Selection => {
    const found = selections.get(id);
    if (found?.plan !== plan) throw missing(`backup selection ${id} of plan ${plan}`);
    return found;
  };

  return {
    "backup.CreateBackupSelection": hole<backup.CreateBackupSelectionInput>(async (input, _, operation) => {
      const { BackupPlanId: plan = "", BackupSelection: selection } = input;
      await account(operation).ask("backup", "GetBackupPlan", { BackupPlanId: plan });
      if (selection === undefined) throw new AwsError("MissingParameterValueException", "BackupSelection is missing");
      const id = randomUUID();
      const created = new Date();
      selections.set(id, { plan, selection, created });
      return { SelectionId: id, BackupPlanId: plan, CreationDate: created };
    }),
    "backup.GetBackupSelection": hole<backup.GetBackupSelectionInput>(({ BackupPlanId: plan, SelectionId: id }) => {
      const { selection, created } = selected(plan, id);
      return { BackupSelection: selection, SelectionId: id, BackupPlanId: plan, CreationDate: created };
    }),
    "backup.ListBackupSelections": hole<backup.ListBackupSelectionsInput>(({ BackupPlanId: plan }) => ({
      BackupSelectionsList: [...selections].flatMap(([id, { plan: its, selection, created }]) =>
        its === plan
          ? {
              SelectionId: id,
              BackupPlanId: plan,
              CreationDate: created,
              SelectionName: selection.SelectionName,
              IamRoleArn: selection.IamRoleArn,
            }
          : [],
      ),
    })),
    "backup.DeleteBackupSelection": hole<backup.DeleteBackupSelectionInput>(
      ({ BackupPlanId: plan, SelectionId: id = "" }) => {
        selected(plan, id);
        selections.delete(id);
        return {};
      },
    ),
    "backup.UpdateBackupPlan": hole<backup.UpdateBackupPlanInput>(async (input, _, operation) => {
      const { BackupPlanId: id = "", BackupPlan: plan } = input;
      const before = await account(operation).ask<backup.GetBackupPlanOutput>("backup", "GetBackupPlan", {
        BackupPlanId: id,
      });
      if (plan === undefined) throw new AwsError("MissingParameterValueException", "BackupPlan is missing");
      const Rules = plan.Rules?.map((rule) => ({
        ScheduleExpressionTimezone: "Etc/UTC",
        RuleId: randomUUID(),
        ...rule,
      }));
      const VersionId = randomUUID();
      plans.set(id, { BackupPlan: { ...plan, Rules }, VersionId });
      return { BackupPlanId: id, BackupPlanArn: before.BackupPlanArn, CreationDate: before.CreationDate, VersionId };
    }),
    "backup.GetBackupPlan": hole<backup.GetBackupPlanInput>(async ({ BackupPlanId: id = "" }, forward) => ({
      ...(await forward()),
      ...plans.get(id),
    })),
    "backup.DeleteBackupPlan": hole<backup.DeleteBackupPlanInput>(({ BackupPlanId: id }, forward) => {
      if ([...selections.values()].some(({ plan }) => plan === id)) {
        const message = "Related backup plan selections must be deleted prior to backup plan deletion";
        throw new AwsError("InvalidRequestException", message);
      }
      return forward();
    }),
    "backup.StartBackupJob": hole<backup.StartBackupJobInput>(async (input, _, operation) => {
      const { BackupVaultName: vault = "", ResourceArn: resource = "", IamRoleArn: role = "" } = input;
      const here = account(operation);
      await here.ask("backup", "DescribeBackupVault", { BackupVaultName: vault }).catch(unseen);
      const owner = resource.split(":")[4] ?? "";
      const id = randomUUID();
      const jobArn = `arn:aws:backup:${operation.region}:${owner}:backup-job:${id}`;
      if (!trusts(await trustOf(here, role), "backup.amazonaws.com", { account: owner, arn: jobArn }))
        throw new AwsError("InvalidParameterValueException", `IAM Role ${role} cannot be assumed by AWS Backup`);
      const created = new Date();
      const asked = { action: "elasticfilesystem:Backup", resource, conditions: {} };
      if (evaluate(await policiesOf(here, role), asked) !== "allowed") {
        const why = `IAM Role ${role} does not have sufficient permissions to execute the backup`;
        jobs.set(id, { State: "FAILED", StatusMessage: why });
        return { BackupJobId: id, CreationDate: created };
      }
      const arn = `arn:aws:backup:${operation.region}:${owner}:recovery-point:${randomUUID()}`;
      points.set(arn, {
        RecoveryPointArn: arn,
        BackupVaultName: vault,
        ResourceArn: resource,
        ResourceType: "EFS",
        IamRoleArn: role,
        Status: "COMPLETED",
        CreationDate: created,
        CompletionDate: created,
      });
      jobs.set(id, { State: "COMPLETED", RecoveryPointArn: arn });
      return { BackupJobId: id, RecoveryPointArn: arn, CreationDate: created };
    }),
    "backup.DescribeBackupJob": hole<backup.DescribeBackupJobInput>(({ BackupJobId: id = "" }) => {
      const job = jobs.get(id);
      if (job === undefined) throw missing(`backup job ${id}`);
      return { BackupJobId: id, ...job };
    }),
    "backup.ListRecoveryPointsByBackupVault": hole<backup.ListRecoveryPointsByBackupVaultInput>(
      ({ BackupVaultName: vault }) => ({ RecoveryPoints: of(vault) }),
    ),
    "backup.DeleteRecoveryPoint": hole<backup.DeleteRecoveryPointInput>(({ RecoveryPointArn: arn = "" }) => {
      if (!points.delete(arn)) throw missing(`recovery point ${arn}`);
      return {};
    }),
    "backup.DescribeBackupVault": hole<backup.DescribeBackupVaultInput, backup.DescribeBackupVaultOutput>(
      async ({ BackupVaultName: vault }, forward) => {
        const found = await forward().catch(unseen);
        return { ...found, NumberOfRecoveryPoints: of(vault).length };
      },
    ),
    "backup.DeleteBackupVault": hole<backup.DeleteBackupVaultInput>(
      async ({ BackupVaultName: vault }, forward, operation) => {
        await account(operation).ask("backup", "DescribeBackupVault", { BackupVaultName: vault }).catch(unseen);
        if (of(vault).length > 0) {
          throw new AwsError(
            "InvalidRequestException",
            "Backup vault cannot be deleted because it contains recovery points.",
          );
        }
        return forward();
      },
    ),
  };
};
