import {
  CPUArchitecture,
  ECS,
  EFSAuthorizationConfigIAM,
  EFSTransitEncryption,
  IpcMode,
  NetworkMode,
  OSFamily,
  PidMode,
} from "@aws-sdk/client-ecs";
import { doing, isCode, messageOf } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { block, blockSet, flag, number, output, region, tags, text, textSet } from "../schema.ts";
import type { StateMap } from "../values.ts";
import { containerDefinitions, sameContainers } from "./container-definitions.ts";
import { settingsOf } from "./task-settings.ts";
import { ecsTags, ecsTagState, updateEcsTags } from "./tags.ts";

const service = ({ account }: Context) => account.client("ecs", ECS);
const changeless = { forceNew: true } as const;

/**
 * Source: internal/service/ecs/task_definition.go. Every change but of tags registers another revision; then the old one is
 * deregistered, unless `skipDestroy`. The id is the family, which all revisions share. Volumes other than EFS's, proxies and placement are left out.
 */
export const taskDefinition: ResourceType = {
  schema: {
    arn: output(),
    arnWithoutRevision: output(),
    containerDefinitions: text({ required: true, forceNew: true, same: sameContainers }),
    cpu: text(changeless),
    enableFaultInjection: flag({ computed: true, forceNew: true }),
    ephemeralStorage: block({ sizeInGib: number({ required: true, range: [21, 200] }) }, changeless),
    executionRoleArn: text({ forceNew: true, matches: [/^arn:/, "must be an ARN"] }),
    family: text({ required: true, forceNew: true, matches: [/^[\w-]{1,255}$/, "must be a family's name"] }),
    ipcMode: text({ forceNew: true, oneOf: Object.values(IpcMode) }),
    memory: text(changeless),
    networkMode: text({ computed: true, forceNew: true, oneOf: Object.values(NetworkMode) }),
    pidMode: text({ forceNew: true, oneOf: Object.values(PidMode) }),
    requiresCompatibilities: textSet(changeless),
    revision: output("number"),
    runtimePlatform: block(
      {
        cpuArchitecture: text({ oneOf: Object.values(CPUArchitecture) }),
        operatingSystemFamily: text({ oneOf: Object.values(OSFamily) }),
      },
      changeless,
    ),
    skipDestroy: flag({ default: false }),
    taskRoleArn: text({ forceNew: true, matches: [/^arn:/, "must be an ARN"] }),
    trackLatest: flag({ default: false }),
    volumes: blockSet(
      {
        configureAtLaunch: flag({ computed: true }),
        efsVolumeConfiguration: block({
          authorizationConfig: block({
            accessPointId: text(),
            iam: text({ oneOf: Object.values(EFSAuthorizationConfigIAM) }),
          }),
          fileSystemId: text({ required: true }),
          rootDirectory: text({ default: "/" }),
          transitEncryption: text({ oneOf: Object.values(EFSTransitEncryption) }),
          transitEncryptionPort: number({ range: [0, 65_535] }),
        }),
        hostPath: text(),
        name: text({ required: true }),
      },
      changeless,
    ),
    ...region,
    ...tags,
  },
  check: (inputs) => {
    const definitions = inputs.text("containerDefinitions");
    if (definitions === undefined) return [];
    try {
      containerDefinitions(definitions);
      return [];
    } catch (error) {
      return [messageOf(error)];
    }
  },
  create: async (inputs, context) => {
    const family = inputs.required("family");
    const { taskDefinition: made } = await doing(`creating ECS Task Definition (${family})`, () =>
      service(context).registerTaskDefinition({
        family,
        ...settingsOf(inputs),
        tags: ecsTags(inputs.table("tagsAll")),
      }),
    );
    return { id: family, known: { arn: made?.taskDefinitionArn ?? "" } };
  },
  read: async (id, state, context) => {
    const arn = state.text("arn") ?? id;
    const wanted = state.flag("trackLatest") === true ? id : arn;
    const found = await doing(`reading ECS Task Definition (${arn})`, () => find(wanted, context));
    const seen = found?.taskDefinition;
    if (seen === undefined) return undefined;
    const definitions = JSON.stringify(seen.containerDefinitions ?? []);
    const recorded = state.text("containerDefinitions") ?? "";
    const { taskDefinitionArn = "", ephemeralStorage: storage, runtimePlatform: platform } = seen;
    return {
      arn: taskDefinitionArn,
      arnWithoutRevision: taskDefinitionArn.replace(/:\d+$/, ""),
      containerDefinitions: sameContainers(recorded, definitions, state.map) ? recorded : definitions,
      cpu: seen.cpu,
      enableFaultInjection: seen.enableFaultInjection ?? false,
      ephemeralStorage: storage && { sizeInGib: storage.sizeInGiB },
      executionRoleArn: seen.executionRoleArn,
      family: seen.family,
      ipcMode: seen.ipcMode,
      memory: seen.memory,
      networkMode: seen.networkMode ?? "bridge",
      pidMode: seen.pidMode,
      requiresCompatibilities: seen.requiresCompatibilities,
      revision: seen.revision,
      runtimePlatform: platform && {
        ...{ cpuArchitecture: platform.cpuArchitecture, operatingSystemFamily: platform.operatingSystemFamily },
      },
      taskRoleArn: seen.taskRoleArn,
      volumes: seen.volumes?.map((volume): StateMap => {
        const { efsVolumeConfiguration: efs } = volume;
        const authorization = efs?.authorizationConfig;
        return {
          configureAtLaunch: volume.configuredAtLaunch ?? false,
          name: volume.name,
          hostPath: volume.host?.sourcePath,
          efsVolumeConfiguration: efs && {
            authorizationConfig: authorization && {
              ...{ accessPointId: authorization.accessPointId, iam: authorization.iam },
            },
            fileSystemId: efs.fileSystemId,
            rootDirectory: efs.rootDirectory ?? "/",
            transitEncryption: efs.transitEncryption,
            transitEncryptionPort: efs.transitEncryptionPort ?? 0,
          },
        };
      }),
      ...ecsTagState(found?.tags),
    };
  },
  update: async (_, inputs, context) => {
    await updateEcsTags(service(context), inputs.required("arn"), inputs, context);
  },
  delete: async (_, state, context) => {
    const arn = state.required("arn");
    if (state.flag("skipDestroy") === true) return;
    await doing(`deleting ECS Task Definition (${arn})`, () =>
      service(context).deregisterTaskDefinition({ taskDefinition: arn }),
    );
  },
};

/** A revision that was deregistered counts as gone. */
async function find(wanted: string, context: Context) {
  try {
    const found = await service(context).describeTaskDefinition({ taskDefinition: wanted, include: ["TAGS"] });
    return found.taskDefinition?.status === "INACTIVE" ? undefined : found;
  } catch (error) {
    if (isCode(error, "ClientException") && error.reason.includes("Unable to describe task definition"))
      return undefined;
    throw error;
  }
}
