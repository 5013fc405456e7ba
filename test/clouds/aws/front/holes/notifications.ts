/**
 * Alarms and events that reach a topic of SNS: moto's alarms act on nothing, and its EventBridge knows no such target. The
 * topic's policy decides.
 *
 * Facts: Amazon SNS Developer Guide, "Example cases for Amazon SNS access control" (an alarm comes with `aws:SourceAccount` and
 * `aws:SourceArn`); Amazon EventBridge User Guide, "Troubleshooting" ("You can't use Condition blocks in Amazon SNS topic
 * policies for EventBridge": an event comes with neither) and "Event patterns".
 */
import { randomUUID } from "node:crypto";
import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type * as events from "@aws-sdk/client-eventbridge";
import type * as sns from "@aws-sdk/client-sns";
import { hole, type Account, type Hole } from "../account.ts";
import { judge } from "../resource-policy.ts";

/** What somebody wants to say to a topic. */
interface Notice {
  readonly service: string;
  readonly conditions: Readonly<Record<string, string>>;
  readonly subject?: string;
  readonly message: string;
}

async function publish({ ask }: Account, topic: string, notice: Notice): Promise<void> {
  const { service, conditions, subject: Subject, message: Message } = notice;
  const { Attributes: attributes } = await ask<sns.GetTopicAttributesResponse>("sns", "GetTopicAttributes", {
    TopicArn: topic,
  });
  const said = judge(attributes?.["Policy"] ?? "", service, { action: "sns:Publish", resource: topic, conditions });
  // Refused: AWS counts it in a metric and tells nobody.
  if (said === "allowed")
    await ask("sns", "Publish", { TopicArn: topic, Message, ...(Subject === undefined ? {} : { Subject }) });
}

const isTopic = (arn = ""): boolean => arn.split(":")[2] === "sns";

type Pattern = Readonly<Record<string, unknown>>;

/** Members are all there; of a list of texts one is it. @throws Error for content filters */
function matches(pattern: Pattern, event: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    const value = event[key];
    if (!Array.isArray(wanted))
      return typeof value === "object" && value !== null && matches(wanted as Pattern, value as Pattern); // patterns nest
    if (wanted.some((each) => typeof each !== "string")) throw new Error("content filters are not simulated");
    return wanted.includes(value);
  });
}

async function dispatch(account: Account, entry: events.PutEventsRequestEntry): Promise<void> {
  const event = {
    source: entry.Source,
    "detail-type": entry.DetailType,
    resources: entry.Resources,
    detail: JSON.parse(entry.Detail ?? "{}") as unknown,
  };
  const { Rules: rules = [] } = await account.ask<events.ListRulesResponse>("events", "ListRules", {});
  for (const { Name: Rule, EventPattern: pattern, State: state } of rules) {
    if (state !== "ENABLED" || pattern === undefined || !matches(JSON.parse(pattern) as Pattern, event)) continue;
    const found = await account.ask<events.ListTargetsByRuleResponse>("events", "ListTargetsByRule", { Rule });
    for (const { Arn: topic = "" } of found.Targets ?? [])
      if (isTopic(topic))
        await publish(account, topic, {
          ...{ service: "events.amazonaws.com", conditions: {}, message: JSON.stringify(event) },
        });
  }
}

/** See the file's comment. */
export const notificationHoles: Hole = (account) => ({
  "cloudwatch.SetAlarmState": hole<cloudwatch.SetAlarmStateInput>(async (input, forward, operation) => {
    const answer = await forward();
    const here = account(operation);
    const names = { AlarmNames: [input.AlarmName] };
    const { MetricAlarms: alarms = [] } = await here.ask<cloudwatch.DescribeAlarmsOutput>(
      ...["cloudwatch", "DescribeAlarms", names],
    );
    for (const { AlarmArn: arn = "", AlarmName: name = "", AlarmDescription: why, ...alarm } of alarms) {
      const actions = { ALARM: alarm.AlarmActions, OK: alarm.OKActions, INSUFFICIENT_DATA: undefined };
      for (const topic of actions[input.StateValue ?? "INSUFFICIENT_DATA"] ?? [])
        if (isTopic(topic))
          await publish(here, topic, {
            service: "cloudwatch.amazonaws.com",
            conditions: { "aws:SourceAccount": arn.split(":")[4] ?? "", "aws:SourceArn": arn },
            subject: `${input.StateValue ?? ""}: "${name}"`,
            message: JSON.stringify({ AlarmName: name, AlarmDescription: why, NewStateValue: input.StateValue }),
          });
    }
    return answer;
  }),
  // moto's own needs a package that its server is installed without, and gives topics nothing.
  "events.PutEvents": hole<events.PutEventsRequest>(async (input, _, operation) => {
    const { Entries: entries = [] } = input;
    for (const entry of entries) await dispatch(account(operation), entry);
    return { FailedEntryCount: 0, Entries: entries.map(() => ({ EventId: randomUUID() })) };
  }),
});
