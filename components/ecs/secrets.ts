/** What the gateway's environment holds in secret: one secret of Secrets Manager a name. */
import { Secret } from "@pulumi/aws/secretsmanager/secret.js";
import { SecretVersion } from "@pulumi/aws/secretsmanager/secretVersion.js";
import * as pulumi from "@pulumi/pulumi";
import type { TaskSecret } from "./container-definition.ts";

/** Days in which a deleted secret can be brought back; it costs nothing in them. */
const recoveryWindowInDays = 7;

/** Arguments of {@link Secrets}. */
export interface SecretsArgs {
  /** By the name of the variable. */
  readonly values: Readonly<Record<string, pulumi.Input<string>>>;
  /** Key that encrypts them. @default - AWS's own of the account */
  readonly kmsKeyId?: pulumi.Input<string> | undefined;
  readonly tags: (suffix: string) => Record<string, string>;
}

/** See the file's comment. A task definition names versions, so that a new value is a new task definition. */
export class Secrets extends pulumi.ComponentResource {
  public readonly arns: pulumi.Output<string[]>;
  /** For a container definition: names and versions, no values. */
  public readonly taskSecrets: pulumi.Output<TaskSecret[]>;

  constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw:ecs:Secrets", name, {}, opts);
    const child = { parent: this };
    const made = Object.entries(args.values).map(([variable, value]) => {
      const secret = new Secret(
        `${name}-${variable}`,
        {
          description: `OpenClaw: environment variable ${variable} of the gateway`,
          recoveryWindowInDays,
          ...(args.kmsKeyId === undefined ? {} : { kmsKeyId: args.kmsKeyId }),
          tags: args.tags(variable),
        },
        child,
      );
      const version = new SecretVersion(
        `${name}-${variable}`,
        { secretId: secret.id, secretString: pulumi.secret(value) },
        // A task that a failed deployment went back to still needs the version before; all go with their secret.
        { ...child, retainOnDelete: true, additionalSecretOutputs: ["secretString"] },
      );
      return { variable, arn: secret.arn, versionId: version.versionId };
    });
    this.arns = pulumi.output(made.map(({ arn }) => arn));
    this.taskSecrets = pulumi
      .output(made)
      .apply((all) =>
        all.map(({ variable, arn, versionId }) => ({ name: variable, valueFrom: `${arn}:::${versionId}` })),
      );
    this.registerOutputs({ arns: this.arns });
  }
}
