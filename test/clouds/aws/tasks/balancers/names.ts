/** Names of the account's DNS, for this computer: clients of a test find the load balancer by them. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ListHostedZonesCommand, ListResourceRecordSetsCommand } from "@aws-sdk/client-route-53";
import type { Account } from "../account.ts";

const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\.$/, "")
    .replace(/^dualstack\./, "");

/**
 * The address behind a name, by the alias records of Route 53.
 *
 * @param balancer the address of a load balancer by its DNS name
 */
export async function resolveName(
  { route53 }: Account,
  balancer: (name: string) => string | undefined,
  name: string,
): Promise<string | undefined> {
  const direct = balancer(plain(name));
  if (direct !== undefined) return direct;
  const { HostedZones = [] } = await route53.send(new ListHostedZonesCommand({}));
  for (const { Id, Name = "" } of HostedZones) {
    if (!`.${plain(name)}`.endsWith(`.${plain(Name)}`)) continue;
    const { ResourceRecordSets = [] } = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: Id }));
    const alias = ResourceRecordSets.find((record) => record.Type === "A" && plain(record.Name ?? "") === plain(name));
    const found = alias?.AliasTarget?.DNSName;
    if (found !== undefined) return balancer(plain(found));
  }
  return undefined;
}

/** Answers addresses by names to other processes. */
export interface NameServer {
  /** Makes Node.js processes ask it before the computer's resolver. */
  readonly environment: Readonly<Record<"NODE_OPTIONS" | "OPENCLAW_TEST_NAMES", string>>;
  readonly stop: () => void;
}

/** Serves names on loopback. */
export async function serveNames(resolve: (name: string) => Promise<string | undefined>): Promise<NameServer> {
  const server = createServer((request, response) => {
    resolve(decodeURIComponent((request.url ?? "/").slice(1))).then(
      (address) => response.writeHead(address === undefined ? 404 : 200).end(address),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const hook = new URL("lookup-hook.ts", import.meta.url).href;
  return {
    environment: {
      NODE_OPTIONS: `--import=${hook}`,
      OPENCLAW_TEST_NAMES: `http://127.0.0.1:${String(port)}/`,
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
