/** A network between machines that nobody else reaches; the cloud's firewalls do not filter it. */
import ipaddr from "ipaddr.js";
import { docker } from "./engine.ts";
import { ownTable, runLabel } from "./run-label.ts";

/** See the file's comment. */
export interface PrivateNetwork {
  /** Docker's name of it. */
  readonly name: string;
  /** This computer's own address in it: another member's, as machines see it. */
  readonly gateway: string;
  readonly remove: () => Promise<void>;
}

/** @param range IPv4, in CIDR notation */
export async function createPrivateNetwork(name: string, range: string): Promise<PrivateNetwork> {
  const first = ipaddr.IPv4.networkAddressFromCIDR(range).octets;
  const gateway = first.with(3, (first[3] ?? 0) + 1).join(".");
  const id = ownTable(name);
  // An internal one gives its members no default route.
  const addresses = ["--subnet", range, "--gateway", gateway];
  await docker(["network", "create", "--internal", "--label", runLabel, ...addresses, id]);
  return {
    name: id,
    gateway,
    remove: async () => {
      await docker(["network", "rm", id]);
    },
  };
}
