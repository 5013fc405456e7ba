/** The program: reads the configuration, imports the chosen target only, exports its outputs. */
import { loadConfig } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";

/** Deploys the stack's gateway. */
export async function program(): Promise<StackOutputs> {
  const config = await loadConfig();
  switch (config.target) {
    case "local": {
      const { localStack } = await import("../stacks/local.ts");
      return localStack(config);
    }
  }
}
