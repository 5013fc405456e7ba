import type { PlannedChange } from "../../../../toolchain/provider/diff-response.ts";
import type { PropertyMap } from "../../../../toolchain/provider/properties.ts";
import type { Account } from "./account.ts";
import type { AutoName } from "./names.ts";
import type { Schema } from "./schema.ts";
import type { StateMap, Values } from "./values.ts";

/** What an operation on a resource works with. */
export interface Context {
  readonly account: Account;
  readonly signal: AbortSignal;
  /** What the program set with `customTimeouts`, or `standard`. */
  readonly timeoutMs: (standard: number) => number;
  /** Says that AWS has made the resource: a failure after it leaves the resource in the state. */
  readonly made: (id: string) => void;
  readonly warn: (message: string) => void;
}

/** What an update works with besides. */
export interface UpdateContext extends Context {
  readonly old: Values;
  /** Whether one of the inputs changes. */
  readonly changed: (...names: readonly string[]) => boolean;
}

/** What was made, where its id does not tell it. */
export interface Made {
  readonly id: string;
  readonly known: PropertyMap;
}

/** A resource type: the facts of its schema, and what is asked of AWS in its life. */
export interface ResourceType {
  readonly schema: Schema;
  readonly autoName?: AutoName;
  /** The bridge deletes the old one first whenever it replaces. */
  readonly deleteBeforeReplace?: true;
  /** More that is wrong with the inputs than the schema's facts say; unknown inputs look absent. @returns sentences */
  readonly check?: (inputs: Values) => readonly string[];
  /** Terraform's CustomizeDiff: what else changes, or which changes replace. */
  readonly customize?: (
    changes: readonly PlannedChange[],
    state: PropertyMap,
    inputs: PropertyMap,
  ) => readonly PlannedChange[];
  /** @returns the id, and with it what else only the answer tells and a read has to know */
  readonly create: (inputs: Values, context: Context) => Promise<string | Made>;
  /** @returns what AWS says of it, or undefined when it is gone; what is left out keeps the recorded value */
  readonly read: (id: string, state: Values, context: Context) => Promise<StateMap | undefined>;
  /** Left out where every change makes a new resource. */
  readonly update?: (id: string, inputs: Values, context: UpdateContext) => Promise<void>;
  readonly delete: (id: string, state: Values, context: Context) => Promise<void>;
}
