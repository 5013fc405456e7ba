/**
 * A cloud's firewall before a machine: what it drops, the machine never sees. It is a table of this computer, so nothing
 * that root does on the machine (`nft flush ruleset`, `ufw disable`) opens it; it also counts accepted connections.
 */
import { isIPv6 } from "node:net";
import { execa } from "execa";

/** Lets traffic in. */
export interface InboundRule {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** A port, or `from-to`. Not for icmp. @default all */
  readonly port?: string;
  /** CIDRs, v4 and v6. */
  readonly sources: readonly string[];
}

/** What lies before one machine. */
export interface Firewall {
  /** Undefined rules let everything in; no rules let nothing in. Connections that are open stay so. */
  readonly set: (rules: readonly InboundRule[] | undefined) => Promise<void>;
  /** TCP connections that a port of the machine accepted since it was made. */
  readonly accepted: (port: number) => Promise<number>;
  readonly remove: () => Promise<void>;
}

const match = (rule: InboundRule, source: string): string => {
  const family = isIPv6(source.replace(/\/\d+$/, "")) ? "ip6" : "ip";
  const from = `${family} saddr ${source}`;
  if (rule.protocol === "icmp") return `${from} meta l4proto ${family === "ip" ? "icmp" : "ipv6-icmp"} accept`;
  return `${from} ${rule.protocol} dport ${rule.port ?? "0-65535"} accept`;
};

/** The chain that decides about packets to the machine. Replies and IPv6's neighbour discovery always pass. */
export const renderRules = (rules: readonly InboundRule[] | undefined): readonly string[] =>
  rules === undefined
    ? ["accept"]
    : [
        "ct state established,related accept",
        "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept",
        ...rules.flatMap((rule) => rule.sources.map((source) => match(rule, source))),
        "drop",
      ];

const nft = (words: readonly string[], input?: string) => execa("nft", words, input === undefined ? {} : { input });

/**
 * Puts an open firewall before a machine.
 *
 * @param table its name; see `ownTable` in run-label.ts
 * @param v6 addresses or networks
 */
export async function createFirewall(table: string, address: string, v6: readonly string[]): Promise<Firewall> {
  const toMachine = `ip daddr ${address} jump inbound; ip6 daddr { ${v6.join(", ")} } jump inbound;`;
  const accepts = "tcp flags & (fin | syn | rst | ack) == syn | ack update @accepted { tcp sport counter }";
  const fromMachine = `ip saddr ${address} ${accepts}; ip6 saddr { ${v6.join(", ")} } ${accepts};`;
  const reset = (rules: readonly InboundRule[] | undefined): string =>
    [
      `flush chain inet ${table} inbound`,
      ...renderRules(rules).map((rule) => `add rule inet ${table} inbound ${rule}`),
    ].join("\n");
  // Neighbours come by `forward` (bridges ask it: br_netfilter), this computer by `output`.
  await nft(
    ["-f", "-"],
    `table inet ${table} {
  set accepted { type inet_service; size 65535; flags dynamic; counter; }
  chain inbound { }
  chain forward { type filter hook forward priority -5; ${toMachine} ${fromMachine} }
  chain output { type filter hook output priority -5; ${toMachine} }
  chain input { type filter hook input priority -5; ${fromMachine} }
}
`,
  );
  return {
    set: async (rules) => {
      await nft(["-f", "-"], reset(rules));
    },
    accepted: async (port) => {
      const { stdout } = await nft(["list", "set", "inet", table, "accepted"]);
      return Number(new RegExp(`\\b${String(port)} counter packets (\\d+)`).exec(stdout)?.[1] ?? 0);
    },
    remove: async () => {
      await nft(["delete", "table", "inet", table]);
    },
  };
}
