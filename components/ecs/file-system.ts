/** The file system that holds the gateway's state. */
import { AccessPoint } from "@pulumi/aws/efs/accessPoint.js";
import { FileSystem as EfsFileSystem } from "@pulumi/aws/efs/fileSystem.js";
import { MountTarget } from "@pulumi/aws/efs/mountTarget.js";
import * as pulumi from "@pulumi/pulumi";
import { stateDirectory } from "./paths.ts";

/** A file system that exists, as AWS describes it. */
export interface AdoptedFileSystem {
  readonly id: string;
  readonly encrypted: boolean;
  readonly performanceMode: string;
  readonly throughputMode: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Arguments of {@link FileSystem}. */
export interface FileSystemArgs {
  /** One in each zone that a task may be in. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  /** Their zones, in their order. */
  readonly zones: readonly string[];
  readonly securityGroupId: pulumi.Input<string>;
  /** What tells the next run, where this one is cut short, that the file system is not an earlier stack's. */
  readonly after: readonly pulumi.Resource[];
  /** Whether it is deleted with the stack. @default "retain" */
  readonly onDestroy?: "retain" | "delete";
  /** A file system that this stack continues with. @default - a new one */
  readonly adopt?: AdoptedFileSystem | undefined;
  /** Directory of it that holds the state; what AWS Backup restores is in one of its own. @default "/openclaw" */
  readonly path?: string | undefined;
  readonly tags: (suffix: string) => Record<string, string>;
}

/**
 * Its tags without those that AWS alone may set, as `aws:elasticfilesystem:default-backup` of a file system that was made with
 * automatic backups: https://docs.aws.amazon.com/efs/latest/ug/automatic-backups.html
 */
const ownTags = ({ tags }: AdoptedFileSystem): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith("aws:")));

/** Encrypted, with an access point at which everybody is uid 1000, in a directory of his own. */
export class FileSystem extends pulumi.ComponentResource {
  /** `fs-…` */
  public readonly fileSystemId: pulumi.Output<string>;
  public readonly fileSystemArn: pulumi.Output<string>;
  /** `fsap-…` */
  public readonly accessPointId: pulumi.Output<string>;
  public readonly accessPointArn: pulumi.Output<string>;
  /** What has to be there before it can be mounted. */
  public readonly mountTargets: readonly pulumi.Resource[];

  constructor(name: string, args: FileSystemArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw:ecs:FileSystem", name, {}, opts);
    const { adopt } = args;
    const child = { parent: this };

    const fileSystem = new EfsFileSystem(
      `${name}-data`,
      {
        encrypted: adopt?.encrypted ?? true,
        // What differs from what is there would make the import fail.
        performanceMode: adopt?.performanceMode ?? "generalPurpose",
        throughputMode: adopt?.throughputMode ?? "bursting",
        tags: adopt === undefined ? args.tags("data") : ownTags(adopt),
      },
      {
        ...child,
        ...(adopt === undefined ? {} : { import: adopt.id }),
        dependsOn: [...args.after],
        retainOnDelete: (args.onDestroy ?? "retain") === "retain",
        // A replaced file system is an empty one. It stays in its region, too, when that of the provider becomes another.
        ignoreChanges: ["region", "encrypted", "performanceMode", "kmsKeyId", "creationToken", "availabilityZoneName"],
      },
    );
    const accessPoint = new AccessPoint(
      `${name}-data`,
      {
        fileSystemId: fileSystem.id,
        posixUser: { uid: 1000, gid: 1000 },
        rootDirectory: {
          path: args.path ?? stateDirectory,
          creationInfo: { ownerUid: 1000, ownerGid: 1000, permissions: "0700" },
        },
        tags: args.tags("data"),
      },
      child,
    );
    this.mountTargets = args.subnetIds.map(
      (subnetId, index) =>
        new MountTarget(
          `${name}-mount-${args.zones[index] ?? String(index)}`,
          { fileSystemId: fileSystem.id, subnetId, securityGroups: [args.securityGroupId] },
          // One a zone and file system, good for every subnet of the zone: another one would have to wait until it is gone, from
          // under the gateway that runs. https://docs.aws.amazon.com/efs/latest/ug/manage-fs-access-create-delete-mount-targets.html
          { ...child, deleteBeforeReplace: true, ignoreChanges: ["region", "subnetId"] },
        ),
    );
    this.fileSystemId = fileSystem.id;
    this.fileSystemArn = fileSystem.arn;
    this.accessPointId = accessPoint.id;
    this.accessPointArn = accessPoint.arn;
    this.registerOutputs({ fileSystemId: this.fileSystemId, accessPointId: this.accessPointId });
  }
}
