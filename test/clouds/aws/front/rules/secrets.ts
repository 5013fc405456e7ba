/** Secrets Manager. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
import type * as secretsManager from "@aws-sdk/client-secrets-manager";
import { rule, type Account, type Rules } from "../account.ts";
import { AwsError } from "../handler.ts";

/** The secret, also in its recovery window; undefined where there is none. */
async function found(account: Account, id: string): Promise<secretsManager.DescribeSecretResponse | undefined> {
  try {
    return await account.ask<secretsManager.DescribeSecretResponse>("secretsmanager", "DescribeSecret", {
      SecretId: id,
    });
  } catch (error) {
    if (error instanceof AwsError && error.code === "ResourceNotFoundException") return undefined;
    throw error;
  }
}

const name = rule<secretsManager.CreateSecretRequest>(async ({ Name: id = "" }, account) => {
  if (!/^[\w/+=.@!-]+$/u.test(id)) {
    const message =
      "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";
    throw new AwsError("ValidationException", message);
  }
  if ((await found(account, id))?.DeletedDate !== undefined) {
    const message = "You can't create this secret because a secret with this name is already scheduled for deletion.";
    throw new AwsError("InvalidRequestException", message);
  }
});

/** moto writes to secrets that are marked deleted. */
const notDeleted = rule<{ SecretId?: string }>(async ({ SecretId: id = "" }, account) => {
  if ((await found(account, id))?.DeletedDate === undefined) return;
  const message = "You can't perform this operation on the secret because it was marked for deletion.";
  throw new AwsError("InvalidRequestException", message);
});

export const secretRules: Rules = {
  "secretsmanager.CreateSecret": [name],
  "secretsmanager.PutSecretValue": [notDeleted],
  "secretsmanager.UpdateSecret": [notDeleted],
};
