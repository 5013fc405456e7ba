import { Backup, ConditionType } from "@aws-sdk/client-backup";
import { doing, isCode, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { blockSet, region, text, textSet } from "../schema.ts";
import { minutes, retryWhile } from "../wait.ts";

const service = ({ account }: Context) => account.client("backup", Backup);
const gone = ["ResourceNotFoundException", "InvalidParameterValueException"];
const changeless = { forceNew: true } as const;

/** Source: internal/service/backup/selection.go. Conditions other than tags are left out. */
export const selection: ResourceType = {
  schema: {
    iamRoleArn: text({ required: true, forceNew: true }),
    name: text({ required: true, forceNew: true, matches: [/^[\w.-]{1,50}$/, "must be a selection's name"] }),
    notResources: textSet({ computed: true, forceNew: true }),
    planId: text({ required: true, forceNew: true }),
    resources: textSet(changeless),
    selectionTags: blockSet(
      {
        key: text({ required: true }),
        type: text({ required: true, oneOf: Object.values(ConditionType) }),
        value: text({ required: true }),
      },
      changeless,
    ),
    ...region,
  },
  autoName: { property: "name", longest: 255 },
  create: async (inputs, context) => {
    const tags = inputs.blocks("selectionTags").map((tag) => ({
      ConditionKey: tag.text("key"),
      ConditionType: tag.choice("type", ConditionType),
      ConditionValue: tag.text("value"),
    }));
    const { SelectionId = "" } = await doing("creating Backup Selection", () =>
      retryWhile(
        // A role that was made just now is not known to AWS Backup at once.
        (error) =>
          isCode(error, "InvalidParameterValueException") && /cannot be assumed|is not authorized/.test(error.reason),
        () =>
          service(context).createBackupSelection({
            BackupPlanId: inputs.required("planId"),
            BackupSelection: {
              IamRoleArn: inputs.text("iamRoleArn"),
              SelectionName: inputs.text("name"),
              ...(inputs.has("resources") && { Resources: inputs.texts("resources") }),
              ...(inputs.has("notResources") && { NotResources: inputs.texts("notResources") }),
              ...(tags.length > 0 && { ListOfTags: tags }),
            },
          }),
        { timeoutMs: minutes(2), signal: context.signal },
      ),
    );
    return SelectionId;
  },
  read: async (id, state, context) => {
    const planId = state.required("planId");
    const found = await doing(`reading Backup Selection (${id})`, () =>
      unless(gone, () => service(context).getBackupSelection({ BackupPlanId: planId, SelectionId: id })),
    );
    const seen = found?.BackupSelection;
    return (
      seen && {
        iamRoleArn: seen.IamRoleArn,
        name: seen.SelectionName,
        notResources: seen.NotResources ?? [],
        planId,
        resources: seen.Resources ?? [],
        selectionTags: seen.ListOfTags?.map((tag) => ({
          ...{ key: tag.ConditionKey, type: tag.ConditionType, value: tag.ConditionValue },
        })),
      }
    );
  },
  delete: async (id, state, context) => {
    await doing(`deleting Backup Selection (${id})`, () =>
      unless(gone, () =>
        service(context).deleteBackupSelection({ BackupPlanId: state.required("planId"), SelectionId: id }),
      ),
    );
  },
};
