/** What tasks share: the account, its networks, and who is in them. */
import type { SecurityGroupRule } from "@aws-sdk/client-ec2";
import type { Account } from "../account.ts";
import type { TargetState } from "../park.ts";
import type { Timings } from "../timings.ts";
import type { InboundRule } from "../../../machines/firewall.ts";
import type { Member } from "./security-groups.ts";
import type { Vpc } from "./vpc.ts";

/** An interface that has a firewall before it. */
export interface Guarded extends Member {
  readonly apply: (rules: readonly InboundRule[]) => Promise<void>;
}

/** Load balancers, as tasks see them. */
export interface Targets {
  readonly register: (group: string, address: string, port: number) => void;
  /** Resolves when the target has drained. */
  readonly deregister: (group: string, address: string, port: number) => Promise<void>;
  readonly of: (group: string) => readonly TargetState[];
}

/** See the file's comment. */
export interface World {
  readonly account: (region: string) => Account;
  readonly timings: Timings;
  readonly targets: Targets;
  /** Availability zones that are out of order: nothing runs in them. */
  readonly lostZones: ReadonlySet<string>;
  /** Further images, by reference. */
  readonly images: ReadonlyMap<string, string>;
  readonly vpc: (account: Account, id: string) => Promise<Vpc>;
  /** Rules of security groups, as old as the last look. */
  readonly rules: (account: Account) => Promise<readonly SecurityGroupRule[]>;
  /** Who is in the network: rules name groups. Resolves when everybody's firewall knows. */
  readonly join: (account: Account, member: Member | Guarded) => Promise<void>;
  readonly leave: (member: Member) => void;
}
