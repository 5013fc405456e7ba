/** Everything that is refused beyond AWS's models. */
import type { Rules } from "./account.ts";

/** See the files of the services. */
export const rules: Rules = {};
