/** What a configuration wants of Hetzner Cloud, and what can speak against it. */
import type { HetznerNames } from "./names.ts";

/** What the configuration wants of Hetzner Cloud. */
export interface Wanted {
  readonly names: HetznerNames;
  readonly size: string;
  readonly region: string;
  readonly image: string;
  readonly rebuild: number;
  /** GB. @default that of the volume that exists, else 10 */
  readonly sizeGb?: number | undefined;
  /** Id of a volume that exists. @default - a new one */
  readonly adopt?: number | undefined;
  /** Id of a private network to join. @default - none */
  readonly networkId?: number | undefined;
  readonly memoryMiB: number;
  readonly cpus?: number | undefined;
}

/** One thing that speaks against it, about one key. */
export interface HetznerObjection {
  readonly path: readonly string[];
  /** The key's full name, where it is not under `openclaw:`. */
  readonly name?: string;
  readonly got: string;
  /** Completes the sentence "allowed: …". */
  readonly allowed: string;
  /** A value to set the key to; undefined when it is to be removed. */
  readonly value: string | undefined;
  /** The command that repairs it. @default the one that sets or removes the key */
  readonly type?: string;
}
