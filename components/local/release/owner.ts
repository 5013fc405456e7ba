/** Whose state a data directory is: a new stack never continues with somebody's state unless it was told to. */
import { existsSync, readdirSync } from "node:fs";
import { ReleaseError, type ReleaseRequest } from "./contract.ts";

/**
 * Refuses state of an earlier gateway without the user's word. `run/` exists while a stack does: `destroy` removes it.
 *
 * @throws ReleaseError with the command that adopts the state
 */
export function checkOwner({ release, data }: ReleaseRequest): void {
  const { paths, stack } = release;
  const isNewStack = !existsSync(paths.run);
  if (data.adopt !== undefined && !existsSync(data.adopt)) {
    throw new ReleaseError(
      `openclaw:data.adopt names ${data.adopt}, which does not exist; name an existing data directory, or: pulumi config rm --path openclaw:data.adopt`,
    );
  }
  const hasState = existsSync(paths.data) && readdirSync(paths.data).length > 0;
  if (isNewStack && hasState && data.adopt !== paths.data) {
    throw new ReleaseError(
      `${paths.data} holds the state of an earlier gateway. To continue with it:\n  pulumi config set --stack ${stack} --path openclaw:data.adopt ${paths.data}\nTo start empty, move that directory away first.`,
    );
  }
}

/**
 * Refuses to move a living stack to another data directory: its state would be left behind.
 *
 * @throws ReleaseError saying how to move
 */
export function checkSameData(previous: string | undefined, next: string): void {
  if (previous === undefined || previous === next) return;
  throw new ReleaseError(
    `this stack's state is in ${previous}, openclaw:data.adopt now says ${next}. Destroy the stack first (its state is kept), then deploy with the new value; or set it back:\n  pulumi config set --path openclaw:data.adopt ${previous}`,
  );
}
