/** How long the policy of a task's execution role is, before AWS has made what it names. Pure. */
import { ecrRepository, executionPolicy } from "./policies.ts";

/**
 * All inline policies of a role together, in characters: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 * An update makes the new policy beside the old one, which a task that ECS goes back to needs. When it fails, both stay until
 * one succeeds, and the next one makes a third.
 */
export const mostExecutionCharacters = Math.floor(10_240 / 3);

/** A partition and a region whose names are as long as any. */
const [partition, where] = ["aws-us-gov", "ap-southeast-1:123456789012"];

/** An ARN of Secrets Manager: Pulumi puts 7 digits behind the name, and AWS 6 more. */
const secretArn = (name: string): string =>
  `arn:${partition}:secretsmanager:${where}:secret:gateway-${name}-0123456-AbCdEf`;

/** What one secret takes, beside its name's own length. */
export const charactersOfSecret = secretArn("").length + '"",'.length;

/** In characters, the token's secret included. */
export const executionCharacters = (args: {
  /** Names of the variables. */
  readonly secrets: readonly string[];
  /** Reference of the image. */
  readonly image: string;
  readonly secretsKeyArn?: string | undefined;
}): number =>
  executionPolicy({
    logGroupArn: `arn:${partition}:logs:${where}:log-group:gateway-log-0123456`,
    secretArns: ["OPENCLAW_GATEWAY_TOKEN", ...args.secrets].map(secretArn),
    repository: ecrRepository(args.image, partition),
    key: args.secretsKeyArn === undefined ? undefined : { arn: args.secretsKeyArn, region: "ap-southeast-1" },
  }).length;
