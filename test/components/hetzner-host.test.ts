import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { HetznerApi } from "../../components/host/hetzner/api.ts";
import type { Found, Server, Volume } from "../../components/host/hetzner/found.ts";
import { hetznerNames } from "../../components/host/hetzner/names.ts";
import type { HetznerHostArgs } from "../../components/host/hetzner/host-args.ts";
import { HetznerHost } from "../../components/host/hetzner.ts";
import { record, type Recording, type RegisteredResource } from "../support/mocks.ts";

const nothing: Found = {
  serverTypes: [],
  images: [],
  server: undefined,
  isDeployed: false,
  volume: undefined,
  adopted: undefined,
  network: undefined,
};
const volume: Volume = {
  id: 4711,
  name: "openclaw-old-data",
  size: 50,
  location: { name: "nbg1" },
  server: null,
  labels: { "openclaw-stack": "openclaw-old" },
};

/** Private halves of keys; nobody may find them where they do not belong. */
const canary = "PRIVATE KEY of ";

const args = (change: Partial<HetznerHostArgs> = {}): HetznerHostArgs => ({
  names: hetznerNames("openclaw", "prod"),
  size: "cx23",
  region: "nbg1",
  image: "debian-13",
  rebuild: 2,
  ssh: { allowedCidrs: ["203.0.113.7/32"], authorizedKeys: ["ssh-ed25519 AAAAme me"] },
  data: { onDestroy: "retain" },
  tags: { team: "a" },
  found: nothing,
  api: new HetznerApi({ token: "t", endpoint: "http://127.0.0.1:1" }),
  ...change,
});

const outputs = {
  "tls:index/privateKey:PrivateKey": {
    publicKeyOpenssh: "ssh-ed25519 AAAApublic\n",
    privateKeyOpenssh: `${canary}tls`,
  },
  "hcloud:index/volume:Volume": { linuxDevice: "/dev/disk/by-id/scsi-0HC_Volume_1" },
  "hcloud:index/primaryIp:PrimaryIp": { ipAddress: "203.0.113.9" },
  "hcloud:index/server:Server": { ipv6Address: "2001:db8::1" },
};

const build = async (change?: Partial<HetznerHostArgs>): Promise<Recording & { host: HetznerHost }> => {
  let host: HetznerHost | undefined;
  const recording = await record(() => {
    host = new HetznerHost("host", args(change));
  }, outputs);
  if (host === undefined) throw new Error("no host");
  return { ...recording, host };
};

const named = ({ resources }: Recording, name: string): RegisteredResource => {
  const found = resources.find((resource) => resource.name === name);
  if (found === undefined) throw new Error(`no resource ${name}`);
  return found;
};

const value = <T>(output: pulumi.Output<T>): Promise<T> =>
  // An output's promise is not in its typings.
  (output as unknown as { promise: () => Promise<T> }).promise();

const labels = { team: "a", "managed-by": "pulumi-openclaw", "openclaw-stack": "openclaw-prod" };

it("is exactly keys, addresses, a firewall, a volume, a server, and the first connection, all its own children", async () => {
  const { resources } = await build();
  expect(resources.map(({ type, name, parent }) => `${name}: ${type} in ${parent}`).sort()).toEqual([
    "host-attachment: hcloud:index/volumeAttachment:VolumeAttachment in openclaw:host:Hetzner",
    "host-bootstrap-key: tls:index/privateKey:PrivateKey in openclaw:host:Hetzner",
    "host-data: hcloud:index/volume:Volume in openclaw:host:Hetzner",
    "host-deploy-key: tls:index/privateKey:PrivateKey in openclaw:host:Hetzner",
    "host-deploy: hcloud:index/sshKey:SshKey in openclaw:host:Hetzner",
    "host-firewall: hcloud:index/firewall:Firewall in openclaw:host:Hetzner",
    "host-first-connection: command:local:Command in openclaw:host:Hetzner",
    "host-host-key: tls:index/privateKey:PrivateKey in openclaw:host:Hetzner",
    "host-ipv4: hcloud:index/primaryIp:PrimaryIp in openclaw:host:Hetzner",
    "host-ipv6: hcloud:index/primaryIp:PrimaryIp in openclaw:host:Hetzner",
    "host-server: hcloud:index/server:Server in openclaw:host:Hetzner",
    "host: openclaw:host:Hetzner in ",
  ]);
});

