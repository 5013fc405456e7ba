/** Who may do what: the roles of the task, and the file system's own policy. */
import { FileSystemPolicy } from "@pulumi/aws/efs/fileSystemPolicy.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { ecrRepository, executionPolicy, fileSystemPolicy, taskPolicy, tasksTrust, type AwsPlace } from "./policies.ts";

/** Arguments of {@link Roles}. */
export interface RolesArgs {
  readonly place: AwsPlace;
  readonly image: string;
  readonly logGroupArn: pulumi.Input<string>;
  readonly secretArns: pulumi.Input<readonly string[]>;
  /** Key that encrypts them. @default - AWS's own of the account */
  readonly secretsKeyArn?: string | undefined;
  readonly fileSystemId: pulumi.Input<string>;
  readonly fileSystemArn: pulumi.Input<string>;
  readonly accessPointArn: pulumi.Input<string>;
  /** Whether ECS Exec is on. */
  readonly shell: boolean;
  readonly tags: (suffix: string) => Record<string, string>;
}

/** See the file's comment. */
export class Roles extends pulumi.ComponentResource {
  /** What ECS takes to start the task. */
  public readonly executionRoleArn: pulumi.Output<string>;
  /** What the task, and so the agent, has. */
  public readonly taskRoleArn: pulumi.Output<string>;
  /** What has to be there before a task starts. */
  public readonly policies: readonly pulumi.Resource[];

  constructor(name: string, args: RolesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw:ecs:Roles", name, {}, opts);
    const child = { parent: this };
    const { secretsKeyArn } = args;
    const role = (suffix: string, description: string): Role =>
      new Role(
        `${name}-${suffix}`,
        { assumeRolePolicy: tasksTrust(args.place), description, tags: args.tags(suffix) },
        child,
      );
    const execution = role("execution", "OpenClaw: what ECS may do to start the gateway's task");
    const task = role("task", "OpenClaw: what the gateway's task may do");
    const data = pulumi.all([args.fileSystemArn, args.accessPointArn]);
    this.policies = [
      new RolePolicy(
        `${name}-execution`,
        {
          role: execution.id,
          policy: pulumi.all([args.logGroupArn, args.secretArns]).apply(([logGroupArn, secretArns]) =>
            executionPolicy({
              ...{ logGroupArn, secretArns },
              repository: ecrRepository(args.image, args.place.partition),
              key: secretsKeyArn === undefined ? undefined : { arn: secretsKeyArn, region: args.place.region },
            }),
          ),
        },
        // A task that ECS goes back to reads what its own release named: what that one may goes when the next one is proven.
        { ...child, replaceOnChanges: ["policy"] },
      ),
      new RolePolicy(
        `${name}-task`,
        {
          role: task.id,
          policy: data.apply(([fileSystemArn, accessPointArn]) =>
            taskPolicy({ fileSystemArn, accessPointArn, shell: args.shell }),
          ),
        },
        child,
      ),
      new FileSystemPolicy(
        `${name}-data`,
        {
          fileSystemId: args.fileSystemId,
          policy: data.apply(([fileSystemArn, accessPointArn]) => fileSystemPolicy({ fileSystemArn, accessPointArn })),
        },
        child,
      ),
    ];
    this.executionRoleArn = execution.arn;
    this.taskRoleArn = task.arn;
    this.registerOutputs({ executionRoleArn: this.executionRoleArn, taskRoleArn: this.taskRoleArn });
  }
}
