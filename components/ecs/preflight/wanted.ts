/** What a configuration wants of AWS, and what can speak against it. */
import type { RecordedData } from "./recorded.ts";

/** What the configuration wants of AWS. */
export interface Wanted {
  /** Project and stack. */
  readonly owner: string;
  readonly region: string;
  readonly access: {
    readonly domain?: string | undefined;
    readonly zoneId?: string | undefined;
    readonly certificateArn?: string | undefined;
  };
  readonly network: {
    readonly cidr: string;
    readonly zones: readonly string[];
    readonly vpcId?: string | undefined;
    readonly taskSubnetIds: readonly string[];
    readonly loadBalancerSubnetIds: readonly string[];
  };
  /** ARN of the KMS key for the secrets. @default - AWS's own */
  readonly secretsKeyArn?: string | undefined;
  /** Id of a file system that exists. @default - a new one */
  readonly adopt?: string | undefined;
  /** Directory of the state on it. @default "/openclaw" */
  readonly directory?: string | undefined;
  /** What the stack was deployed with. @default - nothing yet */
  readonly recorded?: RecordedData | undefined;
}

/** One thing that speaks against it, about one key under `openclaw:`. */
export interface AwsObjection {
  readonly path: readonly (string | number)[];
  /** The key's full name, where it is not under `openclaw:`. */
  readonly name?: string;
  readonly got: string;
  /** Completes the sentence "allowed: …". */
  readonly allowed: string;
  /** A value to set the key to; undefined when it is to be removed. */
  readonly value: string | undefined;
}
