import { CloudWatchLogs, type LogGroup, LogGroupClass } from "@aws-sdk/client-cloudwatch-logs";
import { doing, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { flag, number, output, region, tags, text } from "../schema.ts";
import { tableState, tagList, updateTags } from "../tags.ts";

const service = ({ account }: Context) => account.client("logs", CloudWatchLogs);
const gone = ["ResourceNotFoundException"];
const retentions = [
  ...[0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
];

/** Source: internal/service/logs/group.go. */
export const logGroup: ResourceType = {
  schema: {
    arn: output(),
    deletionProtectionEnabled: flag({ computed: true }),
    kmsKeyId: text(),
    logGroupClass: text({ computed: true, forceNew: true, oneOf: Object.values(LogGroupClass) }),
    name: text({
      computed: true,
      forceNew: true,
      conflictsWith: ["namePrefix"],
      matches: [/^[\w./#-]{1,512}$/, "must be a log group's name"],
    }),
    namePrefix: text({ computed: true, forceNew: true }),
    retentionInDays: number({ default: 0 }),
    skipDestroy: flag({ default: false }),
    ...region,
    ...tags,
  },
  autoName: { property: "name", longest: 255 },
  check: (inputs) => {
    const days = inputs.number("retentionInDays") ?? 0;
    return retentions.includes(days)
      ? []
      : [`expected retention_in_days to be one of [${retentions.join(" ")}], got ${days}`];
  },
  create: async (inputs, context) => {
    const name = inputs.required("name");
    const logs = service(context);
    await doing(`creating CloudWatch Logs Log Group (${name})`, () =>
      logs.createLogGroup({
        logGroupName: name,
        kmsKeyId: inputs.text("kmsKeyId"),
        logGroupClass: inputs.choice("logGroupClass", LogGroupClass),
        ...(tagList(inputs.table("tagsAll")) && { tags: inputs.table("tagsAll") }),
      }),
    );
    context.made(name);
    const retentionInDays = inputs.number("retentionInDays") ?? 0;
    if (retentionInDays > 0) await logs.putRetentionPolicy({ logGroupName: name, retentionInDays });
    return name;
  },
  read: async (id, _, context) => {
    const seen = await doing(`reading CloudWatch Logs Log Group (${id})`, () => find(id, context));
    if (seen === undefined) return undefined;
    const arn = (seen.arn ?? "").replace(/:\*$/, "");
    const found = await service(context).listTagsForResource({ resourceArn: arn });
    return {
      arn,
      deletionProtectionEnabled: seen.deletionProtectionEnabled ?? false,
      kmsKeyId: seen.kmsKeyId ?? "",
      logGroupClass: seen.logGroupClass ?? "STANDARD",
      name: seen.logGroupName,
      namePrefix: "",
      retentionInDays: seen.retentionInDays ?? 0,
      ...tableState(found.tags),
    };
  },
  update: async (logGroupName, inputs, context) => {
    const logs = service(context);
    if (context.changed("retentionInDays")) {
      const retentionInDays = inputs.number("retentionInDays") ?? 0;
      if (retentionInDays > 0) await logs.putRetentionPolicy({ logGroupName, retentionInDays });
      else await logs.deleteRetentionPolicy({ logGroupName });
    }
    const resourceArn = inputs.text("arn");
    await updateTags(inputs, context, {
      remove: (tagKeys) => logs.untagResource({ resourceArn, tagKeys }),
      set: (set) => logs.tagResource({ resourceArn, tags: set }),
    });
  },
  delete: async (logGroupName, state, context) => {
    if (state.flag("skipDestroy") === true) return;
    await doing(`deleting CloudWatch Logs Log Group (${logGroupName})`, () =>
      unless(gone, () => service(context).deleteLogGroup({ logGroupName })),
    );
  },
};

async function find(name: string, context: Context): Promise<LogGroup | undefined> {
  const { logGroups = [] } = await service(context).describeLogGroups({ logGroupNamePrefix: name });
  return logGroups.find(({ logGroupName }) => logGroupName === name);
}
