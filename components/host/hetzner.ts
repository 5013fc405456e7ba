/** A server at Hetzner Cloud that can run a gateway. */
import { Firewall } from "@pulumi/hcloud/firewall.js";
import { PrimaryIp } from "@pulumi/hcloud/primaryIp.js";
import { Server } from "@pulumi/hcloud/server.js";
import { SshKey } from "@pulumi/hcloud/sshKey.js";
import { VolumeAttachment } from "@pulumi/hcloud/volumeAttachment.js";
import * as pulumi from "@pulumi/pulumi";
import { PrivateKey } from "@pulumi/tls/privateKey.js";
import type { types } from "@pulumi/command";
import { renderUserData } from "../../cloud-init/user-data.ts";
import { firstConnection } from "./first-connection/resource.ts";
import type { DataVolume, GatewayHost, MetadataAddress } from "./gateway-host.ts";
import { dataVolume } from "./hetzner/data-volume.ts";
import type { HetznerHostArgs } from "./hetzner/host-args.ts";
import { sizeAfterPowerChange } from "./hetzner/power.ts";
import { hetznerLabels, rebuildLabel } from "./hetzner/names.ts";
import { deployAddress, firewallRules } from "./hetzner/shape.ts";

/**
 * A server at Hetzner Cloud: keys, addresses that outlive it, a firewall that lets in SSH from the allowed ranges only, a
 * data volume that outlives everything, and the first connection.
 */
export class HetznerHost extends pulumi.ComponentResource implements GatewayHost {
  public readonly provider = "hetzner";
  public readonly sshUser = "openclaw-deploy";
  public readonly sshPort = 22;
  public readonly metadata: readonly MetadataAddress[] = [{ address: "169.254.169.254" }];
  public readonly connection: pulumi.Output<types.input.remote.ConnectionArgs>;
  public readonly identity: pulumi.Output<string>;
  public readonly address: pulumi.Output<string>;
  public readonly hostKey: pulumi.Output<string>;
  public readonly deployKey: pulumi.Output<string>;
  public readonly data: pulumi.Output<DataVolume>;
  public readonly ready: pulumi.Resource;
  /** Id of the server. */
  public readonly serverId: pulumi.Output<string>;

  constructor(name: string, args: HetznerHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw:host:Hetzner", name, {}, opts);
    const { names } = args;
    const child = { parent: this };
    const labels = hetznerLabels(names, args.tags ?? {});

    const key = (suffix: string, options: pulumi.CustomResourceOptions = {}): PrivateKey =>
      new PrivateKey(`${name}-${suffix}`, { algorithm: "ED25519" }, { ...child, ...options });
    const deployKey = key("deploy-key");
    const hostKey = key("host-key");
    const bootstrapKey = key("bootstrap-key", { replacementTrigger: args.rebuild });
    this.deployKey = oneLine(deployKey);
    const sshKey = new SshKey(`${name}-deploy`, { name: names.deployKey, publicKey: this.deployKey, labels }, child);

    const volume = dataVolume(`${name}-data`, args, labels, sshKey, child);
    const primaryIp = (type: "ipv4" | "ipv6"): PrimaryIp =>
      new PrimaryIp(
        `${name}-${type}`,
        { name: names[type], type, location: volume.location, assigneeType: "server", autoDelete: false, labels },
        // The API answers "unassigned" for one without a server.
        { ...child, ignoreChanges: ["assigneeType"] },
      );
    const [ipv4, ipv6] = [primaryIp("ipv4"), primaryIp("ipv6")];
    const firewall = new Firewall(
      `${name}-firewall`,
      { name: names.firewall, rules: firewallRules(args.ssh.allowedCidrs, this.sshPort), labels },
      // The key is first: that its name and bytes are unique keeps another stack of this name from everything else.
      { ...child, dependsOn: [sshKey] },
    );

    const userData = pulumi
      .all([this.deployKey, bootstrapKey.privateKeyOpenssh, bootstrapKey.publicKeyOpenssh])
      .apply(([deploy, privateOpenssh, publicOpenssh]) =>
        renderUserData({
          user: this.sshUser,
          authorizedKeys: [deploy, ...args.ssh.authorizedKeys],
          bootstrapHostKey: { privateOpenssh, publicOpenssh: publicOpenssh.trim() },
        }),
      );
    const server = new Server(
      `${name}-server`,
      {
        name: names.server,
        serverType: sizeAfterPowerChange(args, pulumi.all([volume.id, firewall.id, bootstrapKey.id])),
        image: args.image,
        location: volume.location,
        userData: pulumi.secret(userData),
        // Without one, Hetzner makes a password for root.
        sshKeys: [sshKey.id],
        publicNets: [{ ipv4Enabled: true, ipv4: numeric(ipv4), ipv6Enabled: true, ipv6: numeric(ipv6) }],
        firewallIds: [numeric(firewall)],
        // A disk that grew with its server could never go back to a smaller one.
        keepDisk: true,
        shutdownBeforeDeletion: true,
        labels: { ...labels, [rebuildLabel]: String(args.rebuild) },
        ...(args.networkId === undefined ? {} : { networks: [{ networkId: args.networkId, aliasIps: [] }] }),
      },
      {
        ...child,
        // What a server was made from is no reason to make another one.
        ignoreChanges: ["userData", "image", "sshKeys"],
        replacementTrigger: args.rebuild,
        // Addresses and volume can be on one server only.
        deleteBeforeReplace: true,
      },
    );

    // Not `Volume.serverId`: the server's location comes from the volume, and each would wait for the other.
    const attachment = new VolumeAttachment(
      `${name}-attachment`,
      { volumeId: numeric(volume), serverId: numeric(server), automount: false },
      // Never detached from a gateway that runs: with its server, which is shut down first, it goes by itself.
      { ...child, retainOnDelete: true },
    );

    this.serverId = server.id;
    // Another type is another machine to what runs on it: every stage runs again, and what it started is verified.
    this.identity = pulumi.interpolate`hetzner-${server.id}-${server.serverType}`;
    this.address = deployAddress(args.ssh.allowedCidrs) === "ipv4" ? ipv4.ipAddress : server.ipv6Address;
    this.hostKey = oneLine(hostKey);
    this.data = pulumi
      .all([volume.id, volume.linuxDevice, volume.size, attachment.id])
      .apply(([id, device, sizeGb]) => ({ id, device, sizeGb }));
    this.connection = pulumi.output({
      host: this.address,
      port: this.sshPort,
      user: this.sshUser,
      privateKey: deployKey.privateKeyOpenssh,
      hostKey: this.hostKey,
    });
    this.ready = firstConnection(
      `${name}-first-connection`,
      {
        identity: this.identity,
        host: this.address,
        port: this.sshPort,
        user: this.sshUser,
        privateKey: deployKey.privateKeyOpenssh,
        bootstrapHostKey: bootstrapKey.publicKeyOpenssh,
        hostKey,
        allowedCidrs: args.ssh.allowedCidrs,
        rebuild: args.rebuild,
      },
      // The range that lets this deployer in may have come with this very update.
      { ...child, dependsOn: [firewall] },
    );
    this.registerOutputs({
      serverId: this.serverId,
      identity: this.identity,
      address: this.address,
      hostKey: this.hostKey,
      data: this.data,
    });
  }
}

/** Ids are numbers at Hetzner Cloud, and text in Pulumi. */
const numeric = ({ id }: pulumi.CustomResource): pulumi.Output<number> => id.apply(Number);

const oneLine = ({ publicKeyOpenssh }: PrivateKey): pulumi.Output<string> =>
  publicKeyOpenssh.apply((line) => line.trim());
