/** The program: reads the configuration, imports the chosen target only, exports its outputs. */
import type { ProviderResource } from "@pulumi/pulumi";
import { loadConfig } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";

/**
 * Deploys the stack's gateway. The chosen target's stack alone is imported: nobody waits for another cloud's SDK.
 *
 * @param providers gives those of the target's resources that are not the engine's own
 */
export async function program(providers: () => ProviderResource[]): Promise<StackOutputs> {
  const config = await loadConfig();
  switch (config.target) {
    case "local":
      return (await import("../stacks/local.ts")).localStack(config);
    case "hetzner": {
      const { preflight } = await import("./targets/hetzner/preflight.ts");
      const { answer } = await preflight(config);
      const [found, { hetznerStack }] = await Promise.all([answer, import("../stacks/hetzner.ts")]);
      return hetznerStack(config, found, providers);
    }
    case "aws-ecs": {
      const { preflight } = await import("./targets/aws-ecs/preflight.ts");
      const { answer } = await preflight(config);
      const [found, { awsEcsStack }] = await Promise.all([answer, import("../stacks/aws-ecs.ts")]);
      return awsEcsStack(config, found, providers);
    }
  }
}
