import { EventBridge } from "@aws-sdk/client-eventbridge";
import { doing, isCode, unless } from "../failure.ts";
import { sameJson } from "../policy-json.ts";
import type { Context, ResourceType } from "../resource.ts";
import { flag, output, region, tags, text } from "../schema.ts";
import { tagList, tagState, updateTags } from "../tags.ts";
import type { Values } from "../values.ts";
import { minutes, retryWhile } from "../wait.ts";

const service = ({ account }: Context) => account.client("events", EventBridge);
const gone = ["ResourceNotFoundException"];
const states = ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"] as const;

/** Source: internal/service/events/rule.go; the name's length is pulumi-aws's. */
export const eventRule: ResourceType = {
  schema: {
    arn: output(),
    description: text({ matches: [/^[\s\S]{0,512}$/, "must be at most 512 characters"] }),
    eventBusName: text({ default: "default", forceNew: true }),
    eventPattern: text({ same: sameJson, matches: [/^\s*\{[\s\S]*\}\s*$/, "contains an invalid JSON"] }),
    forceDestroy: flag({ default: false }),
    name: text({
      computed: true,
      forceNew: true,
      conflictsWith: ["namePrefix"],
      matches: [/^[\w.-]{1,64}$/, "must be a rule's name"],
    }),
    namePrefix: text({ computed: true, forceNew: true }),
    roleArn: text(),
    scheduleExpression: text(),
    state: text({ computed: true, oneOf: states }),
    ...region,
    ...tags,
  },
  autoName: { property: "name", longest: 64 },
  check: (inputs) =>
    ["eventPattern", "scheduleExpression"].some((name) => inputs.map[name] !== undefined)
      ? []
      : ["one of `event_pattern,schedule_expression` must be specified"],
  create: async (inputs, context) => {
    const name = inputs.required("name");
    await put(inputs, context, `creating EventBridge Rule (${name})`);
    const bus = inputs.text("eventBusName") ?? "default";
    return bus === "default" ? name : `${bus}/${name}`;
  },
  read: async (id, state, context) => {
    const events = service(context);
    const [bus, name] = partsOf(id);
    const seen = await doing(`reading EventBridge Rule (${id})`, () =>
      unless(gone, () => events.describeRule({ Name: name, EventBusName: bus })),
    );
    if (seen === undefined) return undefined;
    const { Tags } = await events.listTagsForResource({ ResourceARN: seen.Arn });
    const [pattern = "", recorded = ""] = [seen.EventPattern, state.text("eventPattern")];
    return {
      arn: seen.Arn,
      description: seen.Description ?? "",
      eventBusName: bus,
      eventPattern: sameJson(recorded, pattern) ? recorded : pattern,
      name,
      namePrefix: "",
      roleArn: seen.RoleArn ?? "",
      scheduleExpression: seen.ScheduleExpression ?? "",
      state: seen.State,
      ...tagState(Tags),
    };
  },
  update: async (id, inputs, context) => {
    const events = service(context);
    if (context.changed("description", "eventPattern", "roleArn", "scheduleExpression", "state")) {
      await put(inputs, context, `updating EventBridge Rule (${id})`);
    }
    const ResourceARN = inputs.required("arn");
    await updateTags(inputs, context, {
      remove: (TagKeys) => events.untagResource({ ResourceARN, TagKeys }),
      set: (set) => events.tagResource({ ResourceARN, Tags: tagList(set) }),
    });
  },
  delete: async (id, state, context) => {
    const [bus, name] = partsOf(id);
    const Force = state.flag("forceDestroy") === true;
    await doing(`deleting EventBridge Rule (${id})`, () =>
      retryWhile(
        (error) => isCode(error, "ValidationException") && error.reason.includes("has targets"),
        () =>
          unless(gone, () => service(context).deleteRule({ Name: name, EventBusName: bus, ...(Force && { Force }) })),
        { timeoutMs: minutes(5), signal: context.signal },
      ),
    );
  },
};

function partsOf(id: string): readonly [bus: string, name: string] {
  const slash = id.lastIndexOf("/");
  return slash < 0 ? ["default", id] : [id.slice(0, slash), id.slice(slash + 1)];
}

async function put(inputs: Values, context: Context, what: string): Promise<void> {
  await doing(what, () =>
    service(context).putRule({
      Name: inputs.required("name"),
      Description: inputs.text("description"),
      EventBusName: inputs.text("eventBusName"),
      EventPattern: inputs.text("eventPattern"),
      RoleArn: inputs.text("roleArn"),
      ScheduleExpression: inputs.text("scheduleExpression"),
      State: states.find((state) => state === inputs.text("state")) ?? "ENABLED",
      // An existing rule takes none.
      ...(inputs.has("arn") ? {} : { Tags: tagList(inputs.table("tagsAll")) }),
    }),
  );
}
