/**
 * CloudWatch Logs, CloudWatch, SNS. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html,
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html,
 * https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html and API_SetTopicAttributes.html
 */
import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type * as sns from "@aws-sdk/client-sns";
import { rule, type Rules } from "../account.ts";
import { AwsError } from "../handler.ts";

const retentions = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
];

const retention = rule<logs.PutRetentionPolicyRequest>(({ retentionInDays: days = 0 }) => {
  if (!retentions.includes(days)) {
    const message = `1 validation error detected: Value '${String(days)}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${retentions.join(", ")}]`;
    throw new AwsError("InvalidParameterException", message);
  }
});

const alarm = rule<cloudwatch.PutMetricAlarmInput>((input) => {
  const refuse = (message: string): never => {
    throw new AwsError("ValidationError", message);
  };
  const {
    Period: period,
    EvaluationPeriods: periods = 1,
    TreatMissingData: missing = "missing",
    Metrics: metrics,
  } = input;
  const { Statistic: statistic, ExtendedStatistic: extended, DatapointsToAlarm: points } = input;
  if (period !== undefined) {
    if (![10, 20, 30].includes(period) && period % 60 !== 0) {
      refuse("Period must be 10, 20, 30 or a multiple of 60");
    }
    if (period * periods > (period >= 3600 ? 604_800 : 86_400)) {
      refuse(
        "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400), or seven days for periods of at least one hour.",
      );
    }
  }
  if (!["breaching", "notBreaching", "ignore", "missing"].includes(missing)) {
    refuse(`The value ${missing} for parameter TreatMissingData is not supported.`);
  }
  if (metrics === undefined && (statistic === undefined) === (extended === undefined)) {
    refuse("Exactly one of Statistic and ExtendedStatistic must be specified");
  }
  if (points !== undefined && points > periods)
    refuse("DatapointsToAlarm must be less than or equal to EvaluationPeriods");
  for (const arn of [
    ...(input.AlarmActions ?? []),
    ...(input.OKActions ?? []),
    ...(input.InsufficientDataActions ?? []),
  ]) {
    if (!/^arn:aws[\w-]*:[a-z0-9-]+:/u.test(arn)) refuse(`Invalid arn syntax: ${arn}`);
  }
});

const topicAttributes =
  /^(?:ApplicationFailureFeedbackRoleArn|ArchivePolicy|ContentBasedDeduplication|DeliveryPolicy|DisplayName|FifoThroughputScope|FifoTopic|KmsMasterKeyId|Policy|SignatureVersion|TracingConfig|(?:HTTP|Firehose|Lambda|SQS|Application)(?:SuccessFeedbackRoleArn|SuccessFeedbackSampleRate|FailureFeedbackRoleArn))$/u;

function checkTopicAttribute(name: string, value: string): void {
  if (!topicAttributes.test(name)) throw new AwsError("InvalidParameter", "Invalid parameter: AttributeName");
  if (name !== "Policy") return;
  try {
    JSON.parse(value);
  } catch {
    throw new AwsError("InvalidParameter", "Invalid parameter: Policy Error: null");
  }
}

const newTopic = rule<sns.CreateTopicInput>(({ Attributes: attributes = {} }) => {
  for (const [name, value] of Object.entries(attributes)) checkTopicAttribute(name, value);
});

const topicAttribute = rule<sns.SetTopicAttributesInput>(({ AttributeName: name = "", AttributeValue: value = "" }) => {
  checkTopicAttribute(name, value);
});

const protocols = ["http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"];

const subscription = rule<sns.SubscribeInput>(({ Protocol: protocol = "", Endpoint: endpoint = "" }) => {
  if (!protocols.includes(protocol)) {
    const message = `Invalid parameter: Amazon SNS does not support this protocol string: ${protocol}`;
    throw new AwsError("InvalidParameter", message);
  }
  if (protocol.startsWith("email") && !/^[^\s@]+@[^\s@]+$/u.test(endpoint)) {
    throw new AwsError("InvalidParameter", "Invalid parameter: Email address");
  }
  if (protocol.startsWith("http") && !endpoint.startsWith(`${protocol}://`)) {
    throw new AwsError("InvalidParameter", "Invalid parameter: Endpoint must match the specified protocol");
  }
});

export const observabilityRules: Rules = {
  "logs.PutRetentionPolicy": [retention],
  "cloudwatch.PutMetricAlarm": [alarm],
  "sns.CreateTopic": [newTopic],
  "sns.SetTopicAttributes": [topicAttribute],
  "sns.Subscribe": [subscription],
};
