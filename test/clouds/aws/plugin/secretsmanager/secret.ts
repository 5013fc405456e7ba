import { type DescribeSecretResponse, SecretsManager } from "@aws-sdk/client-secrets-manager";
import { doing, isCode, unless } from "../failure.ts";
import { policyText, samePolicy } from "../policy-json.ts";
import type { Context, ResourceType } from "../resource.ts";
import { flag, number, output, region, tags, text } from "../schema.ts";
import { tagList, tagState, updateTags } from "../tags.ts";
import { minutes, retryWhile, waitUntilGone } from "../wait.ts";

const service = ({ account }: Context) => account.client("secretsmanager", SecretsManager);
const gone = ["ResourceNotFoundException"];

/**
 * Source: internal/service/secretsmanager/secret.go. Copies in other regions are left out. A name stays taken for the whole
 * recovery window; `recoveryWindowInDays: 0` deletes at once.
 */
export const secret: ResourceType = {
  schema: {
    arn: output(),
    description: text(),
    forceOverwriteReplicaSecret: flag({ default: false }),
    kmsKeyId: text(),
    name: text({
      computed: true,
      forceNew: true,
      conflictsWith: ["namePrefix"],
      matches: [/^[\w/+=.@-]{1,512}$/, "must be a secret's name"],
    }),
    namePrefix: text({ computed: true, forceNew: true }),
    policy: text({ computed: true, matches: policyText, same: samePolicy }),
    recoveryWindowInDays: number({ default: 30 }),
    ...region,
    ...tags,
  },
  autoName: { property: "name", longest: 255 },
  check: (inputs) => {
    const days = inputs.number("recoveryWindowInDays") ?? 30;
    return days === 0 || (days >= 7 && days <= 30)
      ? []
      : [`expected recovery_window_in_days to be one of [0] or in the range (7 - 30), got ${days}`];
  },
  create: async (inputs, context) => {
    const name = inputs.required("name");
    const secrets = service(context);
    const { ARN: id = "" } = await doing(`creating Secrets Manager Secret (${name})`, () =>
      retryWhile(
        // A secret that is being deleted for good keeps its name for a while.
        (error) => isCode(error, "InvalidRequestException") && error.reason.includes("scheduled for deletion"),
        () =>
          secrets.createSecret({
            ClientRequestToken: crypto.randomUUID(),
            Name: name,
            Description: inputs.text("description"),
            KmsKeyId: inputs.text("kmsKeyId"),
            ForceOverwriteReplicaSecret: inputs.flag("forceOverwriteReplicaSecret") ?? false,
            Tags: tagList(inputs.table("tagsAll")),
          }),
        { timeoutMs: scheduledDeletionMs, signal: context.signal },
      ),
    );
    context.made(id);
    const ResourcePolicy = inputs.text("policy");
    if (ResourcePolicy !== undefined) await secrets.putResourcePolicy({ SecretId: id, ResourcePolicy });
    return id;
  },
  read: async (id, state, context) => {
    const seen = await doing(`reading Secrets Manager Secret (${id})`, () => find(id, context));
    if (seen === undefined) return undefined;
    const { ResourcePolicy = "" } =
      (await unless(gone, () => service(context).getResourcePolicy({ SecretId: id }))) ?? {};
    const recorded = state.text("policy") ?? "";
    return {
      arn: seen.ARN,
      description: seen.Description ?? "",
      kmsKeyId: seen.KmsKeyId ?? "",
      name: seen.Name,
      namePrefix: "",
      policy: samePolicy(recorded, ResourcePolicy) ? recorded : ResourcePolicy,
      ...tagState(seen.Tags),
    };
  },
  update: async (id, inputs, context) => {
    const secrets = service(context);
    if (context.changed("description", "kmsKeyId")) {
      await doing(`updating Secrets Manager Secret (${id})`, () =>
        secrets.updateSecret({
          ClientRequestToken: crypto.randomUUID(),
          ...{ SecretId: id, Description: inputs.text("description") ?? "", KmsKeyId: inputs.text("kmsKeyId") },
        }),
      );
    }
    const ResourcePolicy = inputs.text("policy");
    if (context.changed("policy") && ResourcePolicy !== undefined) {
      await secrets.putResourcePolicy({ SecretId: id, ResourcePolicy });
    }
    await updateTags(inputs, context, {
      remove: (TagKeys) => secrets.untagResource({ SecretId: id, TagKeys }),
      set: (changed) => secrets.tagResource({ SecretId: id, Tags: tagList(changed) }),
    });
  },
  delete: async (id, state, context) => {
    const days = state.number("recoveryWindowInDays") ?? 30;
    const how = days === 0 ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: days };
    await doing(`deleting Secrets Manager Secret (${id})`, () =>
      unless(gone, () => service(context).deleteSecret({ SecretId: id, ...how })),
    );
    await waitUntilGone(async () => (await find(id, context))?.ARN, {
      ...{ timeoutMs: minutes(1), signal: context.signal },
    });
  },
};

/** What upstream waits for a name that is being set free: two minutes (PropagationTimeout). */
const scheduledDeletionMs = 5000;

/** One that is scheduled for deletion counts as gone. */
async function find(id: string, context: Context): Promise<DescribeSecretResponse | undefined> {
  const found = await unless(gone, () => service(context).describeSecret({ SecretId: id }));
  return found?.DeletedDate === undefined ? found : undefined;
}
