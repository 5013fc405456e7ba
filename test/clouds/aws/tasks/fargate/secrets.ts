/**
 * The secrets of a container, fetched by the execution role when the task starts: a new version changes nothing later.
 *
 * Facts: Amazon ECS Developer Guide, "Pass Secrets Manager secrets through Amazon ECS environment variables": the form
 * `arn:<secret>:<json-key>:<version-stage>:<version-id>`; AWS Secrets Manager User Guide, "Secret encryption and decryption":
 * a secret with a key of the customer's takes `kms:Decrypt` of who reads it, asked by way of Secrets Manager.
 */
import { DescribeSecretCommand, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import type { Account } from "../account.ts";
import type { TaskOrder } from "../park.ts";
import { accessDenied, initialization } from "./fault.ts";

const cannot = (secret: string, why: string) =>
  initialization(
    `unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${secret} from secrets manager: ${why}`,
  );

/** The parts of a `valueFrom`. */
export function parseReference(valueFrom: string) {
  const parts = valueFrom.split(":");
  const given = (index: number): string | undefined => (parts[index] === "" ? undefined : parts[index]);
  return { secret: parts.slice(0, 7).join(":"), key: given(7), stage: given(8), version: given(9) };
}

async function fetchOne(account: Account, role: string, valueFrom: string): Promise<string> {
  const { secret, key, stage, version } = parseReference(valueFrom);
  if (!secret.includes(":secretsmanager:")) throw cannot(valueFrom, "only Secrets Manager is simulated");
  const action = "secretsmanager:GetSecretValue";
  if (!(await account.allowed(role, action, secret))) throw cannot(secret, accessDenied(role, action, secret));
  const { KmsKeyId: encryption } = await account.secrets
    .send(new DescribeSecretCommand({ SecretId: secret }))
    .catch(() => ({ KmsKeyId: undefined })); // the next call tells
  const via = { "kms:ViaService": `secretsmanager.${secret.split(":")[3] ?? ""}.amazonaws.com` };
  const isOwn = encryption !== undefined && !encryption.startsWith("alias/aws/");
  if (isOwn && !(await account.allowed(role, "kms:Decrypt", encryption, via)))
    throw cannot(secret, "AccessDeniedException: Access to KMS is not allowed");
  const get = new GetSecretValueCommand({ SecretId: secret, VersionId: version, VersionStage: stage });
  const { SecretString: text = "" } = await account.secrets.send(get).catch((error: unknown) => {
    throw cannot(secret, String(error));
  });
  if (key === undefined) return text;
  const value = (JSON.parse(text) as Readonly<Record<string, unknown>>)[key];
  if (typeof value !== "string")
    throw cannot(secret, `retrieved secret from Secrets Manager did not contain json key ${key}`);
  return value;
}

/**
 * Values by the names of the variables.
 *
 * @param reachable whether the task's network reaches Secrets Manager
 * @throws TaskFault
 */
export async function resolveSecrets(
  account: Account,
  { definition }: TaskOrder,
  container: ContainerDefinition,
  reachable: boolean,
): Promise<Readonly<Record<string, string>>> {
  const values: Record<string, string> = {};
  for (const { name = "", valueFrom = "" } of container.secrets ?? []) {
    const { executionRoleArn: role } = definition;
    if (role === undefined) throw cannot(valueFrom, "the task definition has no execution role");
    if (!reachable)
      throw initialization(
        `unable to pull secrets or registry auth: The task cannot pull secrets from AWS Secrets Manager. There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration. failed to fetch secret ${valueFrom} from secrets manager: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 0, canceled, context deadline exceeded`,
      );
    values[name] = await fetchOne(account, role, valueFrom);
  }
  return values;
}
