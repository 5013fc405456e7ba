/** What a stack's own outputs say of its data. They stay from its first `up` that succeeds to the end of its `destroy`. */
import * as pulumi from "@pulumi/pulumi";
import type { DataOutputs } from "./outputs.ts";

/**
 * Asks the engine, which has the state at hand, as a `StackReference` does; that would be a resource of the stack itself.
 * https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/resource/deploy/builtins.go
 *
 * @returns undefined when there are no outputs yet
 */
export async function ownData(): Promise<DataOutputs | undefined> {
  const name = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
  const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name });
  return (answer as { outputs: { data?: DataOutputs } }).outputs.data; // outputs.ts is the contract
}
