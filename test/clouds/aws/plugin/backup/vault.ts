import { Backup, paginateListRecoveryPointsByBackupVault } from "@aws-sdk/client-backup";
import { doing, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { flag, output, region, tags, text } from "../schema.ts";
import { tableState, updateTags } from "../tags.ts";
import { minutes, waitUntilGone } from "../wait.ts";

const service = ({ account }: Context) => account.client("backup", Backup);
const gone = ["ResourceNotFoundException", "AccessDeniedException"];

/** Source: internal/service/backup/vault.go. One with recovery points is refused by AWS, unless `forceDestroy` was applied. */
export const vault: ResourceType = {
  schema: {
    arn: output(),
    forceDestroy: flag({ default: false }),
    kmsKeyArn: text({ computed: true, forceNew: true }),
    name: text({
      required: true,
      forceNew: true,
      matches: [/^[\w-]{2,50}$/, "must consist of 2 to 50 letters, numbers, hyphens and underscores"],
    }),
    recoveryPoints: output("number"),
    ...region,
    ...tags,
  },
  autoName: { property: "name", longest: 255 },
  create: async (inputs, context) => {
    const name = inputs.required("name");
    await doing(`creating Backup Vault (${name})`, () =>
      service(context).createBackupVault({
        BackupVaultName: name,
        EncryptionKeyArn: inputs.text("kmsKeyArn"),
        BackupVaultTags: inputs.table("tagsAll"),
      }),
    );
    return name;
  },
  read: async (id, _, context) => {
    const seen = await doing(`reading Backup Vault (${id})`, () => find(id, context));
    if (seen?.BackupVaultArn === undefined) return undefined;
    const { Tags } = await service(context).listTags({ ResourceArn: seen.BackupVaultArn });
    return {
      arn: seen.BackupVaultArn,
      kmsKeyArn: seen.EncryptionKeyArn ?? "",
      name: seen.BackupVaultName,
      recoveryPoints: seen.NumberOfRecoveryPoints ?? 0,
      ...tableState(Tags),
    };
  },
  update: async (_, inputs, context) => {
    await updateBackupTags(inputs.required("arn"), inputs, context);
  },
  delete: async (id, state, context) => {
    const backup = service(context);
    if (state.flag("forceDestroy") === true) {
      for await (const { RecoveryPoints = [] } of paginateListRecoveryPointsByBackupVault(
        { client: backup },
        { BackupVaultName: id },
      )) {
        for (const { RecoveryPointArn } of RecoveryPoints) {
          await doing(`deleting recovery point (${RecoveryPointArn ?? ""})`, () =>
            backup.deleteRecoveryPoint({ BackupVaultName: id, RecoveryPointArn }),
          );
        }
      }
      await waitUntilGone(
        async () =>
          ((await find(id, context))?.NumberOfRecoveryPoints ?? 0) > 0 ? "holds recovery points" : undefined,
        { timeoutMs: context.timeoutMs(minutes(10)), signal: context.signal },
      );
    }
    await doing(`deleting Backup Vault (${id})`, () =>
      unless(gone, () => backup.deleteBackupVault({ BackupVaultName: id })),
    );
  },
};

/** AWS denies access to a vault that does not exist. */
async function find(BackupVaultName: string, context: Context) {
  return await unless(gone, () => service(context).describeBackupVault({ BackupVaultName }));
}

/** Vaults and plans. */
export async function updateBackupTags(
  ResourceArn: string,
  inputs: Parameters<typeof updateTags>[0],
  context: Parameters<typeof updateTags>[1],
): Promise<void> {
  const backup = service(context);
  await updateTags(inputs, context, {
    remove: (TagKeyList) => backup.untagResource({ ResourceArn, TagKeyList }),
    set: (Tags) => backup.tagResource({ ResourceArn, Tags }),
  });
}
