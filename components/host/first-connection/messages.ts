/** What the first connection tells the user when it fails. Pure. */
import ipaddr from "ipaddr.js";
import { shellQuoted } from "../../local/shell-quoted.ts";

/** Where the connection was to go, and from where. */
export interface Way {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly allowedCidrs: readonly string[];
  /** Address of this machine on its way there; undefined when it is not known. */
  readonly ownAddress?: string | undefined;
  /** How the deployer calls Pulumi, e.g. `npm run pulumi --`. */
  readonly cli: string;
}

const isInside = (address: string, cidr: string): boolean => {
  const [own, range] = [ipaddr.parse(address), ipaddr.parseCIDR(cidr)];
  return own.kind() === range[0].kind() && own.match(range);
};

/** Whether the firewall is the likely reason, and what opens it. */
function firewallHint({ allowedCidrs, ownAddress, cli }: Way): string {
  const allowed = `The firewall lets in openclaw:ssh.allowedCidrs only: ${allowedCidrs.join(", ")}.`;
  const add = (address: string): string =>
    `${cli} config set --path ${shellQuoted(`openclaw:ssh.allowedCidrs[${String(allowedCidrs.length)}]`)} ${address}`;
  if (ownAddress === undefined || ipaddr.parse(ownAddress).range() !== "unicast") {
    return `${allowed} If the address by which the internet sees this machine is not in there, add it: ${add("<address>/32")}`;
  }
  if (allowedCidrs.some((cidr) => isInside(ownAddress, cidr)))
    return `${allowed} This machine's address, ${ownAddress}, is in there. When these ranges changed since the last deployment, the host's own firewall still has the old ones: deploy from one of those, or raise openclaw:host.rebuild, which makes the host anew and keeps the gateway's state.`;
  const prefix = ownAddress.includes(":") ? 128 : 32;
  return `${allowed} This machine's address, ${ownAddress}, is not in there. To add it: ${add(`${ownAddress}/${String(prefix)}`)}`;
}

/** Nothing answers. */
export const absentMessage = (way: Way, seconds: number, reason: string): string =>
  `no SSH at ${way.host} port ${String(way.port)} after ${String(seconds)} s: ${reason}. ${firewallHint(way)}`;

/** The host is another one than the one that was made. */
export const strangerMessage = ({ host, port }: Way, fingerprint: string): string =>
  `the host at ${host} port ${String(port)} has the host key ${fingerprint}, which is neither the one that it was made with nor the stack's own. Nothing was sent to it. Either somebody is in between, or the host was made anew outside of this stack: then raise openclaw:host.rebuild`;

/** The host knows the deployer's key not. */
export const refusedMessage = ({ host, user }: Way, seconds: number, reason: string): string =>
  `the host at ${host} refuses the stack's own key for ${user} since ${String(seconds)} s: ${reason}. Its user data may not have been read (the console at the provider shows why), or somebody took the key out of authorized_keys; openclaw:host.rebuild makes the host anew, and the gateway's state stays`;

interface CloudInitStatus {
  readonly status?: string;
  readonly errors?: readonly string[];
}

/** What cloud-init's `status --format json` says is wrong; undefined when the boot went well. */
export function cloudInitFault(code: number | null, stdout: string, stderr: string): string | undefined {
  // 2 is "done, with recoverable errors": deprecated keys, for one.
  if (code === 0 || code === 2) return undefined;
  let status: CloudInitStatus = {};
  try {
    status = JSON.parse(stdout.slice(stdout.indexOf("{"))) as CloudInitStatus; // cloud-init's own format
  } catch {
    // not JSON: what it wrote is shown as it is
  }
  const errors = status.errors?.join("\n  ") ?? `${stdout}\n${stderr}`.trim();
  return `the host's first boot failed; cloud-init says:\n  ${errors === "" ? `nothing (exit code ${String(code)})` : errors}\nThe host's /var/log/cloud-init-output.log has the rest; openclaw:host.rebuild makes the host anew`;
}
