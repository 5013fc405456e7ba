/** The gateway on a server at Hetzner Cloud. */
import * as pulumi from "@pulumi/pulumi";
import type { Loaded } from "../infra/config.ts";
import type { StackOutputs } from "../infra/outputs.ts";
import type { HetznerConfig } from "../infra/targets/hetzner.ts";

/** Deploys the gateway and says how to use it. */
export function hetznerStack(config: Loaded<HetznerConfig>): StackOutputs {
  throw new pulumi.RunError(`the target ${config.target} is not there yet`);
}
