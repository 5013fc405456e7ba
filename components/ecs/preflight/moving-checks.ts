/** What speaks against another network for a stack that is deployed. Pure. */
import type { Found } from "./found.ts";
import type { AwsObjection, Wanted } from "./wanted.ts";

/**
 * A stack stays in its network: the mount targets of a file system are in one VPC, one a zone, so that they would have to go
 * before others come, from under the gateway that runs.
 * https://docs.aws.amazon.com/efs/latest/ug/API_CreateMountTarget.html
 */
export function movingObjections({ deployed, vpcs }: Found, { network, owner }: Wanted): AwsObjection[] {
  const vpc = vpcs.find(({ id }) => id === deployed?.vpcId);
  if (deployed === undefined || vpc === undefined) return [];
  const isOwn = vpc.owner === owner;
  const stays = "a stack stays in its network, a new one can go on with its file system (openclaw:data.adopt)";
  const objection = (key: "cidr" | "zones" | "vpcId", got: string, is: string, value?: string): AwsObjection[] => [
    { path: ["network", key], got, allowed: `${is}: ${stays}`, value },
  ];
  if (network.vpcId !== undefined) {
    if (network.vpcId === vpc.id) return [];
    const got = `"${network.vpcId}" for a stack that is in ${isOwn ? "a network of its own" : vpc.id}`;
    return isOwn ? objection("vpcId", got, "nothing") : objection("vpcId", got, vpc.id, vpc.id);
  }
  if (!isOwn) return objection("vpcId", `nothing for a stack that is in ${vpc.id}`, vpc.id, vpc.id);
  const range = vpc.cidrs[0] ?? network.cidr;
  const { zones } = deployed;
  return [
    ...(range === network.cidr
      ? []
      : objection("cidr", `"${network.cidr}" for a stack that is in ${range}`, range, range)),
    ...(network.zones.every((zone, index) => zone === (zones[index] ?? zone))
      ? []
      : objection("zones", `${network.zones.join(", ")} for a stack that is in ${zones.join(", ")}`, zones.join(", "))),
  ];
}
