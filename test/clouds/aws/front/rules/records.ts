/** Records of Route 53. https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html; messages as users report them. */
import { isIPv4, isIPv6 } from "node:net";
import type * as route53 from "@aws-sdk/client-route-53";
import { rule, type Account, type Rules } from "../account.ts";
import { AwsError } from "../handler.ts";

const refuse = (message: string, code = "InvalidChangeBatch"): never => {
  throw new AwsError(code, message, 400);
};

const dotted = (name: string): string => (name.endsWith(".") ? name : `${name}.`).toLowerCase();

async function recordsOf(account: Account, zone: string): Promise<route53.ResourceRecordSet[]> {
  const ask = { HostedZoneId: zone };
  const found = await account.ask<route53.ListResourceRecordSetsResponse>("route53", "ListResourceRecordSets", ask);
  return found.ResourceRecordSets ?? [];
}

function checkValues({
  Type: type,
  ResourceRecords: records,
  AliasTarget: alias,
  TTL: ttl,
}: route53.ResourceRecordSet): void {
  if ((records === undefined) === (alias === undefined) || (alias === undefined) !== (ttl !== undefined)) {
    refuse(
      "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]",
      "InvalidInput",
    );
  }
  for (const { Value: value = "" } of records ?? []) {
    if (type === "A" && !isIPv4(value)) {
      refuse(
        `Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '${value}''`,
      );
    }
    if (type === "AAAA" && !isIPv6(value)) {
      refuse(
        `Invalid Resource Record: 'FATAL problem: AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address) encountered with '${value}''`,
      );
    }
  }
}

const changes = rule<route53.ChangeResourceRecordSetsRequest>(
  async ({ HostedZoneId: id = "", ChangeBatch: batch }, account) => {
    const { HostedZone: zone } = await account.ask<route53.GetHostedZoneResponse>("route53", "GetHostedZone", {
      Id: id,
    });
    const apex = zone?.Name ?? "";
    const existing = await recordsOf(account, id);
    for (const { Action: action, ResourceRecordSet: set } of batch?.Changes ?? []) {
      if (set === undefined) continue;
      const name = dotted(set.Name ?? "");
      const what = `[name='${name}', type='${set.Type ?? ""}']`;
      const here = existing.filter(({ Name: other = "" }) => dotted(other) === name);
      if (action === "DELETE") {
        const found = here.find(({ Type: type }) => type === set.Type);
        const values = ({ TTL, ResourceRecords, AliasTarget }: route53.ResourceRecordSet): string =>
          JSON.stringify([TTL, ResourceRecords, AliasTarget && dotted(AliasTarget.DNSName ?? "")]);
        if (found === undefined) refuse(`Tried to delete resource record set ${what} but it was not found`);
        else if (values(found) !== values(set)) {
          refuse(`Tried to delete resource record set ${what} but the values provided do not match the current values`);
        }
        continue;
      }
      checkValues(set);
      if (set.Type === "CNAME" && name === apex) {
        refuse(`RRSet of type CNAME with DNS name ${name} is not permitted at apex in zone ${apex}`);
      }
      const conflict = here.find(({ Type: type }) => type !== set.Type && (type === "CNAME" || set.Type === "CNAME"));
      if (conflict !== undefined) {
        refuse(
          `RRSet of type ${set.Type ?? ""} with DNS name ${name} is not permitted because a conflicting RRSet of type ${conflict.Type ?? ""} with the same DNS name already exists in zone ${apex}`,
        );
      }
    }
  },
);

export const recordRules: Rules = { "route53.ChangeResourceRecordSets": [changes] };
