/** The program: reads the configuration, imports the chosen target only, exports its outputs. */
import { loadConfig } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";

/** The stack of each target, imported when it is chosen: nobody waits for another cloud's SDK. */
const stacks = {
  local: async () => (await import("../stacks/local.ts")).localStack,
} as const;

/** Deploys the stack's gateway. */
export async function program(): Promise<StackOutputs> {
  const config = await loadConfig();
  const deploy = await stacks[config.target]();
  return deploy(config);
}
