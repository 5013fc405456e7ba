/** Faults between the keys of `access`. Pure. */
import { removeCommand, setCommand, shown, valueAt, type Fault, type KeyPath } from "../../config-faults.ts";
import type { AwsEcsConfig } from "../aws-ecs.ts";

const onlyHttps = ["domain", "zoneId", "certificateArn", "accessLogsBucket"] as const;

function tunnelFaults({ access }: AwsEcsConfig): Fault[] {
  const useless = onlyHttps.flatMap((name): Fault[] => {
    if (access[name] === undefined) return [];
    const path = ["access", name];
    const type = `${removeCommand(path)}, or ${setCommand(["access", "mode"], "https")}`;
    return [{ path, got: shown(access[name], false), allowed: "nothing without openclaw:access.mode https", type }];
  });
  const cidrs = ["access", "allowedCidrs"];
  if (access.allowedCidrs.length > 0) {
    const allowed = "nothing without openclaw:access.mode https: Session Manager opens no port";
    useless.push({ path: cidrs, got: shown(access.allowedCidrs, false), allowed, type: removeCommand(cidrs) });
  }
  if (access.deletionProtection) {
    const path = ["access", "deletionProtection"];
    const allowed = "false without openclaw:access.mode https: there is no load balancer";
    useless.push({ path, got: "true", allowed, type: removeCommand(path) });
  }
  if (access.exec === false) {
    const path = ["access", "exec"];
    const allowed = "true with openclaw:access.mode tunnel: the tunnel ends in the container that it adds";
    useless.push({ path, got: "false", allowed, type: removeCommand(path) });
  }
  return useless;
}

function httpsFaults({ access, config }: AwsEcsConfig): Fault[] {
  const faults: Fault[] = [];
  const missing = (name: string, got: string, allowed: string, example: string): void => {
    const path = ["access", name];
    faults.push({ path, got, allowed, type: setCommand(path, example) });
  };
  if (access.domain === undefined) {
    missing("domain", "nothing", "a domain name with openclaw:access.mode https", "openclaw.example.com");
  }
  if (access.zoneId === undefined && access.certificateArn === undefined) {
    missing(
      "zoneId",
      "nothing",
      "the hosted zone of the domain, or openclaw:access.certificateArn where its name is not kept in Route 53",
      "Z0123456789ABCDEFGHIJ",
    );
  }
  for (const [index, cidr] of access.allowedCidrs.entries()) {
    if (!cidr.includes(":")) continue;
    const path = ["access", "allowedCidrs", index];
    faults.push({
      path,
      got: shown(cidr, false),
      allowed: "IPv4 ranges: the load balancer has no IPv6 address",
      type: removeCommand(path),
    });
  }
  for (const name of ["trustedProxies", "publicOrigin"]) {
    const path: KeyPath = ["config", "gateway", name];
    const value = valueAt({ config }, path);
    if (value === undefined) continue;
    faults.push({
      path,
      got: shown(value, false),
      allowed: "nothing with openclaw:access.mode https: the program sets what fits the load balancer",
      type: removeCommand(path),
    });
  }
  return faults;
}

/** See the file's comment. */
export const accessFaults = (config: AwsEcsConfig): Fault[] =>
  config.access.mode === "https" ? httpsFaults(config) : tunnelFaults(config);
