/** Who is told when something is wrong: alarms and stopped tasks, to one topic. */
import { EventRule } from "@pulumi/aws/cloudwatch/eventRule.js";
import { EventTarget } from "@pulumi/aws/cloudwatch/eventTarget.js";
import { LogMetricFilter } from "@pulumi/aws/cloudwatch/logMetricFilter.js";
import { MetricAlarm } from "@pulumi/aws/cloudwatch/metricAlarm.js";
import { Topic } from "@pulumi/aws/sns/topic.js";
import { TopicPolicy } from "@pulumi/aws/sns/topicPolicy.js";
import { TopicSubscription } from "@pulumi/aws/sns/topicSubscription.js";
import * as pulumi from "@pulumi/pulumi";
import { archiveAge, gatewayAlarms, taskStopped, type Alarm } from "./alarms.ts";
import { topicPolicy, type AwsPlace } from "./policies.ts";

/** Arguments of {@link Observability}. */
export interface ObservabilityArgs {
  readonly place: AwsPlace;
  /** Who is told. @default - whoever subscribes to the topic by himself */
  readonly email?: string | undefined;
  readonly clusterName: pulumi.Input<string>;
  readonly clusterArn: pulumi.Input<string>;
  readonly serviceName: pulumi.Input<string>;
  readonly fileSystemId: pulumi.Input<string>;
  readonly logGroup: pulumi.Input<string>;
  /** From one archive to the next; 0 makes none. */
  readonly archiveEveryHours: number;
  /** What metrics call the load balancer and its target group. */
  readonly loadBalancer?:
    { readonly arnSuffix: pulumi.Input<string>; readonly targetGroupArnSuffix: pulumi.Input<string> } | undefined;
  readonly tags: (suffix: string) => Record<string, string>;
}

/** See the file's comment. */
export class Observability extends pulumi.ComponentResource {
  public readonly topicArn: pulumi.Output<string>;

  constructor(name: string, args: ObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw:ecs:Observability", name, {}, opts);
    const child = { parent: this };
    const { loadBalancer, archiveEveryHours } = args;
    const topic = new Topic(`${name}-alarms`, { tags: args.tags("alarms") }, child);
    new TopicPolicy(
      `${name}-alarms`,
      { arn: topic.arn, policy: topic.arn.apply((arn) => topicPolicy(arn, args.place)) },
      child,
    );
    if (args.email !== undefined) {
      new TopicSubscription(`${name}-email`, { topic: topic.arn, protocol: "email", endpoint: args.email }, child);
    }
    const dimensions: Readonly<Record<Alarm["namespace"], Record<string, pulumi.Input<string>>>> = {
      "AWS/ECS": { ClusterName: args.clusterName, ServiceName: args.serviceName },
      "AWS/EFS": { FileSystemId: args.fileSystemId },
      "AWS/ApplicationELB":
        loadBalancer === undefined
          ? {}
          : { LoadBalancer: loadBalancer.arnSuffix, TargetGroup: loadBalancer.targetGroupArnSuffix },
      archives: {},
    };
    const archives = archiveEveryHours > 0 ? archiveMetric(name, args.logGroup, child) : "";
    for (const alarm of gatewayAlarms({ hasLoadBalancer: loadBalancer !== undefined, archiveEveryHours })) {
      const { LoadBalancer, ...others } = dimensions[alarm.namespace];
      // The load balancer counts its own errors for itself, not for a target group.
      const isOwn = LoadBalancer !== undefined && alarm.metric.startsWith("HTTPCode_ELB");
      new MetricAlarm(
        `${name}-${alarm.name}`,
        {
          alarmDescription: alarm.description,
          namespace: alarm.namespace === "archives" ? archives : alarm.namespace,
          metricName: alarm.metric,
          statistic: alarm.statistic,
          comparisonOperator: alarm.comparison,
          threshold: alarm.threshold,
          period: alarm.period,
          evaluationPeriods: alarm.periods,
          treatMissingData: alarm.missing,
          dimensions: { ...(LoadBalancer === undefined ? {} : { LoadBalancer }), ...(isOwn ? {} : others) },
          alarmActions: [topic.arn],
          okActions: [topic.arn],
          tags: args.tags(alarm.name),
        },
        child,
      );
    }
    const rule = new EventRule(
      `${name}-task-stopped`,
      {
        description: "OpenClaw: a task of the gateway stopped",
        eventPattern: pulumi.output(args.clusterArn).apply(taskStopped),
        tags: args.tags("task-stopped"),
      },
      child,
    );
    new EventTarget(`${name}-task-stopped`, { rule: rule.name, arn: topic.arn }, child);
    this.topicArn = topic.arn;
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

/** Takes the age of the newest archive out of the log. @returns namespace of its metric, which is this gateway's alone */
function archiveMetric(
  name: string,
  logGroup: pulumi.Input<string>,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Output<string> {
  const filter = new LogMetricFilter(
    `${name}-archive-age`,
    {
      logGroupName: logGroup,
      pattern: archiveAge.pattern,
      metricTransformation: {
        name: archiveAge.metric,
        namespace: pulumi.interpolate`OpenClaw/${logGroup}`,
        value: archiveAge.value,
      },
    },
    opts,
  );
  return filter.metricTransformation.namespace;
}
