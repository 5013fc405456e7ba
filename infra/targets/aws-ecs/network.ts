/** `network` of the target `aws-ecs`: a network of its own, or one that exists. */
import { z } from "zod";
import ipaddr from "ipaddr.js";
import { networkPrefixes } from "../../../components/ecs/subnets.ts";
import { judged, key, section, type Objection } from "../../config-keys.ts";
import { cidrObjection } from "../../formats.ts";

/** Ranges of https://datatracker.ietf.org/doc/html/rfc1918 and the shared one of RFC 6598, as AWS recommends for a VPC. */
const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/** What is wrong with the range of a VPC. */
export function vpcObjection(text: string): Objection | undefined {
  const objection = cidrObjection(text);
  if (objection !== undefined) return objection;
  if (text.includes(":")) return { got: `"${text}", which is IPv6` };
  const [address, prefix] = ipaddr.IPv4.parseCIDR(text);
  if (prefix < networkPrefixes.least || prefix > networkPrefixes.most) {
    return {
      got: `"${text}", whose prefix length is not from ${String(networkPrefixes.least)} to ${String(networkPrefixes.most)}`,
    };
  }
  if (privateRanges.some((range) => address.match(ipaddr.IPv4.parseCIDR(range)))) return undefined;
  return { got: `"${text}", which is not private` };
}

const id = (kind: string) => z.string().regex(new RegExp(`^${kind}-([0-9a-f]{8}|[0-9a-f]{17})$`));

const subnets = (kind: string, what: string) =>
  key(z.array(id("subnet")).max(6).default([]), what, {
    allowed: `ids of ${kind} subnets of openclaw:network.vpcId, in two availability zones`,
    example: "subnet-0123456789abcdef0",
  });

export const network = section("The network: one of its own, or one that exists.", {
  cidr: key(judged(vpcObjection).default("10.71.0.0/24"), "Range of a network of its own.", {
    allowed: `a private IPv4 range from /${String(networkPrefixes.least)} to /${String(networkPrefixes.most)}`,
    example: "10.71.0.0/24",
  }),
  zones: key(
    z
      .array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/))
      .max(2)
      .default([]),
    "Availability zones of a network of its own. By default the first two of the region.",
    { allowed: "two availability zones of the region", example: "eu-central-1a" },
  ),
  egress: key(
    z.enum(["nat", "public"]).default("nat"),
    "How the task reaches the internet: through a NAT gateway, or with a public address of its own that nothing can reach.",
    { allowed: "nat or public (without the NAT gateway's price)", example: "nat" },
  ),
  endpoints: key(
    z.boolean().default(false),
    "Adds endpoints, by which secrets, logs and images of ECR do not go through the internet.",
    { allowed: "true or false", example: "true" },
  ),
  vpcId: key(id("vpc").optional(), "Existing network to use.", {
    allowed: "the id of a VPC",
    example: "vpc-0123456789abcdef0",
  }),
  taskSubnetIds: subnets("private", "Subnets of an existing network for the task and its file system."),
  loadBalancerSubnetIds: subnets(
    "public",
    "Subnets of an existing network for the load balancer alone: the gateway trusts every address in them.",
  ),
});
