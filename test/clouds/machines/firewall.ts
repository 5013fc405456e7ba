/** A cloud's firewall before a machine: what it drops, the machine never sees, whatever it configures itself. */
import { isIPv6 } from "node:net";
import { execa } from "execa";

/** Lets traffic in. */
export interface InboundRule {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** A port, or `from-to`. Not for icmp. */
  readonly port?: string;
  /** CIDRs, v4 and v6. */
  readonly sources: readonly string[];
}

const match = (rule: InboundRule, source: string): string => {
  const family = isIPv6(source.replace(/\/\d+$/, "")) ? "ip6" : "ip";
  const from = `${family} saddr ${source}`;
  if (rule.protocol === "icmp") return `${from} meta l4proto ${family === "ip" ? "icmp" : "ipv6-icmp"} accept`;
  return `${from} ${rule.protocol} dport ${rule.port ?? "0-65535"} accept`;
};

/**
 * The rules of a machine's network namespace, in a table that nothing inside it touches: earlier than every other.
 * Undefined rules let everything in; no rules let nothing in. Replies and IPv6's neighbour discovery always pass.
 */
export const renderFirewall = (rules: readonly InboundRule[] | undefined): string => {
  const accepted = rules?.flatMap((rule) => rule.sources.map((source) => `    ${match(rule, source)}`)) ?? [];
  const filter = [
    "    iifname != eth0 accept",
    "    ct state established,related accept",
    "    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept",
    ...accepted,
    "    drop",
  ];
  return `table inet cloud
delete table inet cloud
table inet cloud {
  counter ssh { }
  chain prerouting {
    type filter hook prerouting priority -190; policy accept;
    iifname eth0 tcp dport 22 ct state new counter name ssh
${rules === undefined ? "" : filter.join("\n")}
  }
}
`;
};

const inside = (pid: number, words: readonly string[], input?: string) =>
  execa("nsenter", ["--target", String(pid), "--net", "nft", ...words], input === undefined ? {} : { input });

/** Puts a firewall before the machine whose first process is given; counts new SSH connections in any case. */
export async function applyFirewall(pid: number, rules: readonly InboundRule[] | undefined): Promise<void> {
  await inside(pid, ["-f", "-"], renderFirewall(rules));
}

/** New TCP connections to port 22 that reached the firewall since it was applied. */
export async function countSsh(pid: number): Promise<number> {
  const { stdout } = await inside(pid, ["list", "counter", "inet", "cloud", "ssh"]);
  return Number(/packets (\d+)/.exec(stdout)?.[1] ?? 0);
}
