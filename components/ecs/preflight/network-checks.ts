/** What speaks against the wanted network. Pure. */
import { overlaps } from "../subnets.ts";
import type { Found, FoundSubnet } from "./found.ts";
import { movingObjections } from "./moving-checks.ts";
import type { AwsObjection, Wanted } from "./wanted.ts";

/** What a load balancer needs in each of its subnets. */
const leastFreeAddresses = 8;

function zoneObjections({ zones }: Found, { network, region }: Wanted): AwsObjection[] {
  const unknown = network.zones.flatMap((zone, index): AwsObjection[] =>
    zones.includes(zone)
      ? []
      : [
          {
            path: ["network", "zones", index],
            got: `"${zone}", which ${region} does not have`,
            allowed: zones.join(", "),
            value: zones[index] ?? zones[0],
          },
        ],
  );
  if (zones.length >= 2) return unknown;
  const got = `the region ${region}, which lets this account use ${String(zones.length)} availability zones`;
  return [
    ...unknown,
    { path: ["network", "zones"], got, allowed: "two zones: take another region (aws:region)", value: undefined },
  ];
}

/** A range that nothing has; undefined when there is none among a hundred. */
function freeRange(vpcs: Found["vpcs"]): string | undefined {
  const taken = vpcs.flatMap(({ cidrs }) => cidrs);
  return Array.from({ length: 100 }, (_, index) => `10.${String(71 + index)}.0.0/24`).find((range) =>
    taken.every((cidr) => !overlaps(cidr, range)),
  );
}

/** Networks that overlap can never be connected; refused only while there is nothing to move. */
function overlapObjections({ vpcs }: Found, { network, owner }: Wanted): AwsObjection[] {
  if (vpcs.some((vpc) => vpc.owner === owner)) return [];
  const other = vpcs.find(({ cidrs }) => cidrs.some((cidr) => overlaps(cidr, network.cidr)));
  if (other === undefined) return [];
  return [
    {
      path: ["network", "cidr"],
      got: `"${network.cidr}", which overlaps ${other.cidrs.join(", ")} of ${other.id}${other.owner === undefined ? "" : ` (stack ${other.owner})`}`,
      allowed: "a range that no other network of this region has: they could never be connected",
      value: freeRange(vpcs) ?? "<range>",
    },
  ];
}

function subnetObjections(found: Found, { network }: Wanted): AwsObjection[] {
  const { vpcId = "" } = network;
  return (["taskSubnetIds", "loadBalancerSubnetIds"] as const).flatMap((key) => {
    const ids = network[key];
    const known = ids.map((id) => found.subnets.find((subnet) => subnet.id === id));
    const each = ids.flatMap((id, index): AwsObjection[] => {
      const subnet = known[index];
      const objection = (got: string, allowed: string): AwsObjection[] => [
        { path: ["network", key, index], got: `"${id}", ${got}`, allowed, value: "subnet-<id>" },
      ];
      if (subnet === undefined) return objection("which is not there", `a subnet of ${vpcId}`);
      if (subnet.vpcId !== vpcId) return objection(`which belongs to ${subnet.vpcId}`, `a subnet of ${vpcId}`);
      if (key === "loadBalancerSubnetIds" && found.deployed === undefined && subnet.freeAddresses < leastFreeAddresses)
        return objection(
          `with ${String(subnet.freeAddresses)} free addresses`,
          `${String(leastFreeAddresses)} free addresses, which a load balancer needs`,
        );
      return [];
    });
    const inZones = known.filter((subnet): subnet is FoundSubnet => subnet !== undefined);
    if (each.length > 0 || ids.length === 0 || new Set(inZones.map(({ zone }) => zone)).size === ids.length)
      return each;
    const got = inZones.map(({ id, zone }) => `${id} in ${zone}`).join(", ");
    return [{ path: ["network", key], got, allowed: "one subnet a zone", value: undefined }];
  });
}

function adoptedObjections(found: Found, wanted: Wanted): AwsObjection[] {
  const { vpcId = "" } = wanted.network;
  const path = ["network", "vpcId"];
  if (!found.vpcs.some(({ id }) => id === vpcId)) {
    const known = found.vpcs.map(({ id }) => id).join(", ");
    return [
      {
        path,
        got: `"${vpcId}", which is not there`,
        allowed: known === "" ? "no VPC" : known,
        value: found.vpcs[0]?.id,
      },
    ];
  }
  const subnets = subnetObjections(found, wanted);
  if (found.dnsHostnames !== false) return subnets;
  return [
    ...subnets,
    {
      path,
      got: `"${vpcId}", whose hosts get no names`,
      allowed: `a VPC with DNS host names, by which its file system is found (aws ec2 modify-vpc-attribute --vpc-id ${vpcId} --enable-dns-hostnames)`,
      value: vpcId,
    },
  ];
}

/** See the file's comment. */
export function networkObjections(found: Found, wanted: Wanted): AwsObjection[] {
  const moving = movingObjections(found, wanted);
  if (moving.length > 0) return moving;
  return wanted.network.vpcId === undefined
    ? [...zoneObjections(found, wanted), ...overlapObjections(found, wanted)]
    : adoptedObjections(found, wanted);
}
