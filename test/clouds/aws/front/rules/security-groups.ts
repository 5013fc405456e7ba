/**
 * Security groups and VPC endpoints.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html and API_IpPermission.html.
 */
import type * as ec2 from "@aws-sdk/client-ec2";
import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { rule, type Account, type Rules } from "../account.ts";
import { AwsError } from "../handler.ts";

const allowedText = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/u;

const refuse = (message: string, code = "InvalidParameterValue"): never => {
  throw new AwsError(code, message);
};

const newGroup = rule<ec2.CreateSecurityGroupRequest>(async (input, account) => {
  const { GroupName: name = "", Description: description = "", VpcId: vpc } = input;
  if (name.startsWith("sg-")) refuse(`Value (${name}) for parameter GroupName is invalid. The sg- prefix is reserved.`);
  for (const text of [name, description]) {
    if (!allowedText.test(text)) {
      refuse(
        `Value (${text}) for parameter ${text === name ? "GroupName" : "GroupDescription"} is invalid. Character sets beyond ASCII are not supported.`,
      );
    }
  }
  if (vpc !== undefined) await account.ask("ec2", "DescribeVpcs", { VpcIds: [vpc] });
});

const permissions = rule<ec2.AuthorizeSecurityGroupIngressRequest>(({ IpPermissions: all = [] }) => {
  for (const permission of all) {
    const { IpProtocol: protocol = "-1", FromPort: from, ToPort: to } = permission;
    if (!/^(?:-1|tcp|udp|icmp|icmpv6|\d{1,3})$/u.test(protocol)) {
      refuse(`Invalid value '${protocol}' for IP protocol. Unknown protocol.`, "InvalidPermission.Malformed");
    }
    if (protocol === "tcp" || protocol === "udp") {
      for (const port of [from, to]) {
        if (port === undefined)
          throw new AwsError(
            "InvalidParameterValue",
            "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
          );
        if (port < 0 || port > 65_535) refuse(`Invalid value '${String(port)}' for port. Must be between 0 and 65535.`);
      }
      if (from !== undefined && to !== undefined && from > to) {
        refuse(`Invalid ${protocol.toUpperCase()} port range (${String(from)}, ${String(to)})`);
      }
    }
    const texts = [permission.IpRanges, permission.Ipv6Ranges, permission.UserIdGroupPairs, permission.PrefixListIds];
    for (const { Description: text = "" } of texts.flatMap((each) => each ?? [])) {
      if (!allowedText.test(text))
        refuse(
          `Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*`,
        );
    }
  }
});

async function usersOf(account: Account, group: string): Promise<boolean> {
  const [{ SecurityGroups: groups = [] }, { NetworkInterfaces: interfaces = [] }, balancers, endpoints] =
    await Promise.all([
      account.ask<ec2.DescribeSecurityGroupsResult>("ec2", "DescribeSecurityGroups"),
      account.ask<ec2.DescribeNetworkInterfacesResult>("ec2", "DescribeNetworkInterfaces", {
        Filters: [{ Name: "group-id", Values: [group] }],
      }),
      account.ask<elbv2.DescribeLoadBalancersOutput>("elbv2", "DescribeLoadBalancers"),
      account.ask<ec2.DescribeVpcEndpointsResult>("ec2", "DescribeVpcEndpoints"),
    ]);
  return (
    interfaces.length > 0 ||
    (balancers.LoadBalancers ?? []).some(({ SecurityGroups: used = [] }) => used.includes(group)) ||
    (endpoints.VpcEndpoints ?? []).some(
      ({ Groups: used = [], State: state }) =>
        state?.toLowerCase() !== "deleted" && used.some(({ GroupId: id }) => id === group),
    ) ||
    groups.some(
      ({ GroupId: id, IpPermissions: ingress = [], IpPermissionsEgress: egress = [] }) =>
        id !== group &&
        [...ingress, ...egress].some(({ UserIdGroupPairs: pairs = [] }) =>
          pairs.some((pair) => pair.GroupId === group),
        ),
    )
  );
}

/** A group that an interface has, or a rule of another group names, stays. */
const groupInUse = rule<ec2.DeleteSecurityGroupRequest>(async ({ GroupId: group }, account) => {
  if (group !== undefined && (await usersOf(account, group))) {
    refuse(`resource ${group} has a dependent object`, "DependencyViolation");
  }
});

/** https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html: those that Fargate may need. */
const endpointServices =
  /^(?:backup|ecr\.(?:api|dkr)|ecs(?:-agent|-telemetry)?|elasticfilesystem|kms|logs|monitoring|s3|secretsmanager|sns|ssm|ssmmessages|sts)$/u;

const newEndpoint = rule<ec2.CreateVpcEndpointRequest>(async (input, account) => {
  const { ServiceName: name = "", VpcId: vpc, SecurityGroupIds: groups, PrivateDnsEnabled: dns } = input;
  const prefix = `com.amazonaws.${account.region}.`;
  if (!name.startsWith(prefix) || !endpointServices.test(name.slice(prefix.length))) {
    refuse(`The Vpc Endpoint Service '${name}' does not exist`, "InvalidServiceName");
  }
  if (groups !== undefined) await account.ask("ec2", "DescribeSecurityGroups", { GroupIds: groups });
  if (dns !== true) return;
  for (const Attribute of ["enableDnsSupport", "enableDnsHostnames"] as const) {
    const ask = { VpcId: vpc, Attribute };
    const found = await account.ask<ec2.DescribeVpcAttributeResult>("ec2", "DescribeVpcAttribute", ask);
    if ((found.EnableDnsSupport ?? found.EnableDnsHostnames)?.Value === true) continue;
    refuse(
      "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true",
      "InvalidParameter",
    );
  }
});

export const securityGroupRules: Rules = {
  "ec2.CreateSecurityGroup": [newGroup],
  "ec2.AuthorizeSecurityGroupIngress": [permissions],
  "ec2.AuthorizeSecurityGroupEgress": [permissions],
  "ec2.DeleteSecurityGroup": [groupInUse],
  "ec2.CreateVpcEndpoint": [newEndpoint],
};
