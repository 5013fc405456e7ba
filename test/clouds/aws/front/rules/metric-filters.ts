/**
 * Metric filters of CloudWatch Logs. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
 * and API_MetricTransformation.html; "make sure the field is in the pattern" is AWS CDK's reference of MetricFilterProps.
 */
import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import { rule, type Account, type Rules } from "../account.ts";
import { matcher } from "../filter-pattern.ts";
import { AwsError } from "../handler.ts";

/** moto takes filters of groups that are not there. */
async function existing({ ask }: Account, logGroupName = ""): Promise<void> {
  const { logGroups: groups = [] } = await ask<logs.DescribeLogGroupsResponse>("logs", "DescribeLogGroups", {
    logGroupNamePrefix: logGroupName,
  });
  if (!groups.some((group) => group.logGroupName === logGroupName))
    throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
}

const put = rule<logs.PutMetricFilterRequest>(async (input, account) => {
  const { filterPattern: pattern = "", metricTransformations: [transformation] = [] } = input;
  matcher(pattern);
  const { metricValue: value = "", dimensions, defaultValue } = transformation ?? {};
  const refuse = (why: string): never => {
    throw new AwsError("InvalidParameterException", `Invalid metric transformation: ${why}`);
  };
  if (dimensions !== undefined && defaultValue !== undefined)
    refuse("dimensions and default value are mutually exclusive properties.");
  if (value.startsWith("$") ? !pattern.includes(value) : Number.isNaN(Number(value || "none")))
    refuse(`metricValue ${value} is neither a number nor a field of the pattern.`);
  await existing(account, input.logGroupName);
});

const remove = rule<logs.DeleteMetricFilterRequest>(async ({ filterName, logGroupName }, account) => {
  await existing(account, logGroupName);
  const { metricFilters: filters = [] } = await account.ask<logs.DescribeMetricFiltersResponse>(
    ...["logs", "DescribeMetricFilters", { logGroupName, filterNamePrefix: filterName }],
  );
  if (!filters.some((filter) => filter.filterName === filterName))
    throw new AwsError("ResourceNotFoundException", "The specified metric filter does not exist.");
});

const describe = rule<logs.DescribeMetricFiltersRequest>(async ({ logGroupName }, account) => {
  if (logGroupName !== undefined) await existing(account, logGroupName);
});

export const metricFilterRules: Rules = {
  "logs.PutMetricFilter": [put],
  "logs.DeleteMetricFilter": [remove],
  "logs.DescribeMetricFilters": [describe],
};
