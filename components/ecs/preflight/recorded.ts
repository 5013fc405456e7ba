/** What a stack's own outputs say of its data. They stay from its first `up` that succeeds to the end of its `destroy`. */
import * as pulumi from "@pulumi/pulumi";

/** The file system that a stack was deployed with. */
export interface RecordedData {
  readonly id: string;
  readonly region: string;
  /** 12 digits. */
  readonly account: string;
  /** Whether the stack was to delete it when it is destroyed. */
  readonly isToGo: boolean;
}

/** Of the stack's outputs. */
interface Data {
  readonly id: string;
  readonly arn?: string;
  readonly onDestroy: string;
}

/**
 * Asks the engine, which has the state at hand, as a `StackReference` does; that would be a resource of the stack itself.
 * https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/resource/deploy/builtins.go
 *
 * @returns undefined when there are no outputs yet
 */
export async function recordedData(): Promise<RecordedData | undefined> {
  const name = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
  const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name });
  const { data } = (answer as { outputs: { data?: Data } }).outputs; // infra/outputs.ts is the contract
  const [, , , region, account] = data?.arn?.split(":") ?? [];
  return data === undefined || region === undefined || account === undefined
    ? undefined
    : { id: data.id, region, account, isToGo: data.onDestroy === "delete" };
}
