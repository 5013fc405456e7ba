import { type GetSecretValueResponse, SecretsManager } from "@aws-sdk/client-secrets-manager";
import { doing, isCode, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { output, region, text, textSet } from "../schema.ts";

const service = ({ account }: Context) => account.client("secretsmanager", SecretsManager);
const separator = "|";

/**
 * Source: internal/service/secretsmanager/secret_version.go. Another value is another version: the new one is made, then the
 * old one loses its labels, except AWSCURRENT. Write-only values are left out.
 */
export const secretVersion: ResourceType = {
  schema: {
    arn: output(),
    hasSecretStringWo: output("flag"),
    secretArn: output(),
    secretBinary: text({ forceNew: true, secret: true, conflictsWith: ["secretString"] }),
    secretId: text({ required: true, forceNew: true }),
    secretString: text({ forceNew: true, secret: true, conflictsWith: ["secretBinary"] }),
    versionId: output(),
    versionStages: textSet({ computed: true }),
    ...region,
  },
  create: async (inputs, context) => {
    const SecretId = inputs.required("secretId");
    const binary = inputs.text("secretBinary");
    const { VersionId = "" } = await doing(`putting Secrets Manager Secret (${SecretId}) value`, () =>
      service(context).putSecretValue({
        ClientRequestToken: crypto.randomUUID(),
        SecretId,
        SecretString: inputs.text("secretString"),
        ...(binary !== undefined && { SecretBinary: Buffer.from(binary, "base64") }),
        ...(inputs.has("versionStages") && { VersionStages: inputs.texts("versionStages") }),
      }),
    );
    return `${SecretId}${separator}${VersionId}`;
  },
  read: async (id, _, context) => {
    const [secretId, VersionId] = partsOf(id);
    const seen = await doing(`reading Secrets Manager Secret Version (${id})`, () =>
      find(secretId, VersionId, context),
    );
    return (
      seen && {
        arn: seen.ARN,
        secretArn: seen.ARN,
        hasSecretStringWo: false,
        secretBinary: seen.SecretBinary === undefined ? "" : Buffer.from(seen.SecretBinary).toString("base64"),
        secretId,
        secretString: seen.SecretString ?? "",
        versionId: seen.VersionId,
        versionStages: seen.VersionStages ?? [],
      }
    );
  },
  update: async (id, inputs, context) => {
    const [SecretId, version] = partsOf(id);
    const [before, after] = [context.old.texts("versionStages"), inputs.texts("versionStages")];
    for (const VersionStage of after.filter((stage) => !before.includes(stage))) {
      await service(context).updateSecretVersionStage({ SecretId, VersionStage, MoveToVersionId: version });
    }
    for (const VersionStage of before.filter((stage) => !after.includes(stage) && stage !== "AWSCURRENT")) {
      await service(context).updateSecretVersionStage({ SecretId, VersionStage, RemoveFromVersionId: version });
    }
  },
  delete: async (id, state, context) => {
    const [SecretId, RemoveFromVersionId] = partsOf(id);
    for (const VersionStage of state.texts("versionStages").filter((stage) => stage !== "AWSCURRENT")) {
      await doing(`deleting Secrets Manager Secret Version (${id}) stage (${VersionStage})`, () =>
        unless(["ResourceNotFoundException", "InvalidRequestException"], () =>
          service(context).updateSecretVersionStage({ SecretId, VersionStage, RemoveFromVersionId }),
        ),
      );
    }
  },
};

function partsOf(id: string): readonly [string, string] {
  const [secretId = "", versionId = ""] = id.split(separator);
  if (versionId === "") throw new Error(`unexpected format of ID (${id}), expected SecretID|VersionID`);
  return [secretId, versionId];
}

async function find(
  SecretId: string,
  VersionId: string,
  context: Context,
): Promise<GetSecretValueResponse | undefined> {
  try {
    return await service(context).getSecretValue({ SecretId, VersionId });
  } catch (error) {
    const deleted = isCode(error, "InvalidRequestException") && /deleted|marked for deletion/.test(error.reason);
    if (deleted || isCode(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}
