import { CloudWatchLogs, type MetricFilter, StandardUnit } from "@aws-sdk/client-cloudwatch-logs";
import { doing, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { block, flag, region, table, text } from "../schema.ts";
import type { Values } from "../values.ts";

const service = ({ account }: Context) => account.client("logs", CloudWatchLogs);
const gone = ["ResourceNotFoundException"];
const metricName = [/^[^:*$]{0,255}$/, "must not contain : * $, and 255 characters at most"] as const;

/** Source: internal/service/logs/metric_filter.go; the generated name is pulumi-aws's. */
export const metricFilter: ResourceType = {
  schema: {
    applyOnTransformedLogs: flag({ computed: true }),
    logGroupName: text({
      required: true,
      forceNew: true,
      matches: [/^[\w./#-]{1,512}$/, "must be a log group's name"],
    }),
    metricTransformation: block(
      {
        defaultValue: text({ matches: [/^(?:-?\d+(?:\.\d+)?)?$/, "must be a number"] }),
        dimensions: table(),
        name: text({ required: true, matches: metricName }),
        namespace: text({ required: true, matches: metricName }),
        unit: text({ default: "None", oneOf: Object.values(StandardUnit) }),
        value: text({ required: true, matches: [/^[\s\S]{0,100}$/, "must be at most 100 characters"] }),
      },
      { required: true },
    ),
    name: text({ required: true, forceNew: true, matches: [/^[^:*]{1,512}$/, "must be a metric filter's name"] }),
    pattern: text({
      required: true,
      matches: [/^[\s\S]{0,1024}$/, "must be at most 1024 characters"],
      same: (old, now) => typeof old === "string" && typeof now === "string" && old.trim() === now.trim(),
    }),
    ...region,
  },
  autoName: { property: "name", longest: 512 },
  create: async (inputs, context) => {
    await put(inputs, context, "");
    return inputs.required("name");
  },
  read: async (id, state, context) => {
    const seen = await doing(`reading CloudWatch Logs Metric Filter (${id})`, () => find(id, state, context));
    if (seen === undefined) return undefined;
    const [transformation] = seen.metricTransformations ?? [];
    return {
      applyOnTransformedLogs: seen.applyOnTransformedLogs ?? false,
      logGroupName: seen.logGroupName,
      metricTransformation: {
        defaultValue: transformation?.defaultValue?.toString(),
        dimensions: transformation?.dimensions,
        name: transformation?.metricName,
        namespace: transformation?.metricNamespace,
        unit: transformation?.unit,
        value: transformation?.metricValue,
      },
      name: seen.filterName,
      pattern: seen.filterPattern,
    };
  },
  update: (id, inputs, context) => put(inputs, context, id),
  delete: async (id, state, context) => {
    await doing(`deleting CloudWatch Logs Metric Filter (${id})`, () =>
      unless(gone, () =>
        service(context).deleteMetricFilter({ filterName: id, logGroupName: state.text("logGroupName") }),
      ),
    );
  },
};

async function find(name: string, state: Values, context: Context): Promise<MetricFilter | undefined> {
  const asked = { filterNamePrefix: name, logGroupName: state.text("logGroupName") };
  const found = await unless(gone, () => service(context).describeMetricFilters(asked));
  return found?.metricFilters?.find(({ filterName }) => filterName === name);
}

/** @param id as it is in upstream's error: empty while it is made */
async function put(inputs: Values, context: Context, id: string): Promise<void> {
  const transformation = inputs.block("metricTransformation");
  const [ordinary, dimensions] = [transformation?.text("defaultValue"), transformation?.table("dimensions") ?? {}];
  await doing(`putting CloudWatch Logs Metric Filter (${id})`, () =>
    service(context).putMetricFilter({
      filterName: inputs.text("name"),
      filterPattern: inputs.text("pattern")?.trim() ?? "",
      logGroupName: inputs.text("logGroupName"),
      metricTransformations: [
        {
          ...(ordinary !== undefined && { defaultValue: Number(ordinary) }),
          ...(Object.keys(dimensions).length > 0 && { dimensions }),
          metricName: transformation?.text("name"),
          metricNamespace: transformation?.text("namespace"),
          metricValue: transformation?.text("value"),
          unit: transformation?.choice("unit", StandardUnit),
        },
      ],
      ...(inputs.flag("applyOnTransformedLogs") === true && { applyOnTransformedLogs: true }),
    }),
  );
}
