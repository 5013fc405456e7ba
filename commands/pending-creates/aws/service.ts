/** The service, its roles, its log, and who is told of it. */
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { ECS } from "@aws-sdk/client-ecs";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { IAM } from "@aws-sdk/client-iam";
import { SNS } from "@aws-sdk/client-sns";
import { candidates, tagsOf, text, type Finder } from "./finder.ts";

interface EcsTag {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
}

/** ECS writes its tags in small letters. */
const ecsTags = (tags: readonly EcsTag[] = []): Record<string, string> =>
  tagsOf(tags.map(({ key, value }) => ({ Key: key, Value: value })));

/** See the file's comment. */
export const serviceFinders: Readonly<Record<string, Finder>> = {
  "aws:ecs/cluster:Cluster": {
    find: async (inputs, settings) => {
      const { clusters = [] } = await new ECS(settings).describeClusters({
        clusters: [text(inputs, "name")],
        include: ["TAGS"],
      });
      return clusters
        .filter(({ status }) => status === "ACTIVE")
        .map(({ clusterArn = "", tags }) => ({ id: clusterArn, tags: ecsTags(tags) }));
    },
  },
  "aws:ecs/service:Service": {
    find: async (inputs, settings) => {
      const { services = [] } = await new ECS(settings).describeServices({
        cluster: text(inputs, "cluster"),
        services: [text(inputs, "name")],
        include: ["TAGS"],
      });
      return services
        .filter(({ status }) => status === "ACTIVE")
        .map(({ serviceArn = "", tags }) => ({ id: serviceArn, tags: ecsTags(tags) }));
    },
  },
  "aws:ecs/taskDefinition:TaskDefinition": {
    find: async (inputs, settings) => {
      const family = text(inputs, "family");
      const found = await new ECS(settings).describeTaskDefinition({ taskDefinition: family, include: ["TAGS"] });
      const { taskDefinitionArn: arn, executionRoleArn } = found.taskDefinition ?? {};
      // Only one that was made for these inputs: revisions of a family share its name and its tags.
      if (arn === undefined || executionRoleArn !== inputs["executionRoleArn"]) return [];
      return [{ id: family, tags: ecsTags(found.tags), known: { arn } }];
    },
  },
  "aws:iam/role:Role": {
    find: async (inputs, settings) => {
      const { Role } = await new IAM(settings).getRole({ RoleName: text(inputs, "name") });
      return candidates(
        Role === undefined ? [] : [Role],
        ({ RoleName }) => RoleName,
        ({ Tags }) => Tags,
      );
    },
  },
  "aws:iam/rolePolicy:RolePolicy": {
    find: async (inputs, settings) => {
      // Pulumi makes up a new name each time: a second policy of the role would stay for ever.
      const [RoleName, PolicyName] = [text(inputs, "role"), text(inputs, "name")];
      const found = await new IAM(settings).getRolePolicy({ RoleName, PolicyName });
      return candidates([found], (policy) => policy.PolicyName && `${RoleName}:${policy.PolicyName}`);
    },
  },
  "aws:cloudwatch/logGroup:LogGroup": {
    find: async (inputs, settings) => {
      const logGroupNamePrefix = text(inputs, "name");
      const { logGroups } = await new CloudWatchLogs(settings).describeLogGroups({ logGroupNamePrefix });
      const named = logGroups?.filter(({ logGroupName }) => logGroupName === logGroupNamePrefix);
      return candidates(named, ({ logGroupName }) => logGroupName);
    },
  },
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": {
    find: async (inputs, settings) => {
      const [logGroupName, name] = [text(inputs, "logGroupName"), text(inputs, "name")];
      const asked = { logGroupName, filterNamePrefix: name };
      const { metricFilters } = await new CloudWatchLogs(settings).describeMetricFilters(asked);
      const named = metricFilters?.filter(({ filterName }) => filterName === name);
      return candidates(named, ({ filterName }) => filterName);
    },
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    find: async (inputs, settings) => {
      const { MetricAlarms } = await new CloudWatch(settings).describeAlarms({ AlarmNames: [text(inputs, "name")] });
      return candidates(MetricAlarms, ({ AlarmName }) => AlarmName);
    },
  },
  "aws:cloudwatch/eventRule:EventRule": {
    find: async (inputs, settings) => {
      const found = await new EventBridge(settings).describeRule({ Name: text(inputs, "name") });
      return candidates([found], ({ Name }) => Name);
    },
  },
  "aws:cloudwatch/eventTarget:EventTarget": {
    find: async (inputs, settings) => {
      // Its name is a new one each time, too: whoever is told would be told twice.
      const [Rule, targetId] = [text(inputs, "rule"), text(inputs, "targetId")];
      const { Targets } = await new EventBridge(settings).listTargetsByRule({ Rule });
      const named = Targets?.filter(({ Id }) => Id === targetId);
      return candidates(named, ({ Id }) => Id && `${Rule}-${Id}`);
    },
  },
  "aws:sns/topic:Topic": {
    find: async (inputs, settings) => {
      const { Topics } = await new SNS(settings).listTopics({});
      const named = Topics?.filter(({ TopicArn }) => TopicArn?.endsWith(`:${text(inputs, "name")}`) === true);
      return candidates(named, ({ TopicArn }) => TopicArn);
    },
  },
};
