import { CloudWatch, ComparisonOperator, type MetricAlarm, StandardUnit, Statistic } from "@aws-sdk/client-cloudwatch";
import { doing } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { flag, number, output, region, table, tags, text, textSet } from "../schema.ts";
import { tagList, tagState, updateTags } from "../tags.ts";
import type { Values } from "../values.ts";

const service = ({ account }: Context) => account.client("cloudwatch", CloudWatch);

/** Source: internal/service/cloudwatch/metric_alarm.go; its `alarm_name` is `name` at Pulumi. Queries are left out. */
export const metricAlarm: ResourceType = {
  schema: {
    actionsEnabled: flag({ default: true }),
    alarmActions: textSet(),
    alarmDescription: text({ matches: [/^[\s\S]{0,1024}$/, "must be at most 1024 characters"] }),
    arn: output(),
    comparisonOperator: text({ required: true, oneOf: Object.values(ComparisonOperator) }),
    datapointsToAlarm: number(),
    dimensions: table(),
    evaluateLowSampleCountPercentiles: text({ computed: true, oneOf: ["evaluate", "ignore"] }),
    evaluationPeriods: number({ required: true }),
    extendedStatistic: text({ conflictsWith: ["statistic"] }),
    insufficientDataActions: textSet(),
    metricName: text(),
    name: text({ required: true, forceNew: true, matches: [/^[\s\S]{1,255}$/, "must have 1 to 255 characters"] }),
    namespace: text(),
    okActions: textSet(),
    period: number(),
    statistic: text({ oneOf: Object.values(Statistic) }),
    threshold: number(),
    treatMissingData: text({ default: "missing", oneOf: ["breaching", "notBreaching", "ignore", "missing"] }),
    unit: text({ oneOf: Object.values(StandardUnit) }),
    ...region,
    ...tags,
  },
  autoName: { property: "name", longest: 255 },
  create: async (inputs, context) => {
    const name = inputs.required("name");
    await put(inputs, context, `creating CloudWatch Metric Alarm (${name})`);
    return name;
  },
  read: async (id, _, context) => {
    const cloudwatch = service(context);
    const seen = await doing(`reading CloudWatch Metric Alarm (${id})`, () => find(id, context));
    if (seen === undefined) return undefined;
    const { Tags } = await cloudwatch.listTagsForResource({ ResourceARN: seen.AlarmArn });
    return {
      actionsEnabled: seen.ActionsEnabled,
      alarmActions: seen.AlarmActions ?? [],
      alarmDescription: seen.AlarmDescription ?? "",
      arn: seen.AlarmArn,
      comparisonOperator: seen.ComparisonOperator,
      datapointsToAlarm: seen.DatapointsToAlarm ?? 0,
      dimensions: Object.fromEntries((seen.Dimensions ?? []).map(({ Name = "", Value = "" }) => [Name, Value])),
      evaluateLowSampleCountPercentiles: seen.EvaluateLowSampleCountPercentile ?? "",
      evaluationPeriods: seen.EvaluationPeriods,
      extendedStatistic: seen.ExtendedStatistic ?? "",
      insufficientDataActions: seen.InsufficientDataActions ?? [],
      metricName: seen.MetricName ?? "",
      name: seen.AlarmName,
      namespace: seen.Namespace ?? "",
      okActions: seen.OKActions ?? [],
      period: seen.Period ?? 0,
      statistic: seen.Statistic ?? "",
      threshold: seen.Threshold ?? 0,
      treatMissingData: seen.TreatMissingData ?? "missing",
      unit: seen.Unit ?? "",
      ...tagState(Tags),
    };
  },
  update: async (id, inputs, context) => {
    const cloudwatch = service(context);
    const others = Object.keys(metricAlarm.schema).filter((name) => !["tags", "tagsAll"].includes(name));
    if (context.changed(...others)) await put(inputs, context, `updating CloudWatch Metric Alarm (${id})`);
    const ResourceARN = inputs.required("arn");
    await updateTags(inputs, context, {
      remove: (TagKeys) => cloudwatch.untagResource({ ResourceARN, TagKeys }),
      set: (set) => cloudwatch.tagResource({ ResourceARN, Tags: tagList(set) }),
    });
  },
  delete: async (id, _, context) => {
    await doing(`deleting CloudWatch Metric Alarm (${id})`, () => service(context).deleteAlarms({ AlarmNames: [id] }));
  },
};

async function find(name: string, context: Context): Promise<MetricAlarm | undefined> {
  const { MetricAlarms = [] } = await service(context).describeAlarms({ AlarmNames: [name] });
  return MetricAlarms[0];
}

async function put(inputs: Values, context: Context, what: string): Promise<void> {
  const points = inputs.number("datapointsToAlarm") ?? 0;
  await doing(what, () =>
    service(context).putMetricAlarm({
      AlarmName: inputs.required("name"),
      ActionsEnabled: inputs.flag("actionsEnabled"),
      AlarmActions: inputs.texts("alarmActions"),
      AlarmDescription: inputs.text("alarmDescription"),
      ComparisonOperator: inputs.choice("comparisonOperator", ComparisonOperator),
      ...(points > 0 && { DatapointsToAlarm: points }),
      Dimensions: Object.entries(inputs.table("dimensions")).map(([Name, Value]) => ({ Name, Value })),
      EvaluateLowSampleCountPercentile: inputs.text("evaluateLowSampleCountPercentiles"),
      EvaluationPeriods: inputs.number("evaluationPeriods"),
      ExtendedStatistic: inputs.text("extendedStatistic"),
      InsufficientDataActions: inputs.texts("insufficientDataActions"),
      MetricName: inputs.text("metricName"),
      Namespace: inputs.text("namespace"),
      OKActions: inputs.texts("okActions"),
      Period: inputs.number("period"),
      Statistic: inputs.choice("statistic", Statistic),
      Threshold: inputs.number("threshold") ?? 0,
      TreatMissingData: inputs.text("treatMissingData"),
      Unit: inputs.choice("unit", StandardUnit),
      Tags: tagList(inputs.table("tagsAll")),
    }),
  );
}
