/** What holds data and secrets. */
import { Backup } from "@aws-sdk/client-backup";
import { EFS } from "@aws-sdk/client-efs";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { stackTag } from "../../../components/ecs/names.ts";
import { candidates, tagsOf, text, type Finder } from "./finder.ts";

/** See the file's comment. */
export const dataFinders: Readonly<Record<string, Finder>> = {
  "aws:efs/fileSystem:FileSystem": {
    find: async (_, settings) => {
      const { FileSystems } = await new EFS(settings).describeFileSystems({});
      // One that an earlier stack left is found by the preflight, which names it; this one was made for this state.
      const fresh = FileSystems?.filter(({ NumberOfMountTargets, Tags }) => {
        return NumberOfMountTargets === 0 && tagsOf(Tags)[stackTag] !== undefined;
      });
      return candidates(
        fresh?.sort((one, other) => Number(other.CreationTime) - Number(one.CreationTime)),
        ({ FileSystemId }) => FileSystemId,
        ({ Tags }) => Tags,
      );
    },
  },
  "aws:efs/accessPoint:AccessPoint": {
    find: async (inputs, settings) => {
      const FileSystemId = text(inputs, "fileSystemId");
      return candidates(
        (await new EFS(settings).describeAccessPoints({ FileSystemId })).AccessPoints,
        ({ AccessPointId }) => AccessPointId,
        ({ Tags }) => Tags,
      );
    },
  },
  "aws:efs/mountTarget:MountTarget": {
    find: async (inputs, settings) => {
      const { MountTargets } = await new EFS(settings).describeMountTargets({
        FileSystemId: text(inputs, "fileSystemId"),
      });
      const there = MountTargets?.filter(
        ({ SubnetId, LifeCycleState }) => SubnetId === text(inputs, "subnetId") && !/delet/.test(LifeCycleState ?? ""),
      );
      return candidates(there, ({ MountTargetId }) => MountTargetId);
    },
  },
  "aws:secretsmanager/secret:Secret": {
    find: async (inputs, settings) => {
      const found = await new SecretsManager(settings).describeSecret({ SecretId: text(inputs, "name") });
      return found.ARN === undefined || found.DeletedDate !== undefined
        ? []
        : [{ id: found.ARN, tags: tagsOf(found.Tags) }];
    },
  },
  "aws:backup/vault:Vault": {
    find: async (inputs, settings) => {
      const backup = new Backup(settings);
      const { BackupVaultName, BackupVaultArn } = await backup.describeBackupVault({
        BackupVaultName: text(inputs, "name"),
      });
      if (BackupVaultName === undefined) return [];
      const { Tags = {} } = await backup.listTags({ ResourceArn: BackupVaultArn });
      return [{ id: BackupVaultName, tags: Tags }];
    },
  },
  "aws:backup/plan:Plan": {
    find: async (inputs, settings) => {
      const { BackupPlansList } = await new Backup(settings).listBackupPlans({});
      const named = BackupPlansList?.filter(({ BackupPlanName }) => BackupPlanName === text(inputs, "name"));
      return candidates(named, ({ BackupPlanId }) => BackupPlanId);
    },
  },
  "aws:backup/selection:Selection": {
    find: async (inputs, settings) => {
      const BackupPlanId = text(inputs, "planId");
      const { BackupSelectionsList } = await new Backup(settings).listBackupSelections({ BackupPlanId });
      const named = BackupSelectionsList?.filter(({ SelectionName }) => SelectionName === text(inputs, "name"));
      return candidates(named, ({ SelectionId }) => SelectionId);
    },
  },
};