it("protects nothing, and keeps what must outlive a server or the stack", async () => {
  const { resources } = await build();
  expect(resources.filter(({ protect }) => protect)).toEqual([]);
  expect(
    resources
      .filter(({ retainOnDelete }) => retainOnDelete)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["host-attachment", "host-data"]);
  const deleting = await build({ data: { onDestroy: "delete" } });
  expect(named(deleting, "host-data").retainOnDelete).toBe(false);
});

it("makes server and bootstrap key anew for another host.rebuild, and nothing else", async () => {
  const { resources } = await build();
  expect(
    Object.fromEntries(
      resources
        .filter(({ replacementTrigger }) => replacementTrigger !== null)
        .map(({ name, replacementTrigger }) => [name, replacementTrigger]),
    ),
  ).toEqual({ "host-bootstrap-key": 2, "host-server": 2 });
});

it("makes a server that is replaced for no other reason, and never beside itself", async () => {
  const recording = await build();
  const server = named(recording, "host-server");
  expect(server.ignoreChanges).toEqual(["userData", "image", "sshKeys"]);
  expect(server.deleteBeforeReplace).toBe(true);
  expect(server.secretInputs).toEqual(["userData"]);
  const { userData, ...inputs } = server.inputs;
  expect(inputs).toEqual({
    name: "openclaw-prod",
    serverType: "cx23",
    image: "debian-13",
    location: "nbg1",
    sshKeys: ["host-deploy-id"],
    publicNets: [{ ipv4Enabled: true, ipv4: Number.NaN, ipv6Enabled: true, ipv6: Number.NaN }],
    firewallIds: [Number.NaN],
    keepDisk: true,
    shutdownBeforeDeletion: true,
    labels: { ...labels, "openclaw-rebuild": "2" },
  });
  expect(userData).toContain("ssh-ed25519 AAAAme me");
});

it("lets in SSH from the allowed ranges, and nothing else", async () => {
  const recording = await build({
    ssh: { allowedCidrs: ["2001:DB8::/48", "203.0.113.7/32", "203.0.113.7/32"], authorizedKeys: ["k"] },
  });
  expect(named(recording, "host-firewall").dependsOn).toEqual(["host-deploy"]);
  expect(named(recording, "host-firewall").inputs).toEqual({
    name: "openclaw-prod-firewall",
    labels,
    rules: [
      {
        direction: "in",
        protocol: "tcp",
        port: "22",
        sourceIps: ["2001:db8::/48", "203.0.113.7/32"],
        description: "SSH",
      },
    ],
  });
});

it("gives addresses that outlive the server", async () => {
  const recording = await build();
  expect(named(recording, "host-ipv4").inputs).toEqual({
    name: "openclaw-prod-ipv4",
    type: "ipv4",
    location: "nbg1",
    assigneeType: "server",
    autoDelete: false,
    labels,
  });
  expect(named(recording, "host-ipv6").ignoreChanges).toEqual(["assigneeType"]);
});

it("makes the volume after the deploy key, which tells a stack that lives from one that is gone", async () => {
  const recording = await build({ data: { onDestroy: "retain", sizeGb: 20 } });
  const data = named(recording, "host-data");
  expect(data.inputs).toEqual({ name: "openclaw-prod-data", size: 20, location: "nbg1", labels });
  expect(data.dependsOn).toContain("host-deploy");
  expect(data.importId).toBe("");
});

it("imports a volume as it is that an interrupted update made the stack's own: an import that differs fails", async () => {
  const own = { ...volume, name: "openclaw-prod-data", labels: { "openclaw-stack": "openclaw-prod" } };
  const adopting = await build({
    data: { onDestroy: "retain", adopt: 4711, sizeGb: 80 },
    found: { ...nothing, isDeployed: true, adopted: own },
  });
  const data = named(adopting, "host-data");
  expect(data.importId).toBe("4711");
  expect(data.inputs).toEqual({ name: own.name, size: 50, location: "nbg1", labels: own.labels });
});

