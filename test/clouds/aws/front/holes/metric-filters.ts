/**
 * Metrics from log lines: moto keeps filters, a second time when one is put again, and does nothing with them.
 *
 * Facts: Amazon CloudWatch Logs API Reference, PutMetricFilter ("Creates or updates a metric filter"), TestMetricFilter and
 * DeleteLogGroup; User Guide, "Creating metrics from log events using filters".
 */
import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import { hole, type Account, type Hole } from "../account.ts";
import { matcher, numberOf } from "../filter-pattern.ts";

const filtersOf = async ({ ask }: Account, logGroupName?: string): Promise<readonly logs.MetricFilter[]> =>
  (await ask<logs.DescribeMetricFiltersResponse>("logs", "DescribeMetricFilters", { logGroupName })).metricFilters ??
  [];

/** What the events of a group add to the metrics of its filters. */
async function measure({ ask }: Account, filters: readonly logs.MetricFilter[], events: readonly logs.InputLogEvent[]) {
  for (const { filterPattern = "", metricTransformations: [to] = [] } of filters) {
    const values = matcher(filterPattern);
    for (const { message = "", timestamp = 0 } of events) {
      const found = values(message);
      const Value = found === undefined ? undefined : numberOf(to?.metricValue ?? "", found);
      if (Value === undefined) continue;
      const datum = { MetricName: to?.metricName, Value, Timestamp: timestamp / 1000, Unit: to?.unit ?? "None" };
      await ask("cloudwatch", "PutMetricData", { Namespace: to?.metricNamespace, MetricData: [datum] });
    }
  }
}

/** See the file's comment. */
export const metricFilterHoles: Hole = (account) => ({
  "logs.PutMetricFilter": hole<logs.PutMetricFilterRequest>(
    async ({ filterName, logGroupName }, forward, operation) => {
      await account(operation).ask("logs", "DeleteMetricFilter", { filterName, logGroupName });
      return forward();
    },
  ),
  "logs.DeleteLogGroup": hole<logs.DeleteLogGroupRequest>(async ({ logGroupName }, forward, operation) => {
    const answer = await forward();
    for (const { filterName } of await filtersOf(account(operation), logGroupName))
      await account(operation).ask("logs", "DeleteMetricFilter", { filterName, logGroupName });
    return answer;
  }),
  "logs.PutLogEvents": hole<logs.PutLogEventsRequest>(async ({ logGroupName, logEvents = [] }, forward, operation) => {
    const answer = await forward();
    await measure(account(operation), await filtersOf(account(operation), logGroupName), logEvents);
    return answer;
  }),
  "logs.TestMetricFilter": hole<logs.TestMetricFilterRequest>(({ filterPattern = "", logEventMessages = [] }) => {
    const values = matcher(filterPattern);
    const matches = logEventMessages.flatMap((eventMessage, index) => {
      const extractedValues = values(eventMessage);
      return extractedValues === undefined ? [] : [{ eventNumber: index + 1, eventMessage, extractedValues }];
    });
    return { matches };
  }),
});
