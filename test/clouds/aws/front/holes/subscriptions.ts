/** Subscriptions by e-mail wait for their confirmation; moto's are confirmed. https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html */
import type * as sns from "@aws-sdk/client-sns";
import { hole, type Hole } from "../account.ts";

/** Nobody reads the mail: they wait for ever. */
export const subscriptionHoles: Hole = () => {
  const pending = new Set<string>();
  return {
    "sns.Subscribe": hole<sns.SubscribeInput, sns.SubscribeResponse>(async (input, forward) => {
      const answer = await forward();
      if (input.Protocol?.startsWith("email") !== true) return answer;
      pending.add(answer.SubscriptionArn ?? "");
      return input.ReturnSubscriptionArn === true ? answer : { SubscriptionArn: "pending confirmation" };
    }),
    "sns.GetSubscriptionAttributes": hole<sns.GetSubscriptionAttributesInput, sns.GetSubscriptionAttributesResponse>(
      async (input, forward) => {
        const { Attributes: attributes = {} } = await forward();
        if (!pending.has(input.SubscriptionArn ?? "")) return { Attributes: attributes };
        return { Attributes: { ...attributes, PendingConfirmation: "true", ConfirmationWasAuthenticated: "false" } };
      },
    ),
    "sns.ListSubscriptionsByTopic": hole<object, sns.ListSubscriptionsByTopicResponse>(async (_, forward) => {
      const answer = await forward();
      const shown = answer.Subscriptions?.map((each) =>
        pending.has(each.SubscriptionArn ?? "") ? { ...each, SubscriptionArn: "PendingConfirmation" } : each,
      );
      return { ...answer, Subscriptions: shown };
    }),
  };
};
