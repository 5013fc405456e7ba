/** The program: judges the configuration, imports the chosen target only, exports its outputs. */
import type { ProviderResource } from "@pulumi/pulumi";
import { loadConfig } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";
import type { Settings } from "./stack-settings.ts";

/**
 * Deploys the stack's gateway. The chosen target's stack alone is imported: nobody waits for another cloud's SDK.
 *
 * @param settings the stack's configuration
 * @param providers of the target's resources
 */
export async function program(settings: Settings, providers: ProviderResource[]): Promise<StackOutputs> {
  const config = await loadConfig(settings);
  switch (config.target) {
    case "local":
      return (await import("../stacks/local.ts")).localStack(config);
    case "hetzner":
      return (await import("../stacks/hetzner.ts")).hetznerStack(config, providers);
    case "aws-ecs":
      return (await import("../stacks/aws-ecs.ts")).awsEcsStack(config, providers);
  }
}
