import {
  EFS,
  type FileSystemDescription,
  type LifecyclePolicy,
  PerformanceMode,
  ThroughputMode,
} from "@aws-sdk/client-efs";
import { doing, isCode, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { block, blocks, flag, number, output, region, tags, text } from "../schema.ts";
import { tagList, tagState, updateTags } from "../tags.ts";
import type { Values } from "../values.ts";
import { minutes, retryWhile, waitFor, waitUntilGone } from "../wait.ts";

const service = ({ account }: Context) => account.client("efs", EFS);
const gone = ["FileSystemNotFound"];
const after = ["AFTER_1_DAY", "AFTER_7_DAYS", "AFTER_14_DAYS", "AFTER_30_DAYS", "AFTER_60_DAYS", "AFTER_90_DAYS"];
const later = [...after, "AFTER_180_DAYS", "AFTER_270_DAYS", "AFTER_365_DAYS"];

/** Source: internal/service/efs/file_system.go. */
export const fileSystem: ResourceType = {
  schema: {
    arn: output(),
    availabilityZoneId: output(),
    availabilityZoneName: text({ computed: true, forceNew: true }),
    creationToken: text({ computed: true, forceNew: true }),
    dnsName: output(),
    encrypted: flag({ computed: true, forceNew: true }),
    kmsKeyId: text({ computed: true, forceNew: true }),
    lifecyclePolicies: blocks({
      transitionToArchive: text({ oneOf: later }),
      transitionToIa: text({ oneOf: later }),
      transitionToPrimaryStorageClass: text({ oneOf: ["AFTER_1_ACCESS"] }),
    }),
    name: output(),
    numberOfMountTargets: output("number"),
    ownerId: output(),
    performanceMode: text({ computed: true, forceNew: true, oneOf: Object.values(PerformanceMode) }),
    protection: block(
      { replicationOverwrite: text({ computed: true, oneOf: ["ENABLED", "DISABLED"] }) },
      { computed: true },
    ),
    provisionedThroughputInMibps: number(),
    sizeInBytes: { ...blocks({}), output: true },
    throughputMode: text({ default: "bursting", oneOf: Object.values(ThroughputMode) }),
    ...region,
    ...tags,
  },
  create: async (inputs, context) => {
    const efs = service(context);
    const token = inputs.text("creationToken") ?? `terraform-${crypto.randomUUID().replaceAll("-", "")}`;
    const { FileSystemId: id = "" } = await doing(`creating EFS file system (${token})`, () =>
      efs.createFileSystem({
        CreationToken: token,
        AvailabilityZoneName: inputs.text("availabilityZoneName"),
        ...(inputs.has("encrypted") && { Encrypted: inputs.flag("encrypted") }),
        KmsKeyId: inputs.text("kmsKeyId"),
        PerformanceMode: inputs.choice("performanceMode", PerformanceMode),
        ProvisionedThroughputInMibps: inputs.number("provisionedThroughputInMibps"),
        ThroughputMode: inputs.choice("throughputMode", ThroughputMode),
        Tags: tagList(inputs.table("tagsAll")),
      }),
    );
    context.made(id);
    await doing(`waiting for EFS file system (${id}) create`, () => waitAvailable(id, context));
    if (inputs.blocks("lifecyclePolicies").length > 0) await setLifecycle(id, inputs, context);
    return id;
  },
  read: async (id, _, context) => {
    const seen = await doing(`reading EFS file system (${id})`, () => find(id, context));
    if (seen === undefined) return undefined;
    const { LifecyclePolicies: policies = [] } = await service(context).describeLifecycleConfiguration({
      FileSystemId: id,
    });
    const { region: where } = context.account;
    return {
      arn: seen.FileSystemArn,
      availabilityZoneId: seen.AvailabilityZoneId ?? "",
      availabilityZoneName: seen.AvailabilityZoneName ?? "",
      creationToken: seen.CreationToken,
      dnsName: `${id}.efs.${where}.amazonaws.com`,
      encrypted: seen.Encrypted ?? false,
      kmsKeyId: seen.KmsKeyId ?? "",
      lifecyclePolicies: policies.map((policy) => ({
        transitionToArchive: policy.TransitionToArchive,
        transitionToIa: policy.TransitionToIA,
        transitionToPrimaryStorageClass: policy.TransitionToPrimaryStorageClass,
      })),
      name: seen.Name ?? "",
      numberOfMountTargets: seen.NumberOfMountTargets ?? 0,
      ownerId: seen.OwnerId,
      performanceMode: seen.PerformanceMode,
      protection: {
        replicationOverwrite: seen.FileSystemProtection?.ReplicationOverwriteProtection ?? "ENABLED",
      },
      provisionedThroughputInMibps: seen.ProvisionedThroughputInMibps ?? 0,
      sizeInBytes: [
        {
          value: seen.SizeInBytes?.Value ?? 0,
          valueInIa: seen.SizeInBytes?.ValueInIA ?? 0,
          valueInStandard: seen.SizeInBytes?.ValueInStandard ?? 0,
        },
      ],
      throughputMode: seen.ThroughputMode ?? "bursting",
      ...tagState(seen.Tags),
    };
  },
  update: async (id, inputs, context) => {
    const efs = service(context);
    if (context.changed("throughputMode", "provisionedThroughputInMibps")) {
      await doing(`updating EFS file system (${id})`, () =>
        efs.updateFileSystem({
          FileSystemId: id,
          ThroughputMode: inputs.choice("throughputMode", ThroughputMode),
          ProvisionedThroughputInMibps: inputs.number("provisionedThroughputInMibps"),
        }),
      );
      await waitAvailable(id, context);
    }
    if (context.changed("lifecyclePolicies")) await setLifecycle(id, inputs, context);
    await updateTags(inputs, context, {
      remove: (TagKeys) => efs.untagResource({ ResourceId: id, TagKeys }),
      set: (changed) => efs.tagResource({ ResourceId: id, Tags: tagList(changed) }),
    });
  },
  delete: async (id, _, context) => {
    const efs = service(context);
    const time = { timeoutMs: context.timeoutMs(minutes(10)), signal: context.signal };
    await doing(`deleting EFS file system (${id})`, () =>
      retryWhile(
        (error) => isCode(error, "FileSystemInUse"),
        () => unless(gone, () => efs.deleteFileSystem({ FileSystemId: id })),
        time,
      ),
    );
    await waitUntilGone(async () => (await find(id, context))?.LifeCycleState, time);
  },
};

async function find(id: string, context: Context): Promise<FileSystemDescription | undefined> {
  const found = await unless(gone, () => service(context).describeFileSystems({ FileSystemId: id }));
  const seen = found?.FileSystems?.[0];
  return seen?.LifeCycleState === "deleted" ? undefined : seen;
}

async function waitAvailable(id: string, context: Context): Promise<void> {
  await waitFor({
    look: async () => {
      const seen = await find(id, context);
      return seen && { state: seen.LifeCycleState ?? "", value: seen };
    },
    ...{ target: ["available"], pending: ["creating", "updating"] },
    ...{ timeoutMs: minutes(10), signal: context.signal },
  });
}

async function setLifecycle(FileSystemId: string, inputs: Values, context: Context): Promise<void> {
  const LifecyclePolicies = inputs.blocks("lifecyclePolicies").map(
    // The schema has checked the texts.
    (policy) =>
      ({
        ...(policy.has("transitionToArchive") && { TransitionToArchive: policy.text("transitionToArchive") }),
        ...(policy.has("transitionToIa") && { TransitionToIA: policy.text("transitionToIa") }),
        ...(policy.has("transitionToPrimaryStorageClass") && {
          TransitionToPrimaryStorageClass: policy.text("transitionToPrimaryStorageClass"),
        }),
      }) as LifecyclePolicy,
  );
  await doing(`putting EFS file system (${FileSystemId}) lifecycle configuration`, () =>
    service(context).putLifecycleConfiguration({ FileSystemId, LifecyclePolicies }),
  );
}
