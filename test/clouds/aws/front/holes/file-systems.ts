/** What moto's EFS lacks: backup policies, updates, protection, and the end of a policy. Access points go with their file system. */
import type * as efs from "@aws-sdk/client-efs";
import { hole, type Hole } from "../account.ts";
import { AwsError } from "../handler.ts";

type Changes = Pick<
  efs.FileSystemDescription,
  "ThroughputMode" | "ProvisionedThroughputInMibps" | "FileSystemProtection"
>;

/** What was set on the file systems of an account beyond what moto knows. */
export const fileSystemHoles: Hole = (account) => {
  const backups = new Map<string, efs.BackupPolicy>();
  const changes = new Map<string, Changes>();
  const withoutPolicy = new Set<string>();
  const shown = (description: efs.FileSystemDescription): efs.FileSystemDescription => ({
    ...description,
    FileSystemProtection: { ReplicationOverwriteProtection: "ENABLED" },
    ...changes.get(description.FileSystemId ?? ""),
  });

  return {
    "efs.CreateFileSystem": hole<efs.CreateFileSystemRequest, efs.FileSystemDescription>(
      async ({ Backup: isCopied }, forward, operation) => {
        const made = await forward();
        // A tag that nobody else may set: AWS Backup's own plan finds file systems by it.
        const tag = { Key: "aws:elasticfilesystem:default-backup", Value: "enabled" };
        if (isCopied === true)
          await account(operation).ask("efs", "TagResource", { ResourceId: made.FileSystemId, Tags: [tag] });
        return made;
      },
    ),
    "efs.DescribeFileSystems": hole<object, efs.DescribeFileSystemsResponse>(async (_, forward) => {
      const found = await forward();
      return { ...found, FileSystems: found.FileSystems?.map(shown) };
    }),
    "efs.UpdateFileSystem": hole<efs.UpdateFileSystemRequest>(async (input, _, operation) => {
      const { FileSystemId: id = "", ThroughputMode: mode, ProvisionedThroughputInMibps: mibps } = input;
      const ask = { FileSystemId: id };
      const found = await account(operation).ask<efs.DescribeFileSystemsResponse>("efs", "DescribeFileSystems", ask);
      changes.set(id, { ...changes.get(id), ThroughputMode: mode, ProvisionedThroughputInMibps: mibps });
      return shown(found.FileSystems?.[0] ?? ({} as efs.FileSystemDescription)); // moto answered with one
    }),
    "efs.UpdateFileSystemProtection": hole<efs.UpdateFileSystemProtectionRequest>(async (input, _, operation) => {
      const { FileSystemId: id = "", ReplicationOverwriteProtection: protection } = input;
      await account(operation).ask("efs", "DescribeFileSystems", { FileSystemId: id });
      changes.set(id, { ...changes.get(id), FileSystemProtection: { ReplicationOverwriteProtection: protection } });
      return { ReplicationOverwriteProtection: protection };
    }),
    "efs.PutBackupPolicy": hole<efs.PutBackupPolicyRequest>(async (input, _, operation) => {
      const { FileSystemId: id = "", BackupPolicy: policy } = input;
      await account(operation).ask("efs", "DescribeFileSystems", { FileSystemId: id });
      if (policy !== undefined) backups.set(id, policy);
      return { BackupPolicy: policy };
    }),
    "efs.DescribeBackupPolicy": hole<efs.DescribeBackupPolicyRequest>((input, forward) => {
      const policy = backups.get(input.FileSystemId ?? "");
      return policy === undefined ? forward() : { BackupPolicy: policy };
    }),
    "efs.PutFileSystemPolicy": hole<efs.PutFileSystemPolicyRequest>((input, forward) => {
      withoutPolicy.delete(input.FileSystemId ?? "");
      return forward();
    }),
    "efs.DeleteFileSystemPolicy": hole<efs.DeleteFileSystemPolicyRequest>(async (input, _, operation) => {
      const { FileSystemId: id = "" } = input;
      await account(operation).ask("efs", "DescribeFileSystems", { FileSystemId: id });
      withoutPolicy.add(id);
      return {};
    }),
    "efs.DescribeFileSystemPolicy": hole<efs.DescribeFileSystemPolicyRequest>(async (input, forward, operation) => {
      const { FileSystemId: id = "" } = input;
      await account(operation).ask("efs", "DescribeFileSystems", { FileSystemId: id });
      if (!withoutPolicy.has(id)) return forward();
      throw new AwsError("PolicyNotFound", `No policy found for file system '${id}'.`, 404);
    }),
    "efs.DeleteFileSystem": hole<efs.DeleteFileSystemRequest>(async (input, forward, operation) => {
      const answer = await forward();
      const { ask } = account(operation);
      const found = await ask<efs.DescribeAccessPointsResponse>("efs", "DescribeAccessPoints");
      for (const { AccessPointId: id, FileSystemId: of } of found.AccessPoints ?? []) {
        if (of === input.FileSystemId) await ask("efs", "DeleteAccessPoint", { AccessPointId: id });
      }
      return answer;
    }),
  };
};
