/** The seam between clouds and everything after them: a provider's code ends here. */
import type { types } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

/** Where things lie on a host. */
export interface HostPaths {
  /** Mount point of the data volume: state, restore points, known-good releases. */
  readonly data: string;
  /** Files of the release that runs, on the root disk: made again by the next release. */
  readonly release: string;
  /** Scripts that the baseline installs. */
  readonly scripts: string;
}

/** The paths on a host of our own. */
export const hostPaths: HostPaths = {
  data: "/srv/openclaw",
  release: "/etc/openclaw",
  scripts: "/usr/local/lib/openclaw",
};

/** An address at which a cloud's metadata service answers. */
export interface MetadataAddress {
  readonly address: string;
  /** TCP ports that are closed to containers. @default all of the address */
  readonly ports?: readonly number[];
}

/** The block device that holds the gateway's state. */
export interface DataVolume {
  /** The provider's id: what `openclaw:data.adopt` takes. */
  readonly id: string;
  /** A stable path on the host, such as `/dev/disk/by-id/…`. */
  readonly device: string;
  /** Its file system grows when this does. @default - whatever the device has */
  readonly sizeGb?: number;
}

/** A Linux machine that booted, lets the deployer in, and has its data volume attached. */
export interface GatewayHost {
  /** `hetzner`, … */
  readonly provider: string;
  /** How commands get there; the host key is pinned. */
  readonly connection: pulumi.Output<types.input.remote.ConnectionArgs>;
  /** Changes when the machine is another one: every stage has it among its inputs. */
  readonly identity: pulumi.Output<string>;
  readonly address: pulumi.Output<string>;
  readonly sshUser: string;
  readonly sshPort: number;
  /** Public host key, `ssh-ed25519 AAAA…`, the same for the stack's life. */
  readonly hostKey: pulumi.Output<string>;
  /** Public key by which the deployer itself logs in, one line: it stays among the authorized ones. */
  readonly deployKey: pulumi.Output<string>;
  readonly data: pulumi.Output<DataVolume>;
  /** Closed to containers. */
  readonly metadata: readonly MetadataAddress[];
  /** Depend on this: the first connection was made, and boot finished. */
  readonly ready: pulumi.Resource;
}
