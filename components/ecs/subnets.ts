/** How a network is divided. Pure. */
import ipaddr from "ipaddr.js";

/** Subnets of one availability zone. */
export interface ZoneSubnets {
  /** For tasks and mount targets. */
  readonly tasks: string;
  /**
   * For the load balancer alone, so that the gateway can trust exactly these addresses. A /27: the load balancer wants one, with
   * 8 free addresses (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer).
   */
  readonly loadBalancer: string;
}

/** The subnets of a network of two zones. */
export interface NetworkSubnets {
  readonly zones: readonly [ZoneSubnets, ZoneSubnets];
  /** For the NAT gateway: not among the load balancer's, whose addresses are trusted. */
  readonly nat: string;
}

/** Prefix lengths that a network of our own may have: AWS's largest, and the smallest that holds the subnets. */
export const networkPrefixes = { least: 16, most: 24 } as const;

const plus = (address: string, offset: number): string => {
  const octets = address.split(".").map(Number);
  const number = octets.reduce((sum, octet) => sum * 256 + octet, 0) + offset;
  return [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join(".");
};

/**
 * Divides the first 256 addresses of a network.
 *
 * @param cidr IPv4, at most /24, first address of its range
 */
export function divide(cidr: string): NetworkSubnets {
  const first = cidr.split("/")[0] ?? "";
  const zone = (index: number): ZoneSubnets => ({
    tasks: `${plus(first, index * 64)}/26`,
    loadBalancer: `${plus(first, 128 + index * 32)}/27`,
  });
  return { zones: [zone(0), zone(1)], nat: `${plus(first, 192)}/28` };
}

/** Whether two IPv4 ranges share an address. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [ipaddr.IPv4.parseCIDR(one), ipaddr.IPv4.parseCIDR(other)];
  const shorter = Math.min(a[1], b[1]);
  return a[0].match(b[0], shorter);
}
