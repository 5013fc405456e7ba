import { EventBridge, type Target } from "@aws-sdk/client-eventbridge";
import { doing, unless } from "../failure.ts";
import { sameJson } from "../policy-json.ts";
import type { Context, ResourceType } from "../resource.ts";
import { block, flag, number, region, table, text } from "../schema.ts";
import type { Values } from "../values.ts";

const service = ({ account }: Context) => account.client("events", EventBridge);
const gone = ["ResourceNotFoundException", "ValidationException"];

/** Source: internal/service/events/target.go; the generated id is pulumi-aws's. What only some targets have is left out. */
export const eventTarget: ResourceType = {
  schema: {
    arn: text({ required: true }),
    deadLetterConfig: block({ arn: text() }),
    eventBusName: text({ default: "default", forceNew: true }),
    forceDestroy: flag({ default: false }),
    input: text({ same: sameJson, conflictsWith: ["inputPath", "inputTransformer"] }),
    inputPath: text({ conflictsWith: ["input", "inputTransformer"] }),
    inputTransformer: block(
      { inputPaths: table(), inputTemplate: text({ required: true }) },
      { conflictsWith: ["input", "inputPath"] },
    ),
    retryPolicy: block({
      maximumEventAgeInSeconds: number({ range: [60, 86_400] }),
      maximumRetryAttempts: number({ range: [0, 185] }),
    }),
    roleArn: text(),
    rule: text({ required: true, forceNew: true }),
    targetId: text({ computed: true, forceNew: true, matches: [/^[\w.-]{1,64}$/, "must be a target's id"] }),
    ...region,
  },
  autoName: { property: "targetId", longest: 255 },
  create: async (inputs, context) => {
    await put(inputs, context, "creating EventBridge Target");
    const bus = inputs.text("eventBusName") ?? "default";
    return `${bus === "default" ? "" : `${bus}-`}${inputs.required("rule")}-${inputs.required("targetId")}`;
  },
  read: async (id, state, context) => {
    const found = await doing(`reading EventBridge Target (${id})`, () =>
      unless(gone, () =>
        service(context).listTargetsByRule({ Rule: state.text("rule"), EventBusName: state.text("eventBusName") }),
      ),
    );
    const seen = found?.Targets?.find(({ Id }) => Id === state.text("targetId"));
    if (seen === undefined) return undefined;
    const [input = "", recorded = ""] = [seen.Input, state.text("input")];
    const { InputTransformer: transformer, RetryPolicy: retry } = seen;
    return {
      arn: seen.Arn,
      deadLetterConfig: seen.DeadLetterConfig && { arn: seen.DeadLetterConfig.Arn },
      input: sameJson(recorded, input) ? recorded : input,
      inputPath: seen.InputPath ?? "",
      inputTransformer: transformer && {
        ...{ inputPaths: transformer.InputPathsMap ?? {}, inputTemplate: transformer.InputTemplate },
      },
      retryPolicy: retry && {
        maximumEventAgeInSeconds: retry.MaximumEventAgeInSeconds,
        maximumRetryAttempts: retry.MaximumRetryAttempts,
      },
      roleArn: seen.RoleArn ?? "",
    };
  },
  update: async (id, inputs, context) => {
    await put(inputs, context, `updating EventBridge Target (${id})`);
  },
  delete: async (id, state, context) => {
    await doing(`deleting EventBridge Target (${id})`, () =>
      unless(["ResourceNotFoundException"], () =>
        service(context).removeTargets({
          Rule: state.text("rule"),
          EventBusName: state.text("eventBusName"),
          Ids: [state.required("targetId")],
          Force: state.flag("forceDestroy") ?? false,
        }),
      ),
    );
  },
};

/** AWS says in the answer what it did not take. */
async function put(inputs: Values, context: Context, what: string): Promise<void> {
  await doing(what, async () => {
    const { FailedEntries: failed = [] } = await service(context).putTargets({
      Rule: inputs.required("rule"),
      EventBusName: inputs.text("eventBusName"),
      Targets: [targetOf(inputs)],
    });
    const lines = failed.map(({ ErrorCode = "", ErrorMessage = "" }) => `${ErrorCode}: ${ErrorMessage}`);
    if (lines.length > 0) throw new Error(lines.join("\n"));
  });
}

function targetOf(inputs: Values): Target {
  const [letters, transformer] = [inputs.block("deadLetterConfig"), inputs.block("inputTransformer")];
  const retry = inputs.block("retryPolicy");
  return {
    Id: inputs.required("targetId"),
    Arn: inputs.required("arn"),
    Input: inputs.text("input"),
    InputPath: inputs.text("inputPath"),
    RoleArn: inputs.text("roleArn"),
    ...(letters && { DeadLetterConfig: { Arn: letters.text("arn") } }),
    ...(transformer && {
      InputTransformer: {
        InputPathsMap: transformer.table("inputPaths"),
        InputTemplate: transformer.text("inputTemplate"),
      },
    }),
    ...(retry && {
      RetryPolicy: {
        MaximumEventAgeInSeconds: retry.number("maximumEventAgeInSeconds"),
        MaximumRetryAttempts: retry.number("maximumRetryAttempts"),
      },
    }),
  };
}
