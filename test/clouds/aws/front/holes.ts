/** Everything that the front answers itself. */
import type { Hole } from "./account.ts";

/** See the files of the services. */
export const holes: Hole = () => ({});
