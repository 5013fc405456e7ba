/**
 * Who may connect to whom, by the rules of security groups. Pure but for reading them.
 *
 * Facts: Amazon VPC User Guide, "Security group rules" and "Security group referencing": rules only allow; a rule that
 * names a group means the private addresses of the interfaces in it; answers to what was let through pass.
 */
import { DescribeSecurityGroupRulesCommand, type SecurityGroupRule } from "@aws-sdk/client-ec2";
import { BlockList } from "node:net";
import type { InboundRule } from "../../../machines/firewall.ts";
import type { Account } from "../account.ts";

/** An interface in the network. */
export interface Member {
  readonly address: string;
  readonly groups: readonly string[];
}

/** The rules of the account's groups; new at every call. */
export async function readRules({ ec2 }: Account): Promise<readonly SecurityGroupRule[]> {
  const rules: SecurityGroupRule[] = [];
  let token: string | undefined;
  do {
    const answer = await ec2.send(new DescribeSecurityGroupRulesCommand({ NextToken: token }));
    rules.push(...(answer.SecurityGroupRules ?? []));
    token = answer.NextToken;
  } while (token !== undefined && token !== "");
  return rules;
}

const covers = ({ IpProtocol, FromPort, ToPort }: SecurityGroupRule, port: number): boolean =>
  IpProtocol === "-1" || (IpProtocol === "tcp" && (FromPort ?? 0) <= port && port <= (ToPort ?? 65_535));

/** Whether an address lies in a network of IPv4, in CIDR notation. */
export function isIn(cidr: string, address: string): boolean {
  const [network = "", bits = "32"] = cidr.split("/");
  const list = new BlockList();
  list.addSubnet(network, Number(bits), "ipv4");
  return list.check(address, "ipv4");
}

/** Whether an interface's egress rules let TCP out to an address. */
export const letsOut = (
  rules: readonly SecurityGroupRule[],
  from: Member,
  to: { readonly address: string; readonly groups: readonly string[] },
  port: number,
): boolean =>
  rules.some(
    (rule) =>
      rule.IsEgress === true &&
      from.groups.includes(rule.GroupId ?? "") &&
      covers(rule, port) &&
      (rule.CidrIpv4 === undefined
        ? to.groups.includes(rule.ReferencedGroupInfo?.GroupId ?? "-")
        : isIn(rule.CidrIpv4, to.address)),
  );

/** Whether TCP from one interface reaches a port of another. */
export const reaches = (rules: readonly SecurityGroupRule[], from: Member, to: Member, port: number): boolean =>
  letsOut(rules, from, to, port) &&
  rules.some(
    (rule) =>
      rule.IsEgress !== true &&
      to.groups.includes(rule.GroupId ?? "") &&
      covers(rule, port) &&
      (rule.CidrIpv4 === undefined
        ? from.groups.includes(rule.ReferencedGroupInfo?.GroupId ?? "-")
        : isIn(rule.CidrIpv4, from.address)),
  );

/** A rule's ports, as the machines' firewall takes them. */
const ports = ({ FromPort = 0, ToPort = 65_535, IpProtocol }: SecurityGroupRule): string =>
  IpProtocol === "-1" || FromPort < 0 ? "0-65535" : `${String(FromPort)}-${String(ToPort)}`;

/**
 * What the groups of an interface let in.
 *
 * @param others interfaces that rules may mean by their group; what their own rules do not let out does not come
 */
export function inbound(rules: readonly SecurityGroupRule[], to: Member, others: readonly Member[]): InboundRule[] {
  return rules
    .filter(
      ({ IsEgress, GroupId = "", IpProtocol = "" }) =>
        IsEgress !== true && to.groups.includes(GroupId) && ["tcp", "-1"].includes(IpProtocol),
    )
    .flatMap((rule) => {
      const { CidrIpv4, ReferencedGroupInfo: group } = rule;
      const first = rule.IpProtocol === "-1" ? 1 : (rule.FromPort ?? 0);
      const members = others.filter(
        (other) => other.groups.includes(group?.GroupId ?? "-") && letsOut(rules, other, to, first),
      );
      const sources = CidrIpv4 === undefined ? members.map(({ address }) => `${address}/32`) : [CidrIpv4];
      return sources.length === 0 ? [] : [{ protocol: "tcp" as const, port: ports(rule), sources }];
    });
}
