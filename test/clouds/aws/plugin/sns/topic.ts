import { SNS } from "@aws-sdk/client-sns";
import { doing, unless } from "../failure.ts";
import { policyText, samePolicy } from "../policy-json.ts";
import type { Context, ResourceType } from "../resource.ts";
import { flag, number, output, region, tags, text } from "../schema.ts";
import { tagList, tagState, updateTags } from "../tags.ts";

const service = ({ account }: Context) => account.client("sns", SNS);
/** What AWS says of a topic that does not exist. */
export const topicGone = ["NotFound", "NotFoundException"];

/** Source: internal/service/sns/topic.go. Feedback roles and the settings of FIFO topics are left out. */
export const topic: ResourceType = {
  schema: {
    arn: output(),
    displayName: text(),
    fifoTopic: flag({ default: false, forceNew: true }),
    kmsMasterKeyId: text(),
    name: text({
      computed: true,
      forceNew: true,
      conflictsWith: ["namePrefix"],
      matches: [/^[\w-]{1,256}$/, "must be a topic's name"],
    }),
    namePrefix: text({ computed: true, forceNew: true }),
    owner: output(),
    policy: text({ computed: true, matches: policyText, same: samePolicy }),
    signatureVersion: number({ computed: true, range: [1, 2] }),
    tracingConfig: text({ computed: true, oneOf: ["Active", "PassThrough"] }),
    ...region,
    ...tags,
  },
  autoName: { property: "name", longest: 255 },
  create: async (inputs, context) => {
    const name = inputs.required("name");
    const attributes = Object.entries(attributeOf).flatMap(([property, key]) => {
      const value = inputs.text(property) ?? inputs.number(property);
      return value === undefined ? [] : [[key, String(value)] as const];
    });
    const { TopicArn = "" } = await doing(`creating SNS Topic (${name})`, () =>
      service(context).createTopic({
        Name: name,
        Attributes: Object.fromEntries(attributes),
        Tags: tagList(inputs.table("tagsAll")),
      }),
    );
    return TopicArn;
  },
  read: async (id, state, context) => {
    const sns = service(context);
    const found = await doing(`reading SNS Topic (${id})`, () =>
      unless(topicGone, () => sns.getTopicAttributes({ TopicArn: id })),
    );
    if (found === undefined) return undefined;
    const { Tags } = await sns.listTagsForResource({ ResourceArn: id });
    const seen = found.Attributes ?? {};
    const [policy = "", recorded = ""] = [seen["Policy"], state.text("policy")];
    return {
      arn: id,
      displayName: seen["DisplayName"] ?? "",
      fifoTopic: seen["FifoTopic"] === "true",
      kmsMasterKeyId: seen["KmsMasterKeyId"] ?? "",
      name: id.slice(id.lastIndexOf(":") + 1),
      namePrefix: "",
      owner: seen["Owner"],
      policy: samePolicy(recorded, policy) ? recorded : policy,
      signatureVersion: Number(seen["SignatureVersion"] ?? "0"),
      tracingConfig: seen["TracingConfig"] ?? "",
      ...tagState(Tags),
    };
  },
  update: async (TopicArn, inputs, context) => {
    const sns = service(context);
    for (const [property, AttributeName] of Object.entries(attributeOf)) {
      const value = inputs.text(property) ?? inputs.number(property) ?? "";
      if (context.changed(property)) {
        await doing(`updating SNS Topic (${TopicArn})`, () =>
          sns.setTopicAttributes({ TopicArn, AttributeName, AttributeValue: String(value) }),
        );
      }
    }
    await updateTags(inputs, context, {
      remove: (TagKeys) => sns.untagResource({ ResourceArn: TopicArn, TagKeys }),
      set: (set) => sns.tagResource({ ResourceArn: TopicArn, Tags: tagList(set) }),
    });
  },
  delete: async (id, _, context) => {
    await doing(`deleting SNS Topic (${id})`, () =>
      unless(topicGone, () => service(context).deleteTopic({ TopicArn: id })),
    );
  },
};

const attributeOf: Readonly<Record<string, string>> = {
  displayName: "DisplayName",
  kmsMasterKeyId: "KmsMasterKeyId",
  policy: "Policy",
  signatureVersion: "SignatureVersion",
  tracingConfig: "TracingConfig",
};
