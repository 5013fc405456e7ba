/** Commands that people paste: the runbook of a host. Pure; no secret is in them. */
import { hostPaths } from "../host/gateway-host.ts";
import { shellQuoted } from "../local/shell-quoted.ts";

/** How a host is reached. */
export interface HostAccess {
  /** The deploy user; the person's own key must be among `openclaw:ssh.authorizedKeys`. */
  readonly user: string;
  readonly address: string;
  readonly port: number;
  /** `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** The gateway's, on the host's and on the person's loopback. */
  readonly gatewayPort: number;
}

/** See `CommandOutputs` in infra/outputs.ts. */
export interface HostCommands {
  readonly ssh: string;
  /** Forwards the gateway's port to this machine until Ctrl-C. */
  readonly tunnel: string;
  /** The same, and prints a link that opens the dashboard and pairs the browser; it works once. */
  readonly open: string;
  readonly status: string;
  readonly logs: string;
  readonly cli: string;
  /** Shows the newest device that asks to be paired; with its request id appended, approves it. */
  readonly approveDevice: string;
  /** Stops the gateway gracefully, which may take 330 s, and starts it again. */
  readonly restart: string;
}

/**
 * Options that pin the host key without a file: ssh asks a program for known hosts (OpenSSH 8.5 or newer), and no file of
 * the user's is read or written.
 */
const pinned = ({ hostKey, port }: HostAccess): string[] => {
  const alias = "openclaw-gateway";
  const options = [
    `KnownHostsCommand=/bin/echo ${alias} ${hostKey}`,
    `HostKeyAlias=${alias}`,
    "StrictHostKeyChecking=yes",
    "UserKnownHostsFile=/dev/null",
    "GlobalKnownHostsFile=/dev/null",
    // The address needs no entry of its own.
    "CheckHostIP=no",
  ];
  return [...options.flatMap((option) => ["-o", option]), ...(port === 22 ? [] : ["-p", String(port)])];
};

/** A word after the first of a command, where `=` means nothing to a shell. */
const quoted = (word: string): string => (/^[\w@=:,./-]+$/.test(word) ? word : shellQuoted(word));

/** The commands of a host. */
export function hostCommands(access: HostAccess): HostCommands {
  const { user, address, gatewayPort } = access;
  const forward = `127.0.0.1:${String(gatewayPort)}:127.0.0.1:${String(gatewayPort)}`;
  const tunnel = ["-o", "ExitOnForwardFailure=yes", "-L", forward];
  const ssh = (options: readonly string[], remote?: string): string =>
    ["ssh", ...pinned(access), ...options, `${user}@${address}`, ...(remote === undefined ? [] : [remote])]
      .map(quoted)
      .join(" ");
  const openclaw = `sudo -n ${hostPaths.scripts}/openclaw`;
  return {
    ssh: ssh([]),
    tunnel: ssh([...tunnel, "-N"]),
    open: ssh(tunnel, `sudo -n ${hostPaths.scripts}/openclaw-dashboard && exec cat`),
    status: ssh([], `sudo -n ${hostPaths.scripts}/openclaw-status`),
    logs: ssh([], "sudo -n journalctl --unit openclaw-gateway --lines 100 --follow --output cat --all"),
    // Words after it are words of the command on the host.
    cli: `${ssh(["-t"])} ${openclaw}`,
    approveDevice: ssh([], `${openclaw} devices approve`),
    restart: ssh([], "sudo -n systemctl restart openclaw-gateway"),
  };
}
