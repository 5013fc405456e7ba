/** The program: reads the configuration, imports the chosen target only, exports its outputs. */
import { loadConfig } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";
import { startProviders } from "./providers.ts";

/** Deploys the stack's gateway. The chosen target's stack alone is imported: nobody waits for another cloud's SDK. */
export async function program(): Promise<StackOutputs> {
  const config = await loadConfig();
  switch (config.target) {
    case "local":
      return (await import("../stacks/local.ts")).localStack(config);
    case "hetzner": {
      const providers = startProviders(["command", "hcloud", "tls", "random"], config);
      return (await import("../stacks/hetzner.ts")).hetznerStack(config, providers);
    }
    case "aws-ecs": {
      const providers = startProviders(["aws", "command", "random"], config);
      return (await import("../stacks/aws-ecs.ts")).awsEcsStack(config, providers);
    }
  }
}
