import { EC2, type IpPermission, type SecurityGroupRule } from "@aws-sdk/client-ec2";
import { doing, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { number, output, region, tags, text } from "../schema.ts";
import type { Values } from "../values.ts";
import { tagsAtCreation, tagsOf, updateTags } from "./tags.ts";

const service = ({ account }: Context) => account.client("ec2", EC2);
const gone = ["InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound"];
const sources = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];
const protocols: Readonly<Record<string, string>> = { "6": "tcp", "17": "udp", "1": "icmp", all: "-1" };
const protocolOf = (name: string) => protocols[name.toLowerCase()] ?? name.toLowerCase();

/** Source: internal/service/ec2/vpc_security_group_rule.go and vpc_security_group_{ingress,egress}_rule.go. */
function securityGroupRule(direction: "Ingress" | "Egress"): ResourceType {
  const label = `VPC Security Group ${direction} Rule`;
  return {
    schema: {
      arn: output(),
      cidrIpv4: text({ exactlyOneOf: sources, matches: [/^[\d.]+\/\d+$/, "expected an IPv4 CIDR"] }),
      cidrIpv6: text({ matches: [/^[\da-fA-F:.]+\/\d+$/, "expected an IPv6 CIDR"] }),
      description: text(),
      fromPort: number({ range: [-1, 65_535] }),
      ipProtocol: text({
        required: true,
        same: (old, now) => typeof old === "string" && typeof now === "string" && protocolOf(old) === protocolOf(now),
      }),
      prefixListId: text(),
      referencedSecurityGroupId: text(),
      securityGroupId: text({ required: true, forceNew: true }),
      securityGroupRuleId: output(),
      toPort: number({ range: [-1, 65_535] }),
      ...region,
      ...tags,
    },
    create: async (inputs, context) => {
      const ec2 = service(context);
      const request = {
        GroupId: inputs.required("securityGroupId"),
        IpPermissions: [permissionOf(inputs)],
        ...tagsAtCreation("security-group-rule", inputs),
      };
      const { SecurityGroupRules: [made] = [] } = await doing(`creating ${label}`, () =>
        direction === "Ingress"
          ? ec2.authorizeSecurityGroupIngress(request)
          : ec2.authorizeSecurityGroupEgress(request),
      );
      return made?.SecurityGroupRuleId ?? "";
    },
    read: async (id, _, context) => {
      const seen = await doing(`reading ${label} (${id})`, () => find(id, context));
      return (
        seen && {
          arn: await context.account.arn("ec2", `security-group-rule/${id}`),
          cidrIpv4: seen.CidrIpv4,
          cidrIpv6: seen.CidrIpv6,
          description: seen.Description,
          fromPort: portOf(seen, seen.FromPort),
          ipProtocol: seen.IpProtocol,
          prefixListId: seen.PrefixListId,
          referencedSecurityGroupId: seen.ReferencedGroupInfo?.GroupId,
          securityGroupId: seen.GroupId,
          securityGroupRuleId: id,
          toPort: portOf(seen, seen.ToPort),
          ...tagsOf(seen.Tags),
        }
      );
    },
    update: async (id, inputs, context) => {
      const ec2 = service(context);
      if (context.changed(...sources, "description", "fromPort", "ipProtocol", "toPort")) {
        const SecurityGroupRule = {
          IpProtocol: protocolOf(inputs.required("ipProtocol")),
          ...{ FromPort: inputs.number("fromPort"), ToPort: inputs.number("toPort") },
          CidrIpv4: inputs.text("cidrIpv4"),
          CidrIpv6: inputs.text("cidrIpv6"),
          Description: inputs.text("description"),
          PrefixListId: inputs.text("prefixListId"),
          ReferencedGroupId: inputs.text("referencedSecurityGroupId"),
        };
        const GroupId = inputs.required("securityGroupId");
        const SecurityGroupRules = [{ SecurityGroupRuleId: id, SecurityGroupRule }];
        await doing(`updating ${label} (${id})`, () => ec2.modifySecurityGroupRules({ GroupId, SecurityGroupRules }));
      }
      await updateTags(ec2, id, inputs, context);
    },
    delete: async (id, state, context) => {
      const ec2 = service(context);
      const request = { GroupId: state.required("securityGroupId"), SecurityGroupRuleIds: [id] };
      await doing(`deleting ${label} (${id})`, () =>
        unless(["InvalidGroup.NotFound", "InvalidSecurityGroupRuleId.NotFound", "InvalidPermission.NotFound"], () =>
          direction === "Ingress" ? ec2.revokeSecurityGroupIngress(request) : ec2.revokeSecurityGroupEgress(request),
        ),
      );
    },
  };
}

export const ingressRule = securityGroupRule("Ingress");
export const egressRule = securityGroupRule("Egress");

async function find(id: string, context: Context): Promise<SecurityGroupRule | undefined> {
  const found = await unless(gone, () => service(context).describeSecurityGroupRules({ SecurityGroupRuleIds: [id] }));
  return found?.SecurityGroupRules?.find(({ SecurityGroupRuleId }) => SecurityGroupRuleId === id);
}

/** With every protocol there are no ports; AWS says -1, upstream keeps what was written. */
function portOf({ IpProtocol }: SecurityGroupRule, port: number | undefined): number | undefined {
  return IpProtocol === "-1" ? undefined : port;
}

function permissionOf(inputs: Values): IpPermission {
  const Description = inputs.text("description");
  const [v4, v6] = [inputs.text("cidrIpv4"), inputs.text("cidrIpv6")];
  const [list, group] = [inputs.text("prefixListId"), inputs.text("referencedSecurityGroupId")];
  return {
    IpProtocol: protocolOf(inputs.required("ipProtocol")),
    ...{ FromPort: inputs.number("fromPort"), ToPort: inputs.number("toPort") },
    ...(v4 !== undefined && { IpRanges: [{ CidrIp: v4, Description }] }),
    ...(v6 !== undefined && { Ipv6Ranges: [{ CidrIpv6: v6, Description }] }),
    ...(list !== undefined && { PrefixListIds: [{ PrefixListId: list, Description }] }),
    ...(group !== undefined && { UserIdGroupPairs: [{ GroupId: group, Description }] }),
  };
}
