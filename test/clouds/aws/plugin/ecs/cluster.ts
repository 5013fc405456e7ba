import { type Cluster, ClusterSettingName, ECS, ExecuteCommandLogging } from "@aws-sdk/client-ecs";
import { doing, isCode, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { block, blockSet, flag, output, region, tags, text } from "../schema.ts";
import type { Values } from "../values.ts";
import { minutes, retryWhile, waitFor, waitUntilGone } from "../wait.ts";
import { ecsTags, ecsTagState, updateEcsTags } from "./tags.ts";

const service = ({ account }: Context) => account.client("ecs", ECS);
const gone = ["ClusterNotFoundException"];

/** Source: internal/service/ecs/cluster.go. Managed storage and Service Connect are left out. */
export const cluster: ResourceType = {
  schema: {
    arn: output(),
    configuration: block({
      executeCommandConfiguration: block({
        kmsKeyId: text(),
        logConfiguration: block({
          cloudWatchEncryptionEnabled: flag(),
          cloudWatchLogGroupName: text(),
          s3BucketEncryptionEnabled: flag(),
          s3BucketName: text(),
          s3KeyPrefix: text(),
        }),
        logging: text({ default: "DEFAULT", oneOf: Object.values(ExecuteCommandLogging) }),
      }),
    }),
    name: text({ required: true, forceNew: true, matches: [/^[\w-]{1,255}$/, "must be a cluster's name"] }),
    settings: blockSet(
      {
        name: text({ required: true, oneOf: Object.values(ClusterSettingName) }),
        value: text({ required: true }),
      },
      { computed: true },
    ),
    ...region,
    ...tags,
  },
  autoName: { property: "name", longest: 255 },
  create: async (inputs, context) => {
    const name = inputs.required("name");
    const { cluster: made } = await doing(`creating ECS Cluster (${name})`, () =>
      service(context).createCluster({
        clusterName: name,
        ...settingsOf(inputs),
        tags: ecsTags(inputs.table("tagsAll")),
      }),
    );
    const id = made?.clusterArn ?? "";
    context.made(id);
    await doing(`waiting for ECS Cluster (${id}) create`, () =>
      waitFor({
        look: async () => {
          const seen = await find(id, context);
          return seen && { state: seen.status ?? "", value: seen };
        },
        ...{ target: ["ACTIVE"], pending: ["PROVISIONING"], timeoutMs: minutes(10), signal: context.signal },
      }),
    );
    return id;
  },
  read: async (id, state, context) => {
    const seen = await doing(`reading ECS Cluster (${id})`, () => find(id, context));
    if (seen === undefined) return undefined;
    const command = seen.configuration?.executeCommandConfiguration;
    const log = command?.logConfiguration;
    return {
      arn: seen.clusterArn,
      configuration: command && {
        executeCommandConfiguration: {
          kmsKeyId: command.kmsKeyId,
          logging: command.logging ?? "DEFAULT",
          logConfiguration: log && {
            cloudWatchEncryptionEnabled: log.cloudWatchEncryptionEnabled ?? false,
            cloudWatchLogGroupName: log.cloudWatchLogGroupName,
            s3BucketEncryptionEnabled: log.s3EncryptionEnabled ?? false,
            s3BucketName: log.s3BucketName,
            s3KeyPrefix: log.s3KeyPrefix,
          },
        },
      },
      name: seen.clusterName,
      settings: seen.settings?.map(({ name, value }) => ({ name, value })),
      ...ecsTagState(seen.tags),
      ...(seen.configuration === undefined && { configuration: state.has("configuration") ? {} : undefined }),
    };
  },
  update: async (id, inputs, context) => {
    if (context.changed("configuration", "settings")) {
      await doing(`updating ECS Cluster (${id})`, () =>
        service(context).updateCluster({ cluster: id, ...settingsOf(inputs) }),
      );
    }
    await updateEcsTags(service(context), id, inputs, context);
  },
  delete: async (id, _, context) => {
    const time = { timeoutMs: minutes(10), signal: context.signal };
    const inUse = ["Services", "Tasks", "ContainerInstances"].map((what) => `ClusterContains${what}Exception`);
    await doing(`deleting ECS Cluster (${id})`, () =>
      retryWhile(
        (error) => isCode(error, ...inUse, "UpdateInProgressException"),
        () => unless(gone, () => service(context).deleteCluster({ cluster: id })),
        time,
      ),
    );
    await waitUntilGone(async () => (await find(id, context))?.status, time);
  },
};

async function find(id: string, context: Context): Promise<Cluster | undefined> {
  const include = ["TAGS", "CONFIGURATIONS", "SETTINGS"] as const;
  const found = await unless(gone, () => service(context).describeClusters({ clusters: [id], include: [...include] }));
  const seen = found?.clusters?.[0];
  return seen?.status === "INACTIVE" ? undefined : seen;
}

function settingsOf(inputs: Values) {
  const command = inputs.block("configuration")?.block("executeCommandConfiguration");
  const log = command?.block("logConfiguration");
  const settings = inputs.blocks("settings").map((setting) => ({
    ...{ name: setting.choice("name", ClusterSettingName), value: setting.text("value") },
  }));
  return {
    ...(settings.length > 0 && { settings }),
    ...(command && {
      configuration: {
        executeCommandConfiguration: {
          kmsKeyId: command.text("kmsKeyId"),
          logging: command.choice("logging", ExecuteCommandLogging),
          ...(log && {
            logConfiguration: {
              cloudWatchEncryptionEnabled: log.flag("cloudWatchEncryptionEnabled") ?? false,
              cloudWatchLogGroupName: log.text("cloudWatchLogGroupName"),
              s3BucketName: log.text("s3BucketName"),
              s3EncryptionEnabled: log.flag("s3BucketEncryptionEnabled") ?? false,
              s3KeyPrefix: log.text("s3KeyPrefix"),
            },
          }),
        },
      },
    }),
  };
}
