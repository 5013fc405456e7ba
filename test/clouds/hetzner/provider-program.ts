/** The program that the tests of the real provider deploy: one server with everything that belongs to it. */
import { Firewall, Network, NetworkSubnet, PrimaryIp, Server, SshKey, Volume } from "@pulumi/hcloud/index.js";
import type { CustomResource, Output } from "@pulumi/pulumi";

/** What a test decides. */
export interface ProgramInput {
  readonly publicKey: string;
  readonly label: string;
  readonly ports: readonly string[];
  readonly serverType: string;
  readonly userData: string;
  readonly sizeGb: number;
  readonly protect: boolean;
}

const input = JSON.parse(process.env["PROGRAM_INPUT"] ?? "{}") as ProgramInput; // written by the test
const labels = { test: input.label };

/** Ids are numbers at Hetzner, and texts in Pulumi. */
const numeric = ({ id }: CustomResource): Output<number> => id.apply(Number);

const key = new SshKey("key", { name: "gw", publicKey: input.publicKey, labels });
const addresses = (["ipv4", "ipv6"] as const).map(
  (type) =>
    new PrimaryIp(
      type,
      // The bridged 1.59 requires both of these, which the SDK's types do not tell.
      { name: `gw-${type}`, type, location: "hel1", assigneeType: "server", autoDelete: false, labels },
      // Until its server takes it, the API says "unassigned": an update by the next deployment, without this.
      { ignoreChanges: ["assigneeType"] },
    ),
);
const firewall = new Firewall("firewall", {
  ...{ name: "gw", labels },
  rules: input.ports.map((port) => ({ direction: "in", protocol: "tcp", port, sourceIps: ["192.0.2.0/24"] })),
});
const network = new Network("network", { name: "gw", ipRange: "10.0.0.0/16", labels });
const subnet = new NetworkSubnet("subnet", {
  ...{ networkId: numeric(network), type: "cloud", ipRange: "10.0.1.0/24", networkZone: "eu-central" },
});
const [ipv4, ipv6] = addresses.map(numeric);
const server = new Server(
  "server",
  {
    ...{ name: "gw", image: "debian-13", location: "hel1", serverType: input.serverType, userData: input.userData },
    ...{ sshKeys: [key.id], firewallIds: [numeric(firewall)], labels, keepDisk: true, shutdownBeforeDeletion: true },
    publicNets: [{ ipv4Enabled: true, ipv6Enabled: true, ...(ipv4 && ipv6 ? { ipv4, ipv6 } : {}) }],
    // Without aliasIps, every deployment detaches the network and attaches it again.
    networks: [{ networkId: numeric(network), aliasIps: [] }],
  },
  // Its addresses and its volume can be on one server only.
  { deleteBeforeReplace: true, dependsOn: [subnet] },
);
new Volume("volume", {
  ...{ name: "gw-data", size: input.sizeGb, serverId: numeric(server), automount: false, labels },
  deleteProtection: input.protect,
});
export const address = server.ipv4Address;
