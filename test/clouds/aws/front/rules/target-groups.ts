/** Target groups. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html, API_RegisterTargets.html */
import type * as ec2 from "@aws-sdk/client-ec2";
import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { default as ipaddr } from "ipaddr.js";
import { rule, type Rules } from "../account.ts";
import { AwsError } from "../handler.ts";
import { checkName } from "./load-balancers.ts";

const refuse = (message: string): never => {
  throw new AwsError("ValidationError", message);
};

const newTargetGroup = rule<elbv2.CreateTargetGroupInput>(
  ({ Name: name = "", HealthCheckPath: path, Matcher: matcher }) => {
    checkName("Target group", name);
    if (path?.startsWith("/") === false) refuse(`Health check path '${path}' must begin with a '/' character`);
    for (const code of (matcher?.HttpCode ?? "200").split(/[,-]/u)) {
      if (!(Number(code) >= 200 && Number(code) <= 499))
        refuse(`Health check matcher HTTP code '${code}' must be within '200-499'`);
    }
  },
);

const targets = rule<elbv2.RegisterTargetsInput>(async ({ TargetGroupArn: arn, Targets: all = [] }, account) => {
  const found = await account.ask<elbv2.DescribeTargetGroupsOutput>("elbv2", "DescribeTargetGroups", {
    TargetGroupArns: [arn],
  });
  const { VpcId: vpc, TargetType: type } = found.TargetGroups?.[0] ?? {};
  if (type !== "ip") return;
  const { Vpcs: vpcs = [] } = await account.ask<ec2.DescribeVpcsResult>("ec2", "DescribeVpcs", { VpcIds: [vpc] });
  for (const { Id: id = "", AvailabilityZone: zone } of all) {
    const inside = vpcs.some(({ CidrBlock: cidr = "" }) => ipaddr.parse(id).match(ipaddr.parseCIDR(cidr)));
    if (!inside && zone !== "all") {
      refuse(`The IP address '${id}' is not within the VPC '${vpc ?? ""}'; for addresses outside it the zone is 'all'`);
    }
  }
});

export const targetGroupRules: Rules = {
  "elbv2.CreateTargetGroup": [newTargetGroup],
  "elbv2.RegisterTargets": [targets],
};
