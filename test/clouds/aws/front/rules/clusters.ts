/** ECS clusters; services are checked where they are run, in test/clouds/aws/tasks/. */
import type * as ecs from "@aws-sdk/client-ecs";
import { rule, type Rules } from "../account.ts";
import { AwsError } from "../handler.ts";

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html: names of clusters, and of services. */
const named = (name: string): void => {
  if (!/^[\w-]{1,255}$/u.test(name)) {
    throw new AwsError("InvalidParameterException", "Identifier contains invalid characters");
  }
};

const cluster = rule<ecs.CreateClusterRequest>(({ clusterName: name = "default" }) => {
  named(name);
});
const service = rule<ecs.CreateServiceRequest>(({ serviceName: name = "" }) => {
  named(name);
});

export const clusterRules: Rules = { "ecs.CreateCluster": [cluster], "ecs.CreateService": [service] };
