/** What is wrong with the parameters of a baseline. They end in scripts and configuration files: nothing odd gets there. Pure. */
import { isIP } from "node:net";
import type { BaselineParameters } from "./baseline-parameters.ts";

const publicKey = /^(sk-)?(ssh|ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/]+=*( [^\n\r]*)?$/;

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;

/** Whether it is a range such as `203.0.113.0/24` or `2001:db8::/32`. */
const isCidr = (text: string): boolean => {
  const [address = "", bits = "", ...rest] = text.split("/");
  const family = isIP(address);
  return family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
};

const isWorld = (cidr: string): boolean => cidr.endsWith("/0");

/** One sentence for each fault. */
export function baselineFaults({ data, ssh, metadata, docker, reboot, logs, swapMiB }: BaselineParameters): string[] {
  const faults: string[] = [];
  const check = (holds: boolean, name: string, value: unknown, allowed: string): void => {
    if (!holds) faults.push(`${name} is ${JSON.stringify(value)}: ${allowed}`);
  };
  check(/^\/dev\/[\w./:+-]+$/.test(data.device), "data.device", data.device, "a path such as /dev/disk/by-id/…");
  check(/^(\/[\w.]+)+$/.test(data.mountPoint), "data.mountPoint", data.mountPoint, "a path such as /srv/openclaw");
  check((data.sizeGb ?? 1) > 0, "data.sizeGb", data.sizeGb, "a number of GB");
  check(/^[a-z_][a-z0-9_-]{0,31}$/.test(ssh.user), "ssh.user", ssh.user, "the name of a user");
  check(isPort(ssh.port), "ssh.port", ssh.port, "a number from 1 to 65535");
  check(isPort(ssh.gatewayPort), "ssh.gatewayPort", ssh.gatewayPort, "a number from 1 to 65535");
  check(
    ssh.allowedCidrs.length > 0,
    "ssh.allowedCidrs",
    ssh.allowedCidrs,
    "at least the range of this machine's address",
  );
  for (const cidr of ssh.allowedCidrs) {
    check(isCidr(cidr), "ssh.allowedCidrs", cidr, "a range such as 203.0.113.7/32 or 2001:db8::/64");
    check(ssh.allowWorld || !isWorld(cidr), "ssh.allowedCidrs", cidr, "the whole world only with ssh.allowWorld: true");
  }
  check(ssh.authorizedKeys.length > 0, "ssh.authorizedKeys", ssh.authorizedKeys, "at least one public key");
  for (const key of [...ssh.authorizedKeys, ...ssh.tunnelKeys])
    check(publicKey.test(key), "an SSH public key", key, "one line such as ssh-ed25519 AAAA… name");
  for (const { address, ports } of metadata) {
    check(isIP(address) !== 0, "metadata address", address, "an IPv4 or IPv6 address");
    check(
      (ports ?? [80]).length > 0 && (ports ?? []).every(isPort),
      "metadata ports",
      ports,
      "numbers from 1 to 65535",
    );
  }
  for (const url of [docker.repositoryUrl, docker.keyUrl])
    check(/^https?:\/\/[\w.:/~%+-]+$/.test(url), "a URL of Docker's repository", url, "https://…");
  const fingerprint = docker.keyFingerprint.replaceAll(" ", "");
  check(/^[0-9a-f]{40}$/i.test(fingerprint), "docker.keyFingerprint", docker.keyFingerprint, "40 hex digits");
  check(/^([01]\d|2[0-3]):[0-5]\d$/.test(reboot.time), "reboot.time", reboot.time, "a time such as 04:00");
  for (const [name, number] of Object.entries<number>({ ...logs }))
    // its type has numbers only
    check(Number.isInteger(number) && number > 0, `logs.${name}`, number, "a whole number above 0");
  check(Number.isInteger(swapMiB ?? 0) && (swapMiB ?? 0) >= 0, "swapMiB", swapMiB, "0, or a whole number of MiB");
  return faults;
}
