/** What a host at Hetzner Cloud is made from. */
import type { HetznerApi } from "./api.ts";
import type { Found } from "./found.ts";
import type { HetznerNames } from "./names.ts";

/** Arguments of `HetznerHost`: plain values, for they decide what exists. */
export interface HetznerHostArgs {
  readonly names: HetznerNames;
  /** Server type, e.g. `cx23`. Another one of the same architecture is changed to in place; the server is stopped for it. */
  readonly size: string;
  /** Location of the data volume, and so of the server. */
  readonly region: string;
  /** System image of a new server, e.g. `debian-13`. */
  readonly image: string;
  /** Another number replaces the server; state and addresses stay. */
  readonly rebuild: number;
  readonly ssh: {
    readonly allowedCidrs: readonly string[];
    /** Public keys of the people who administer the host. */
    readonly authorizedKeys: readonly string[];
  };
  readonly data: {
    /** GB. @default that of the volume that exists, else 10 */
    readonly sizeGb?: number | undefined;
    /** What `destroy` does with the volume; it takes an `up` before. */
    readonly onDestroy: "retain" | "delete";
    /** Id of a volume that exists. @default - a new one */
    readonly adopt?: number | undefined;
  };
  /** Further labels of everything. @default {} */
  readonly tags?: Readonly<Record<string, string>>;
  /** Id of a private network that the server joins; only the host's own firewall filters there. @default - none */
  readonly networkId?: number | undefined;
  /** What `look` found: nothing is asked twice. */
  readonly found: Found;
  readonly api: HetznerApi;
}
