/** What the resources at Hetzner Cloud look like, from plain values. Pure. */
import ipaddr from "ipaddr.js";
import type { Volume } from "./found.ts";
import type { HetznerNames } from "./names.ts";

/** Size of a new data volume in GB: the smallest that Hetzner Cloud makes. */
const defaultSizeGb = 10;

const canonical = (cidr: string): string => {
  const [address, prefix] = ipaddr.parseCIDR(cidr);
  return `${address.toString()}/${String(prefix)}`;
};

/**
 * The whole of what comes in; a firewall of Hetzner Cloud drops the rest, IPv4 and IPv6, ICMP too. Sorted and written as
 * the API writes them, so that no order and no spelling is a change.
 */
export const firewallRules = (allowedCidrs: readonly string[], sshPort: number) => [
  {
    direction: "in",
    protocol: "tcp",
    port: String(sshPort),
    sourceIps: [...new Set(allowedCidrs.map(canonical))].sort(),
    description: "SSH",
  },
];

/** By which address the deployer connects: IPv6 where nothing else is let in. */
export const deployAddress = (allowedCidrs: readonly string[]): "ipv4" | "ipv6" =>
  allowedCidrs.some((cidr) => !cidr.includes(":")) ? "ipv4" : "ipv6";

/** What a volume is, as far as it can be changed. */
export interface VolumeShape {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** GB. */
  readonly size: number;
}

/** The stack's data volume. One that exists keeps its size unless another is wanted. */
export const volumeShape = (
  names: HetznerNames,
  sizeGb: number | undefined,
  labels: Readonly<Record<string, string>>,
  existing: Volume | undefined,
): VolumeShape => ({ name: names.volume, labels, size: sizeGb ?? existing?.size ?? defaultSizeGb });
