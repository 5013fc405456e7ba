/** What the first connection tells the user when it fails. Pure. */
import ipaddr from "ipaddr.js";
import { shellQuoted } from "../../local/shell-quoted.ts";

/** A failure that is told to the user as it stands. */
export class FirstConnectionError extends Error {}

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
  readonly stack: string;
  /** A value of `host.rebuild` that makes the host anew. */
  readonly rebuild: number;
}

/** A command that sets a key of this stack, whichever is selected. */
const setCommand = ({ cli, stack }: Way, key: string, value: string): string =>
  `${cli} config set --stack ${stack} --path ${shellQuoted(`openclaw:${key}`)} ${value}`;

const anew = (way: Way): string =>
  `To make the host anew, with the gateway's state: ${setCommand(way, "host.rebuild", String(way.rebuild))}`;

const isInside = (address: string, cidr: string): boolean => {
  const [own, range] = [ipaddr.parse(address), ipaddr.parseCIDR(cidr)];
  return own.kind() === range[0].kind() && own.match(range);
};

/** Whether the firewall is the likely reason, and what opens it. */
function firewallHint(way: Way): string {
  const { allowedCidrs, ownAddress } = way;
  const allowed = `The firewall lets in openclaw:ssh.allowedCidrs only: ${allowedCidrs.join(", ")}.`;
  const add = (address: string): string => setCommand(way, `ssh.allowedCidrs[${String(allowedCidrs.length)}]`, address);
  if (ownAddress === undefined || ipaddr.parse(ownAddress).range() !== "unicast") {
    return `${allowed} If the address by which the internet sees this machine is not in there, add it: ${add("<address>/32")}`;
  }
  if (allowedCidrs.some((cidr) => isInside(ownAddress, cidr)))
    return `${allowed} This machine's address, ${ownAddress}, is in there. When these ranges changed since the last deployment, the host's own firewall still has the old ones: deploy from one of those. ${anew(way)}`;
  const prefix = ownAddress.includes(":") ? 128 : 32;
  return `${allowed} This machine's address, ${ownAddress}, is not in there. To add it: ${add(`${ownAddress}/${String(prefix)}`)}`;
}

/** Nothing answers. */
export const absentMessage = (way: Way, seconds: number, reason: string): string =>
  `no SSH at ${way.host} port ${String(way.port)} after ${String(seconds)} s: ${reason}. ${firewallHint(way)}`;

/** The host is another one than the one that was made. */
export const strangerMessage = (way: Way, fingerprint: string): string =>
  `the host at ${way.host} port ${String(way.port)} has the host key ${fingerprint}, which is neither the one that it was made with nor the stack's own. Nothing was sent to it. Either somebody is in between, or the host was made anew outside of this stack. ${anew(way)}`;

/** The host knows the deployer's key not. */
export const refusedMessage = (way: Way, seconds: number, reason: string): string =>
  `the host at ${way.host} refuses the stack's own key for ${way.user} since ${String(seconds)} s: ${reason}. Its user data may not have been read (the console at the provider shows why), or somebody took the key out of authorized_keys. ${anew(way)}`;

interface CloudInitStatus {
  readonly status?: string;
  readonly errors?: readonly string[];
  /** Null before the first and after the last; older versions say it in the detail. */
  readonly stage?: string | null;
  readonly detail?: string;
}

/** The JSON in what cloud-init printed; undefined when there is none. */
function statusIn(stdout: string): CloudInitStatus | undefined {
  try {
    return JSON.parse(stdout.slice(stdout.indexOf("{"), stdout.lastIndexOf("}") + 1)) as CloudInitStatus; // its own format
  } catch {
    return undefined;
  }
}

/** What cloud-init says that it is doing, from its status as JSON and, behind that, the last line that it wrote. */
export function bootProgress(stdout: string): string {
  const status = statusIn(stdout);
  const stage = status?.stage ?? /Running in stage: (\S+)/.exec(status?.detail ?? "")?.[1];
  const said = stdout.slice(stdout.lastIndexOf("}") + 1).trim();
  const where = stage === undefined ? (status?.status ?? "not answering") : `in the stage ${stage}`;
  return `cloud-init is ${where}${said === "" ? "" : `; its last words: ${said.slice(0, 200)}`}`;
}

/** The boot goes on for too long. */
export const bootTimeoutMessage = (way: Way, seconds: number, doing: string): string =>
  `the host's first boot is not over after ${String(seconds)} s; ${doing}. What it wrote is in /var/log/cloud-init-output.log of ${way.host}, for ${way.user} with any of openclaw:ssh.authorizedKeys. When it only needs more time, run this again, which goes on waiting. ${anew(way)}`;

/** The connection broke: of the boot nothing is known. */
const bootUnseenMessage = ({ host }: Way): string =>
  `the connection to ${host} ended while the host's first boot was awaited; run the deployment again, which goes on waiting`;

/** What cloud-init's `status --format json` says is wrong; undefined when the boot went well. */
export function cloudInitFault(way: Way, code: number | null, stdout: string, stderr: string): string | undefined {
  // 2 is "done, with recoverable errors": deprecated keys, for one.
  if (code === 0 || code === 2) return undefined;
  if (code === null) return bootUnseenMessage(way);
  const errors = statusIn(stdout)?.errors?.join("\n  ") ?? `${stdout}\n${stderr}`.trim();
  return `the host's first boot failed; cloud-init says:\n  ${errors === "" ? `nothing (exit code ${String(code)})` : errors}\nThe host's /var/log/cloud-init-output.log has the rest. ${anew(way)}`;
}
