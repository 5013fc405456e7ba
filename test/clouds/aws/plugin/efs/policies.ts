import { EFS, Status } from "@aws-sdk/client-efs";
import { doing, isCode, unless } from "../failure.ts";
import { policyText, samePolicy } from "../policy-json.ts";
import type { Context, ResourceType } from "../resource.ts";
import { block, flag, region, text } from "../schema.ts";
import type { Values } from "../values.ts";
import { minutes, retryWhile, waitFor } from "../wait.ts";

const service = ({ account }: Context) => account.client("efs", EFS);

/** Source: internal/service/efs/file_system_policy.go. */
export const fileSystemPolicy: ResourceType = {
  schema: {
    bypassPolicyLockoutSafetyCheck: flag({ default: false }),
    fileSystemId: text({ required: true, forceNew: true }),
    policy: text({ required: true, matches: policyText, same: samePolicy }),
    ...region,
  },
  create: async (inputs, context) => {
    await putPolicy(inputs, context);
    return inputs.required("fileSystemId");
  },
  read: async (id, state, context) => {
    const found = await doing(`reading EFS File System Policy (${id})`, () =>
      unless(["FileSystemNotFound", "PolicyNotFound"], () =>
        service(context).describeFileSystemPolicy({ FileSystemId: id }),
      ),
    );
    if (found?.Policy === undefined) return undefined;
    const recorded = state.text("policy") ?? "";
    const policy = samePolicy(recorded, found.Policy) ? recorded : found.Policy;
    return { fileSystemId: id, policy };
  },
  update: async (_, inputs, context) => {
    await putPolicy(inputs, context);
  },
  delete: async (id, _, context) => {
    await doing(`deleting EFS File System Policy (${id})`, () =>
      unless(["FileSystemNotFound", "PolicyNotFound"], () =>
        service(context).deleteFileSystemPolicy({ FileSystemId: id }),
      ),
    );
  },
};

/** A role that was made just now is not known everywhere at once. */
async function putPolicy(inputs: Values, context: Context): Promise<void> {
  const FileSystemId = inputs.required("fileSystemId");
  await doing(`putting EFS File System Policy (${FileSystemId})`, () =>
    retryWhile(
      (error) => isCode(error, "InvalidPolicyException") && error.reason.includes("contains invalid Principal block"),
      () =>
        service(context).putFileSystemPolicy({
          FileSystemId,
          Policy: inputs.required("policy"),
          BypassPolicyLockoutSafetyCheck: inputs.flag("bypassPolicyLockoutSafetyCheck") ?? false,
        }),
      { timeoutMs: minutes(2), signal: context.signal },
    ),
  );
}

/** Source: internal/service/efs/backup_policy.go. Deleting it turns the backups off. */
export const backupPolicy: ResourceType = {
  schema: {
    backupPolicy: block({ status: text({ required: true, oneOf: ["ENABLED", "DISABLED"] }) }, { required: true }),
    fileSystemId: text({ required: true, forceNew: true }),
    ...region,
  },
  create: async (inputs, context) => {
    const id = inputs.required("fileSystemId");
    await putBackup(id, inputs.block("backupPolicy")?.text("status"), context);
    return id;
  },
  read: async (id, _, context) => {
    const status = await doing(`reading EFS Backup Policy (${id})`, () => statusOf(id, context));
    return status === undefined ? undefined : { fileSystemId: id, backupPolicy: { status } };
  },
  update: async (id, inputs, context) => {
    await putBackup(id, inputs.block("backupPolicy")?.text("status"), context);
  },
  delete: async (id, _, context) => {
    await unless(["FileSystemNotFound"], () => putBackup(id, "DISABLED", context));
  },
};

async function statusOf(FileSystemId: string, context: Context): Promise<string | undefined> {
  const found = await unless(["FileSystemNotFound", "PolicyNotFound"], () =>
    service(context).describeBackupPolicy({ FileSystemId }),
  );
  return found?.BackupPolicy?.Status;
}

async function putBackup(FileSystemId: string, wanted: string | undefined, context: Context): Promise<void> {
  const enabled = wanted === "ENABLED";
  const Status_ = enabled ? Status.ENABLED : Status.DISABLED;
  const put = () => service(context).putBackupPolicy({ FileSystemId, BackupPolicy: { Status: Status_ } });
  if (!enabled && (await statusOf(FileSystemId, context)) === undefined) return;
  await put();
  await doing(`waiting for EFS Backup Policy (${FileSystemId}) ${Status_}`, () =>
    waitFor({
      look: async () => ({ state: (await statusOf(FileSystemId, context)) ?? "DISABLED", value: undefined }),
      ...{ target: [Status_], pending: ["ENABLING", "DISABLING"], timeoutMs: minutes(10), signal: context.signal },
    }),
  );
}
