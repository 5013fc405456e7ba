/**
 * What the execution role needs to pull an image from ECR: a password for the registry before the task is prepared, and the
 * repository's layers.
 *
 * Facts: Amazon ECS Developer Guide, "Amazon ECS task execution IAM role"; wordings of errors: AWS re:Post, "How do I resolve
 * the 'ResourceInitializationError: unable to pull secrets or registry auth' error" and "CannotPullContainerError task errors".
 */
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { ecrRepository } from "../../../../../components/ecs/policies.ts";
import type { Account } from "../account.ts";
import type { TaskOrder } from "../park.ts";
import { accessDenied, initialization, TaskFault } from "./fault.ts";

const layers = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/** The role can log in, where the image is in ECR. @throws TaskFault */
export async function checkRegistry(
  { allowed }: Account,
  { definition }: TaskOrder,
  { image = "" }: ContainerDefinition,
): Promise<void> {
  if (ecrRepository(image, "aws") === undefined) return;
  const { executionRoleArn: role = "" } = definition;
  const action = "ecr:GetAuthorizationToken";
  if (await allowed(role, action, "*")) return;
  throw initialization(
    `unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): ${accessDenied(role, action, "*")}`,
  );
}

/** The role can read the repository, where the image is in ECR. @throws TaskFault */
export async function mayPull({ allowed }: Account, { definition }: TaskOrder, image: string): Promise<void> {
  const repository = ecrRepository(image, "aws");
  if (repository === undefined) return;
  for (const action of layers)
    if (!(await allowed(definition.executionRoleArn ?? "", action, repository)))
      throw new TaskFault(
        `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: pulling from host ${image.split("/")[0] ?? ""} failed with status code [manifests ${image.split(":").at(-1) ?? ""}]: 403 Forbidden`,
      );
}
