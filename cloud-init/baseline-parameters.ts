/** What differs between the baselines of hosts. */
import type { MetadataAddress } from "../components/host/gateway-host.ts";

/** Everything that {@link baselineStage} needs to know; plain values, no secret among them. */
export interface BaselineParameters {
  /** The machine's identity: another machine gets its baseline anew. */
  readonly identity: string;
  readonly data: {
    /** Stable path of the block device. */
    readonly device: string;
    /** Where it is mounted: words of letters, digits, `.` and `_`. */
    readonly mountPoint: string;
    /** The volume's size in GB. A file system grows only when this changes. @default not waited for */
    readonly sizeGb?: number;
  };
  readonly ssh: {
    /** The deploy user, who exists already. */
    readonly user: string;
    /** The port that sshd listens on already. */
    readonly port: number;
    /** IPv4 and IPv6 ranges from which SSH comes in. */
    readonly allowedCidrs: readonly string[];
    /** Whether these may be `0.0.0.0/0` or `::/0`. */
    readonly allowWorld: boolean;
    /** All public keys of the deploy user; the deployer's own must be among them. */
    readonly authorizedKeys: readonly string[];
    /** Public keys of people who may reach the gateway's port, and nothing else. */
    readonly tunnelKeys: readonly string[];
    /** The gateway's port on the host's loopback. */
    readonly gatewayPort: number;
  };
  /** Closed to containers. */
  readonly metadata: readonly MetadataAddress[];
  /** Where Docker comes from when the host has none. */
  readonly docker: {
    /** Docker's own repository, or the distribution's packages. */
    readonly source: "docker" | "debian";
    readonly repositoryUrl: string;
    readonly keyUrl: string;
    /** 40 hex digits of the key's fingerprint; spaces are ignored. */
    readonly keyFingerprint: string;
  };
  /** When the host may reboot for a security update, `HH:MM`, in the host's time zone (UTC on cloud images). */
  readonly reboot: { readonly time: string };
  readonly logs: {
    /** What the journal may take, MiB. */
    readonly journalMaxMiB: number;
    /** Size of a log file of a container, MiB, before the next is begun. */
    readonly containerMaxMiB: number;
    /** How many of these are kept for a container. */
    readonly containerFiles: number;
  };
  /** Size of the swap file, MiB; 0 is none. @default 2048 on machines with less than 4 GiB, else none */
  readonly swapMiB?: number;
}

/**
 * Docker's repository for Debian, and the fingerprint of the key that signs it.
 *
 * @see https://docs.docker.com/engine/install/debian/ for the addresses; the fingerprint is that of
 *   `Docker Release (CE deb) <docker@docker.com>`
 */
export const dockerRepository = {
  repositoryUrl: "https://download.docker.com/linux/debian",
  keyUrl: "https://download.docker.com/linux/debian/gpg",
  keyFingerprint: "9DC858229FC7DD38854AE2D88D81803C0EBFCD88",
} as const;
