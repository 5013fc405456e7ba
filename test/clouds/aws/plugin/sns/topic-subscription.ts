import { SNS } from "@aws-sdk/client-sns";
import { doing, unless } from "../failure.ts";
import { sameJson } from "../policy-json.ts";
import type { Context, ResourceType } from "../resource.ts";
import { flag, number, output, region, text } from "../schema.ts";
import { topicGone } from "./topic.ts";

const service = ({ account }: Context) => account.client("sns", SNS);
const protocols = ["application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"];

/**
 * Source: internal/service/sns/topic_subscription.go. One that a person has to confirm (`email`) is pending until then; AWS
 * keeps a pending one for 48 hours whatever is deleted.
 */
export const topicSubscription: ResourceType = {
  schema: {
    arn: output(),
    confirmationTimeoutInMinutes: number({ default: 1 }),
    confirmationWasAuthenticated: output("flag"),
    endpoint: text({ required: true, forceNew: true }),
    endpointAutoConfirms: flag({ default: false }),
    filterPolicy: text({ same: sameJson }),
    filterPolicyScope: text({ computed: true, oneOf: ["MessageAttributes", "MessageBody"] }),
    ownerId: output(),
    pendingConfirmation: output("flag"),
    protocol: text({ required: true, forceNew: true, oneOf: protocols }),
    rawMessageDelivery: flag({ default: false }),
    topic: text({ required: true, forceNew: true }),
    ...region,
  },
  create: async (inputs, context) => {
    const filter = inputs.text("filterPolicy");
    const { SubscriptionArn = "" } = await doing("creating SNS Topic Subscription", () =>
      service(context).subscribe({
        TopicArn: inputs.required("topic"),
        Protocol: inputs.required("protocol"),
        Endpoint: inputs.required("endpoint"),
        ReturnSubscriptionArn: true,
        ...(filter !== undefined && { Attributes: { FilterPolicy: filter } }),
      }),
    );
    return SubscriptionArn;
  },
  read: async (id, state, context) => {
    const found = await doing(`reading SNS Topic Subscription (${id})`, () =>
      unless([...topicGone, "InvalidParameter"], () =>
        service(context).getSubscriptionAttributes({ SubscriptionArn: id }),
      ),
    );
    const seen = found?.Attributes;
    if (seen === undefined) return undefined;
    const [filter = "", recorded = ""] = [seen["FilterPolicy"], state.text("filterPolicy")];
    return {
      arn: id,
      confirmationWasAuthenticated: seen["ConfirmationWasAuthenticated"] === "true",
      endpoint: seen["Endpoint"],
      filterPolicy: sameJson(recorded, filter) ? recorded : filter,
      filterPolicyScope: seen["FilterPolicyScope"] ?? "",
      ownerId: seen["Owner"],
      pendingConfirmation: seen["PendingConfirmation"] === "true",
      protocol: seen["Protocol"],
      rawMessageDelivery: seen["RawMessageDelivery"] === "true",
      topic: seen["TopicArn"],
    };
  },
  update: async (SubscriptionArn, inputs, context) => {
    const set = (AttributeName: string, AttributeValue: string) =>
      service(context).setSubscriptionAttributes({ SubscriptionArn, AttributeName, AttributeValue });
    if (context.changed("filterPolicy")) await set("FilterPolicy", inputs.text("filterPolicy") ?? "{}");
    if (context.changed("rawMessageDelivery")) {
      await set("RawMessageDelivery", String(inputs.flag("rawMessageDelivery") ?? false));
    }
  },
  delete: async (id, _, context) => {
    await doing(`deleting SNS Topic Subscription (${id})`, () =>
      unless([...topicGone, "InvalidParameter", "InvalidParameterException"], () =>
        service(context).unsubscribe({ SubscriptionArn: id }),
      ),
    );
  },
};
