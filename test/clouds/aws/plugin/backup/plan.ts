import { Backup, type BackupRule } from "@aws-sdk/client-backup";
import { doing, isCode, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { block, blockSet, flag, number, output, region, table, tags, text } from "../schema.ts";
import { tableState } from "../tags.ts";
import type { StateMap, Values } from "../values.ts";
import { minutes, retryWhile } from "../wait.ts";
import { updateBackupTags } from "./vault.ts";

const service = ({ account }: Context) => account.client("backup", Backup);
const gone = ["ResourceNotFoundException"];
const lifecycle = block({
  coldStorageAfter: number(),
  deleteAfter: number(),
  optInToArchiveForSupportedResources: flag({ computed: true }),
});

/** Source: internal/service/backup/plan.go. Copies elsewhere, scans and settings of Windows are left out. */
export const plan: ResourceType = {
  schema: {
    arn: output(),
    name: text({ required: true, forceNew: true }),
    rules: blockSet(
      {
        completionWindow: number({ default: 180 }),
        enableContinuousBackup: flag(),
        lifecycle,
        recoveryPointTags: table(),
        ruleName: text({ required: true, matches: [/^[\w.-]{1,50}$/, "must be a rule's name"] }),
        schedule: text(),
        scheduleExpressionTimezone: text({ default: "Etc/UTC" }),
        startWindow: number({ default: 60 }),
        targetVaultName: text({ required: true }),
      },
      { required: true },
    ),
    version: output(),
    ...region,
    ...tags,
  },
  autoName: { property: "name", longest: 255 },
  create: async (inputs, context) => {
    const { BackupPlanId = "" } = await doing(`creating Backup Plan (${inputs.required("name")})`, () =>
      service(context).createBackupPlan({ BackupPlan: planOf(inputs), BackupPlanTags: inputs.table("tagsAll") }),
    );
    return BackupPlanId;
  },
  read: async (id, _, context) => {
    const backup = service(context);
    const seen = await doing(`reading Backup Plan (${id})`, () =>
      unless(gone, () => backup.getBackupPlan({ BackupPlanId: id })),
    );
    if (seen?.BackupPlanArn === undefined || seen.DeletionDate !== undefined) return undefined;
    const { Tags } = await backup.listTags({ ResourceArn: seen.BackupPlanArn });
    return {
      arn: seen.BackupPlanArn,
      name: seen.BackupPlan?.BackupPlanName,
      rules: seen.BackupPlan?.Rules?.map(ruleState),
      version: seen.VersionId,
      ...tableState(Tags),
    };
  },
  update: async (id, inputs, context) => {
    if (context.changed("rules")) {
      await doing(`updating Backup Plan (${id})`, () =>
        service(context).updateBackupPlan({ BackupPlanId: id, BackupPlan: planOf(inputs) }),
      );
    }
    await updateBackupTags(inputs.required("arn"), inputs, context);
  },
  delete: async (id, _, context) => {
    await doing(`deleting Backup Plan (${id})`, () =>
      retryWhile(
        (error) => isCode(error, "InvalidRequestException") && error.reason.includes("selections must be deleted"),
        () => unless(gone, () => service(context).deleteBackupPlan({ BackupPlanId: id })),
        { timeoutMs: minutes(2), signal: context.signal },
      ),
    );
  },
};

function planOf(inputs: Values) {
  const rules = inputs.blocks("rules").map((rule) => {
    const life = rule.block("lifecycle");
    const cold = life?.number("coldStorageAfter") ?? 0;
    return {
      RuleName: rule.text("ruleName"),
      TargetBackupVaultName: rule.text("targetVaultName"),
      ScheduleExpression: rule.text("schedule"),
      ScheduleExpressionTimezone: rule.text("scheduleExpressionTimezone"),
      StartWindowMinutes: rule.number("startWindow"),
      CompletionWindowMinutes: rule.number("completionWindow"),
      EnableContinuousBackup: rule.flag("enableContinuousBackup") ?? false,
      RecoveryPointTags: rule.table("recoveryPointTags"),
      ...(life && {
        Lifecycle: {
          DeleteAfterDays: life.number("deleteAfter"),
          ...(cold > 0 && { MoveToColdStorageAfterDays: cold }),
        },
      }),
    };
  });
  return { BackupPlanName: inputs.text("name"), Rules: rules };
}

function ruleState(rule: BackupRule): StateMap {
  const { Lifecycle: life } = rule;
  return {
    completionWindow: rule.CompletionWindowMinutes ?? 180,
    enableContinuousBackup: rule.EnableContinuousBackup ?? false,
    lifecycle: life && {
      ...{ deleteAfter: life.DeleteAfterDays, coldStorageAfter: life.MoveToColdStorageAfterDays ?? 0 },
      optInToArchiveForSupportedResources: life.OptInToArchiveForSupportedResources ?? false,
    },
    recoveryPointTags: rule.RecoveryPointTags ?? {},
    ruleName: rule.RuleName,
    schedule: rule.ScheduleExpression,
    scheduleExpressionTimezone: rule.ScheduleExpressionTimezone ?? "Etc/UTC",
    startWindow: rule.StartWindowMinutes ?? 60,
    targetVaultName: rule.TargetBackupVaultName,
  };
}
