/** What keeps a recorded task from starting: its secrets and its image, as its execution role gets them. */
import type { Account } from "./account.ts";
import { checkRegistry, mayPull } from "./fargate/ecr.ts";
import { resolveSecrets } from "./fargate/secrets.ts";
import type { TaskOrder } from "./park.ts";

/**
 * Asks the account, as Fargate does for each container.
 *
 * @param missing references of images that no registry has
 * @returns AWS's words; undefined when nothing is in the way
 */
export async function faultOfStart(
  account: Account,
  order: TaskOrder,
  missing: ReadonlySet<string>,
): Promise<string | undefined> {
  try {
    for (const container of order.definition.containerDefinitions ?? []) {
      const { image = "" } = container;
      await checkRegistry(account, order, container);
      await resolveSecrets(account, order, container, true);
      await mayPull(account, order, image);
      if (missing.has(image)) return `CannotPullContainerError: failed to resolve ref ${image}: not found`;
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
