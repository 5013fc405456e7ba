import { type AccessPointDescription, EFS } from "@aws-sdk/client-efs";
import { doing, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { block, number, output, region, tags, text } from "../schema.ts";
import { tagList, tagState, updateTags } from "../tags.ts";
import { minutes, waitFor, waitUntilGone } from "../wait.ts";

const service = ({ account }: Context) => account.client("efs", EFS);
const gone = ["AccessPointNotFound"];

/** Source: internal/service/efs/access_point.go. Further groups of the user are left out. */
export const accessPoint: ResourceType = {
  schema: {
    arn: output(),
    fileSystemArn: output(),
    fileSystemId: text({ required: true, forceNew: true }),
    ownerId: output(),
    posixUser: block({ gid: number({ required: true }), uid: number({ required: true }) }, { forceNew: true }),
    rootDirectory: block(
      {
        creationInfo: block(
          {
            ownerGid: number({ required: true }),
            ownerUid: number({ required: true }),
            permissions: text({ required: true }),
          },
          { computed: true },
        ),
        path: text({ computed: true }),
      },
      { computed: true, forceNew: true },
    ),
    ...region,
    ...tags,
  },
  create: async (inputs, context) => {
    const fileSystem = inputs.required("fileSystemId");
    const [user, root] = [inputs.block("posixUser"), inputs.block("rootDirectory")];
    const made = root?.block("creationInfo");
    const { AccessPointId: id = "" } = await doing(`creating EFS Access Point for File System (${fileSystem})`, () =>
      service(context).createAccessPoint({
        ClientToken: crypto.randomUUID(),
        FileSystemId: fileSystem,
        ...(user && { PosixUser: { Uid: user.number("uid"), Gid: user.number("gid") } }),
        ...(root && {
          RootDirectory: {
            Path: root.text("path"),
            ...(made && {
              CreationInfo: {
                OwnerUid: made.number("ownerUid"),
                OwnerGid: made.number("ownerGid"),
                Permissions: made.text("permissions"),
              },
            }),
          },
        }),
        Tags: tagList(inputs.table("tagsAll")),
      }),
    );
    context.made(id);
    await doing(`waiting for EFS access point (${id}) to be available`, () =>
      waitFor({
        look: async () => {
          const seen = await find(id, context);
          return seen && { state: seen.LifeCycleState ?? "", value: seen };
        },
        ...{ target: ["available"], pending: ["creating"], timeoutMs: minutes(10), signal: context.signal },
      }),
    );
    return id;
  },
  read: async (id, _, context) => {
    const seen = await doing(`reading EFS access point (${id})`, () => find(id, context));
    if (seen === undefined) return undefined;
    const { PosixUser: user, RootDirectory: root } = seen;
    const made = root?.CreationInfo;
    return {
      arn: seen.AccessPointArn,
      fileSystemArn: await context.account.arn("elasticfilesystem", `file-system/${seen.FileSystemId ?? ""}`),
      fileSystemId: seen.FileSystemId,
      ownerId: seen.OwnerId,
      posixUser: user && { uid: user.Uid, gid: user.Gid },
      rootDirectory: {
        path: root?.Path ?? "/",
        creationInfo: made && { ownerUid: made.OwnerUid, ownerGid: made.OwnerGid, permissions: made.Permissions },
      },
      ...tagState(seen.Tags),
    };
  },
  update: async (ResourceId, inputs, context) => {
    const efs = service(context);
    await updateTags(inputs, context, {
      remove: (TagKeys) => efs.untagResource({ ResourceId, TagKeys }),
      set: (changed) => efs.tagResource({ ResourceId, Tags: tagList(changed) }),
    });
  },
  delete: async (id, _, context) => {
    await doing(`deleting EFS Access Point (${id})`, () =>
      unless(gone, () => service(context).deleteAccessPoint({ AccessPointId: id })),
    );
    await waitUntilGone(async () => (await find(id, context))?.LifeCycleState, {
      ...{ timeoutMs: minutes(10), signal: context.signal },
    });
  },
};

async function find(id: string, context: Context): Promise<AccessPointDescription | undefined> {
  const found = await unless(gone, () => service(context).describeAccessPoints({ AccessPointId: id }));
  const seen = found?.AccessPoints?.[0];
  return seen?.LifeCycleState === "deleted" ? undefined : seen;
}
