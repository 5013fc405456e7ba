import { SNS } from "@aws-sdk/client-sns";
import { doing, unless } from "../failure.ts";
import { policyText, samePolicy } from "../policy-json.ts";
import type { Context, ResourceType } from "../resource.ts";
import { output, region, text } from "../schema.ts";
import { topicGone } from "./topic.ts";

const service = ({ account }: Context) => account.client("sns", SNS);

/** Source: internal/service/sns/topic_policy.go. Deleting it brings back the policy that AWS gives every topic. */
export const topicPolicy: ResourceType = {
  schema: {
    arn: text({ required: true, forceNew: true }),
    owner: output(),
    policy: text({ required: true, matches: policyText, same: samePolicy }),
    ...region,
  },
  create: async (inputs, context) => {
    const arn = inputs.required("arn");
    await put(arn, inputs.required("policy"), context);
    return arn;
  },
  read: async (id, state, context) => {
    const found = await doing(`reading SNS Topic Policy (${id})`, () =>
      unless(topicGone, () => service(context).getTopicAttributes({ TopicArn: id })),
    );
    const policy = found?.Attributes?.["Policy"];
    if (policy === undefined) return undefined;
    const recorded = state.text("policy") ?? "";
    return {
      ...{ arn: id, owner: found?.Attributes?.["Owner"] },
      policy: samePolicy(recorded, policy) ? recorded : policy,
    };
  },
  update: async (id, inputs, context) => {
    await put(id, inputs.required("policy"), context);
  },
  delete: async (id, state, context) => {
    await unless(topicGone, () => put(id, defaultPolicy(id, state.text("owner") ?? ""), context));
  },
};

async function put(TopicArn: string, AttributeValue: string, context: Context): Promise<void> {
  await service(context).setTopicAttributes({ TopicArn, AttributeName: "Policy", AttributeValue });
}

/** topic_policy.go defaultTopicPolicy: whoever belongs to the owner's account. */
function defaultPolicy(arn: string, owner: string): string {
  const actions = [
    ...["GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic"],
    ...["Subscribe", "ListSubscriptionsByTopic", "Publish"],
  ];
  return JSON.stringify({
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: actions.map((action) => `SNS:${action}`),
        Resource: arn,
        Condition: { StringEquals: { "AWS:SourceOwner": owner } },
      },
    ],
  });
}