it("gives a volume that is on its server the stack's name, labels and size", async () => {
  const attached = await build({
    data: { onDestroy: "retain", adopt: 4711, sizeGb: 80 },
    found: { ...nothing, adopted: { ...volume, server: 1 } },
  });
  expect(named(attached, "host-data").inputs).toEqual({
    ...{ name: "openclaw-prod-data", size: 80, location: "nbg1", labels },
  });
});

it("never replaces the volume, whatever region is asked for", async () => {
  expect(named(await build(), "host-data").ignoreChanges).toEqual(["location"]);
});

it("hands keys to the first connection on standard input only, and waits for the firewall before it", async () => {
  const recording = await build();
  const { inputs, secretInputs, additionalSecretOutputs, dependsOn } = named(recording, "host-first-connection");
  expect(Object.keys(inputs).sort()).toEqual(["addPreviousOutputInEnv", "create", "stdin", "update"]);
  expect(inputs).toMatchObject({
    create: "node ../components/host/first-connection.ts",
    update: "node ../components/host/first-connection.ts",
    addPreviousOutputInEnv: false,
  });
  expect(secretInputs).toEqual(["stdin"]);
  expect(additionalSecretOutputs).toEqual(["stdin"]);
  expect(dependsOn).toContain("host-firewall");
  expect(JSON.parse(String(inputs["stdin"]))).toEqual({
    identity: "hetzner-host-server-id-cx23",
    host: "203.0.113.9",
    port: 22,
    user: "openclaw-deploy",
    privateKey: `${canary}tls`,
    bootstrapHostKey: "ssh-ed25519 AAAApublic\n",
    permanentHostKey: { publicOpenssh: "ssh-ed25519 AAAApublic\n", privateOpenssh: `${canary}tls` },
    allowedCidrs: ["203.0.113.7/32"],
    stack: "dev",
    rebuild: 3,
  });
});

it("has private keys nowhere but in secret inputs", async () => {
  const { resources } = await build();
  for (const { name, inputs, secretInputs } of resources) {
    const plain = Object.entries(inputs).filter(([key]) => !secretInputs.includes(key));
    expect(JSON.stringify(plain), name).not.toContain(canary);
  }
});

it("is reached by IPv6 where nothing else is let in", async () => {
  const { host } = await build({ ssh: { allowedCidrs: ["2001:db8::/48"], authorizedKeys: ["k"] } });
  expect(await value(host.address)).toBe("2001:db8::1");
});

it("tells what every stage needs, and registers it; the connection's key is secret", async () => {
  const { host, componentOutputs } = await build();
  expect(await value(host.data)).toEqual({
    id: "host-data-id",
    device: "/dev/disk/by-id/scsi-0HC_Volume_1",
    sizeGb: 10,
  });
  expect(await value(host.identity)).toBe("hetzner-host-server-id-cx23");
  expect(await value(host.hostKey)).toBe("ssh-ed25519 AAAApublic");
  expect(await value(host.deployKey)).toBe("ssh-ed25519 AAAApublic");
  expect(host.metadata).toEqual([{ address: "169.254.169.254" }]);
  expect(Object.keys(componentOutputs.get("host") ?? {}).sort()).toEqual([
    "address",
    "data",
    "hostKey",
    "identity",
    "serverId",
  ]);
});

it("joins a private network when told to", async () => {
  const recording = await build({ networkId: 5 });
  expect(named(recording, "host-server").inputs["networks"]).toEqual([{ networkId: 5, aliasIps: [] }]);
});

it("leaves a server alone that has its name and belongs to somebody else", async () => {
  const server: Server = {
    id: 1,
    name: "openclaw-prod",
    status: "running",
    server_type: { name: "cx33", architecture: "x86" },
    primary_disk_size: 40,
    labels: {},
    volumes: [],
  };
  // The API of these arguments cannot be reached: whoever asks it to stop the server fails.
  const recording = await build({ found: { ...nothing, server } });
  expect(named(recording, "host-server").inputs["serverType"]).toBe("cx23");
});
