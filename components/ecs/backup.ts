/** Daily copies of the file system by AWS Backup. They may be torn where OpenClaw was writing; its own archives on it are not. */
import { Plan } from "@pulumi/aws/backup/plan.js";
import { Selection } from "@pulumi/aws/backup/selection.js";
import { Vault } from "@pulumi/aws/backup/vault.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment.js";
import * as pulumi from "@pulumi/pulumi";
import { backupTrust, type AwsPlace } from "./policies.ts";

/** Arguments of {@link Backup}. */
export interface BackupArgs {
  readonly place: AwsPlace;
  readonly fileSystemArn: pulumi.Input<string>;
  /** How long a copy is kept; 0 makes no more copies, and leaves those that are there. */
  readonly days: number;
  /** Whether the copies are deleted with the stack. @default "retain" */
  readonly onDestroy?: "retain" | "delete";
  readonly tags: (suffix: string) => Record<string, string>;
}

/** See the file's comment. */
export class Backup extends pulumi.ComponentResource {
  public readonly vaultName: pulumi.Output<string>;

  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw:ecs:Backup", name, {}, opts);
    const child = { parent: this };
    const retain = (args.onDestroy ?? "retain") === "retain";
    const vault = new Vault(
      `${name}-copies`,
      // A vault that holds copies cannot be deleted otherwise.
      { forceDestroy: !retain, tags: args.tags("copies") },
      { ...child, retainOnDelete: retain },
    );
    this.vaultName = vault.name;
    this.registerOutputs({ vaultName: this.vaultName });
    // Without it, AWS Backup may not be able to delete copies whose days are over, which then go on costing money:
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-iam.html
    const role = new Role(
      `${name}-backup`,
      {
        assumeRolePolicy: backupTrust(args.place),
        description: "OpenClaw: what AWS Backup may do for the gateway's state",
        tags: args.tags("backup"),
      },
      child,
    );
    const allowed = new RolePolicyAttachment(
      `${name}-backup`,
      {
        role: role.name,
        policyArn: `arn:${args.place.partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup`,
      },
      child,
    );
    if (args.days === 0) return;
    const plan = new Plan(
      `${name}-daily`,
      {
        rules: [
          {
            ruleName: "daily",
            targetVaultName: vault.name,
            schedule: "cron(0 3 * * ? *)",
            startWindow: 60,
            completionWindow: 480,
            lifecycle: { deleteAfter: args.days },
          },
        ],
        tags: args.tags("daily"),
      },
      child,
    );
    new Selection(
      `${name}-state`,
      { planId: plan.id, iamRoleArn: role.arn, resources: [args.fileSystemArn] },
      { ...child, dependsOn: [allowed] },
    );
  }
}
