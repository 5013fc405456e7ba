import { Route53 } from "@aws-sdk/client-route-53";
import type { Account } from "../account.ts";
import type { StateMap, Values } from "../values.ts";

/**
 * Finds a hosted zone by its id or its name. Source: internal/service/route53/zone_data_source.go.
 *
 * @throws Error when there is none, or more than one
 */
export async function findZone(inputs: Values, account: Account): Promise<StateMap> {
  const route53 = account.client("route53", Route53);
  const [zoneId, name] = [inputs.text("zoneId"), inputs.text("name")?.replace(/\.$/, "")];
  const { HostedZones: all = [] } = await route53.listHostedZones({});
  const isPrivate = inputs.flag("privateZone") ?? false;
  const matching = all.filter((zone) =>
    zoneId === undefined
      ? zone.Name?.replace(/\.$/, "") === name && (zone.Config?.PrivateZone ?? false) === isPrivate
      : plainId(zone.Id) === zoneId,
  );
  if (matching.length === 0) throw new Error("no matching Route 53 Hosted Zone found");
  if (matching.length > 1) throw new Error(`multiple Route 53 Hosted Zones matched`);
  const [zone] = matching;
  const id = plainId(zone?.Id);
  const { DelegationSet } = await route53.getHostedZone({ Id: id });
  return {
    ...{ id, zoneId: id, name: zone?.Name?.replace(/\.$/, ""), arn: `arn:aws:route53:::hostedzone/${id}` },
    callerReference: zone?.CallerReference,
    comment: zone?.Config?.Comment ?? "",
    ...{ nameServers: DelegationSet?.NameServers ?? [], privateZone: isPrivate, tags: {} },
    resourceRecordSetCount: zone?.ResourceRecordSetCount ?? 0,
  };
}

/** Route 53 writes `/hostedzone/Z123`. */
export function plainId(id: string | undefined): string {
  return (id ?? "").replace(/^\/(hostedzone|change)\//, "");
}
