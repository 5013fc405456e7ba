/** Who is told when something is wrong: alarms and stopped tasks, to one topic. */
import { EventRule } from "@pulumi/aws/cloudwatch/eventRule.js";
import { EventTarget } from "@pulumi/aws/cloudwatch/eventTarget.js";
import { MetricAlarm } from "@pulumi/aws/cloudwatch/metricAlarm.js";
import { Topic } from "@pulumi/aws/sns/topic.js";
import { TopicPolicy } from "@pulumi/aws/sns/topicPolicy.js";
import { TopicSubscription } from "@pulumi/aws/sns/topicSubscription.js";
import * as pulumi from "@pulumi/pulumi";
import { gatewayAlarms, taskStopped, type Alarm } from "./alarms.ts";
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
    const { loadBalancer } = args;
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
    };
    for (const alarm of gatewayAlarms(loadBalancer !== undefined)) {
      const { LoadBalancer, ...others } = dimensions[alarm.namespace];
      // The load balancer counts its own errors for itself, not for a target group.
      const isOwn = LoadBalancer !== undefined && alarm.metric.startsWith("HTTPCode_ELB");
      new MetricAlarm(
        `${name}-${alarm.name}`,
        {
          alarmDescription: alarm.description,
          namespace: alarm.namespace,
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
