/** What a person is told about. Pure. */

/** An alarm of CloudWatch, as far as it does not depend on what is created. */
export interface Alarm {
  /** Suffix of its name. */
  readonly name: string;
  /** What it means and what to do. */
  readonly description: string;
  /** `archives` is the one of {@link archiveAge}. */
  readonly namespace: "AWS/ECS" | "AWS/EFS" | "AWS/ApplicationELB" | "archives";
  readonly metric: string;
  readonly statistic: "Average" | "Maximum" | "Minimum" | "Sum";
  readonly comparison: "GreaterThanThreshold" | "LessThanThreshold";
  readonly threshold: number;
  /** Seconds. */
  readonly period: number;
  readonly periods: number;
  /** What no data means. */
  readonly missing: "notBreaching" | "breaching";
}

const always: readonly Alarm[] = [
  {
    name: "memory",
    description:
      "The gateway's task uses more than 90 % of its memory for 10 minutes: raise openclaw:gateway.memoryMiB before it is killed.",
    ...{ namespace: "AWS/ECS", metric: "MemoryUtilization", statistic: "Maximum" },
    ...{ comparison: "GreaterThanThreshold", threshold: 90, period: 300, periods: 2, missing: "notBreaching" },
  },
  {
    name: "cpu",
    description:
      "The gateway's task uses more than 90 % of its processors for 15 minutes: raise openclaw:gateway.cpus.",
    ...{ namespace: "AWS/ECS", metric: "CPUUtilization", statistic: "Average" },
    ...{ comparison: "GreaterThanThreshold", threshold: 90, period: 300, periods: 3, missing: "notBreaching" },
  },
  {
    // ECS reports the service's own use only while a task runs.
    name: "no-task",
    description: "No task of the gateway runs for 10 minutes.",
    ...{ namespace: "AWS/ECS", metric: "MemoryUtilization", statistic: "Maximum" },
    ...{ comparison: "LessThanThreshold", threshold: 0, period: 300, periods: 2, missing: "breaching" },
  },
  {
    name: "burst-credits",
    description: "The file system's burst credits run out: it becomes slow; see the throughput modes of EFS.",
    ...{ namespace: "AWS/EFS", metric: "BurstCreditBalance", statistic: "Minimum" },
    // 192 GiB: what a day at a few MiB/s takes. A new file system has 2.1 TiB.
    ...{ comparison: "LessThanThreshold", threshold: 192 * 2 ** 30, period: 300, periods: 3, missing: "notBreaching" },
  },
];

const behindLoadBalancer: readonly Alarm[] = [
  {
    name: "unhealthy",
    description: "The load balancer finds no healthy gateway for 10 minutes; a lease of a killed one takes up to 5.",
    ...{ namespace: "AWS/ApplicationELB", metric: "HealthyHostCount", statistic: "Maximum" },
    ...{ comparison: "LessThanThreshold", threshold: 1, period: 300, periods: 2, missing: "breaching" },
  },
  {
    name: "target-5xx",
    description: "The gateway answers with errors (5xx).",
    ...{ namespace: "AWS/ApplicationELB", metric: "HTTPCode_Target_5XX_Count", statistic: "Sum" },
    ...{ comparison: "GreaterThanThreshold", threshold: 10, period: 300, periods: 2, missing: "notBreaching" },
  },
  {
    name: "load-balancer-5xx",
    description: "The load balancer answers with errors (5xx), because the gateway does not.",
    ...{ namespace: "AWS/ApplicationELB", metric: "HTTPCode_ELB_5XX_Count", statistic: "Sum" },
    ...{ comparison: "GreaterThanThreshold", threshold: 10, period: 300, periods: 2, missing: "notBreaching" },
  },
];

/**
 * How CloudWatch finds the age of the newest archive in the log: the line of entrypoint/archive-names.mts.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
 */
export const archiveAge = {
  metric: "ArchiveAgeHours",
  pattern: "{ $.archiveAgeHours = * }",
  value: "$.archiveAgeHours",
} as const;

/** An archive may take that long, and one that failed is tried again within the hour. */
const archiveGraceHours = 3;

/**
 * One for all that can go wrong with archives: none is made although the gateway runs, no gateway runs that would make any, and
 * nothing reaches the log. The age is told every hour, and not counted how many were made: CloudWatch takes data for missing
 * only after some periods without any, which may be hours, not days; and a gateway that takes over a file system with an archive
 * of this morning is none to be alarmed about.
 */
const noArchive = (everyHours: number): Alarm => ({
  name: "no-archive",
  description: `There is no archive of the gateway's state younger than ${String(everyHours + archiveGraceHours)} hours, or nobody tells: see the log for NO ARCHIVE WAS MADE.`,
  ...{ namespace: "archives", metric: archiveAge.metric, statistic: "Minimum", comparison: "GreaterThanThreshold" },
  ...{ threshold: everyHours + archiveGraceHours, period: 3600, periods: 2, missing: "breaching" },
});

/** What decides which alarms there are. */
export interface Watched {
  readonly hasLoadBalancer: boolean;
  /** From one archive to the next; 0 makes none. */
  readonly archiveEveryHours: number;
}

/** The alarms of a gateway. */
export const gatewayAlarms = ({ hasLoadBalancer, archiveEveryHours }: Watched): readonly Alarm[] => [
  ...always,
  ...(archiveEveryHours > 0 ? [noArchive(archiveEveryHours)] : []),
  ...(hasLoadBalancer ? behindLoadBalancer : []),
];

/** Events of tasks that stopped, for a rule of EventBridge. */
export const taskStopped = (clusterArn: string): string =>
  JSON.stringify({
    source: ["aws.ecs"],
    "detail-type": ["ECS Task State Change"],
    detail: { clusterArn: [clusterArn], lastStatus: ["STOPPED"] },
  });
