/** G3 of the local target: what `components/gateway/verify.mts` finds wrong is told to the user as it stands. */
import { verifyGateway, VerificationError, type Expectation } from "../../gateway/verify.mts";
import { ReleaseError } from "./contract.ts";

export type { Expectation } from "../../gateway/verify.mts";

/**
 * Waits until the gateway is started and proves that it is the stack's own.
 *
 * @throws ReleaseError saying what is wrong
 */
export async function verify(expected: Expectation): Promise<void> {
  try {
    await verifyGateway(expected);
  } catch (error) {
    throw error instanceof VerificationError ? new ReleaseError(error.message) : error;
  }
}
