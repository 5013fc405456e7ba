/**
 * What a cloud hands to a new server: enough for the first connection, and nothing else. Anything on the server that can
 * ask the metadata service can read it, so it holds no secret but a host key that is good for that one connection.
 * Pure. Keys are those of https://docs.cloudinit.io/en/latest/reference/modules.html.
 */
import { stringify } from "yaml";

/** EC2's limit, the smallest of the clouds'. Bytes. */
export const maxUserDataBytes = 16_384;

/**
 * The deploy user's id: not 1000, which is the gateway's in its container, so that the deploy user may not look into the
 * gateway's processes without sudo.
 */
const deployUserId = 1100;

/** What user data is made of. */
export interface UserData {
  /** Name of the deploy user. */
  readonly user: string;
  /** Public keys that may log in, one line each. */
  readonly authorizedKeys: readonly string[];
  /** Ed25519 host key of the first connection only; the stack's permanent one replaces it. */
  readonly bootstrapHostKey: {
    /** In OpenSSH's format. */
    readonly privateOpenssh: string;
    /** `ssh-ed25519 AAAA…`. */
    readonly publicOpenssh: string;
  };
  /** Packages without which the first connection cannot be made. @default none: cloud images have what it takes */
  readonly packages?: readonly string[];
}

/**
 * Renders cloud-config.
 *
 * @throws Error when it is larger than {@link maxUserDataBytes}
 */
export function renderUserData({ user, authorizedKeys, bootstrapHostKey, packages = [] }: UserData): string {
  const cloudConfig = {
    users: [
      {
        name: user,
        uid: deployUserId,
        shell: "/bin/bash",
        lock_passwd: true,
        sudo: "ALL=(ALL) NOPASSWD:ALL",
        ssh_authorized_keys: authorizedKeys.map((key) => key.trim()),
      },
    ],
    disable_root: true,
    ssh_pwauth: false,
    // Keys of other types, which some clients prefer, would not be the one that the first connection expects.
    ssh_deletekeys: true,
    ssh_genkeytypes: ["ed25519"],
    ssh_keys: {
      ed25519_private: `${bootstrapHostKey.privateOpenssh.trim()}\n`,
      ed25519_public: bootstrapHostKey.publicOpenssh.trim(),
    },
    package_update: packages.length > 0,
    package_upgrade: false,
    ...(packages.length > 0 ? { packages: [...packages] } : {}),
  };
  const text = `#cloud-config\n${stringify(cloudConfig, { lineWidth: 0 })}`;
  const bytes = Buffer.byteLength(text);
  if (bytes > maxUserDataBytes) {
    throw new Error(
      `the server's user data has ${bytes} bytes, and ${maxUserDataBytes} are allowed: ` +
        `ssh.authorizedKeys holds ${authorizedKeys.length} keys; keep to Ed25519 keys, or to fewer`,
    );
  }
  return text;
}
