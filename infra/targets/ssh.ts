/** `ssh` and `access`: who may reach a host, on every target that has one. */
import { z } from "zod";
import { removeCommand, setCommand, shown, type Fault, type KeyPath } from "../config-faults.ts";
import { judged, key, section } from "../config-keys.ts";
import { cidrObjection, isWorld, publicKeyObjection } from "../formats.ts";

const publicKey = {
  allowed: "one line of an Ed25519 public key (`ssh-keygen -t ed25519` makes one)",
  example: '"$(cat ~/.ssh/id_ed25519.pub)"',
};

/** `ssh` of a host that this program makes. */
export const ssh = section("SSH to the host.", {
  allowedCidrs: key(
    z.array(judged(cidrObjection)).min(1).max(100),
    "Ranges of addresses that may reach SSH; this deployer's own must be among them.",
    { allowed: "1 to 100 ranges such as 203.0.113.7/32 or 2001:db8:7::/48", example: "203.0.113.7/32" },
  ),
  allowWorld: key(z.boolean().default(false), "Lets the whole internet reach SSH.", {
    allowed: "true or false",
    example: "true",
  }),
  authorizedKeys: key(
    z.array(judged(publicKeyObjection)).min(1),
    "Public keys of the people who administer the host.",
    publicKey,
  ),
  tunnelKeys: key(
    z.array(judged(publicKeyObjection)).default([]),
    "Public keys of people who may open the tunnel to the gateway, and nothing else.",
    publicKey,
  ),
});

/** `access`: how people reach the gateway. */
export const access = section("How people reach the gateway.", {
  mode: key(z.enum(["tunnel"]).default("tunnel"), "How people reach the gateway.", {
    allowed: "tunnel (tailscale and https are not there yet)",
    example: "tunnel",
  }),
});

const material = (line: string): string => line.split(" ", 2).join(" ");

/** All of them lie in the server's user data, of which EC2 takes 16,384 bytes, and the other clouds more. */
const mostKeyBytes = 12_000;

/** Faults between the keys of `ssh`. */
export function sshRules({ allowedCidrs, allowWorld, authorizedKeys, tunnelKeys }: z.output<typeof ssh>): Fault[] {
  const worldly = allowedCidrs.flatMap((cidr, index): Fault[] => {
    if (allowWorld || !isWorld(cidr)) return [];
    const path = ["ssh", "allowedCidrs", index];
    return [
      {
        path,
        got: `${shown(cidr, false)}, (nearly) the whole internet`,
        allowed: "a range of your own; the world only with openclaw:ssh.allowWorld true",
        type: setCommand(path, "203.0.113.7/32"),
      },
    ];
  });
  const administrators = new Set(authorizedKeys.map(material));
  const both = tunnelKeys.flatMap((line, index): Fault[] => {
    if (!administrators.has(material(line))) return [];
    const path = ["ssh", "tunnelKeys", index];
    return [
      {
        path,
        got: `${shown(line, false)}, which is in ssh.authorizedKeys too`,
        allowed: "keys of people who may not do more than open the tunnel",
        type: removeCommand(path),
      },
    ];
  });
  const bytes = Buffer.byteLength(authorizedKeys.join("\n"));
  const keys: KeyPath = ["ssh", "authorizedKeys"];
  const many: Fault[] =
    bytes <= mostKeyBytes
      ? []
      : [
          {
            path: keys,
            got: `${String(authorizedKeys.length)} keys of ${String(bytes)} bytes`,
            allowed: `${String(mostKeyBytes)} bytes in all; comments behind the keys can be shortened`,
            type: removeCommand([...keys, authorizedKeys.length - 1]),
          },
        ];
  return [...worldly, ...both, ...many];
}
