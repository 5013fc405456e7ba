/** AWS with tasks that run, and an account to run them in: what tests of the tasks themselves start with. */
import { FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DeleteRolePolicyCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { machineEngine } from "../../machines/engine.ts";
import { account, type Account } from "./account.ts";
import { fargateAws, type FargateAws } from "./fargate-aws.ts";
import { smallImage } from "./fargate/small-image.ts";
import { sampleAccount, sampleNames, type sampleRoles, type SampleAccount } from "./sample-account.ts";
import type { Timings } from "./timings.ts";

/** See the file's comment. */
export interface SampleWorld extends FargateAws {
  readonly me: Account;
  readonly sample: SampleAccount;
  /** Runs work while a role may not do something. */
  readonly without: (role: keyof typeof sampleRoles, action: string, work: () => Promise<unknown>) => Promise<void>;
  /** What all tasks printed, oldest first. */
  readonly logs: () => Promise<readonly string[]>;
}

/** The region of the account. */
export const sampleRegion = "eu-west-1";

/** Starts it. The image `small` is there. @param cidr the VPC's first two numbers, `10.77` */
export async function sampleWorld(cidr: string, timings: Partial<Timings>): Promise<SampleWorld> {
  await machineEngine();
  const images = new Map([["small", await smallImage()]]);
  const world = await fargateAws({ region: sampleRegion, timings, images });
  const me = account(world.aws, sampleRegion);
  try {
    const sample = await sampleAccount(me, cidr, sampleRegion);
    return {
      ...world,
      ...{ me, sample },
      without: async (RoleName, Action, work) => {
        const policy = { RoleName, PolicyName: "denied" };
        const Statement = [{ Effect: "Deny", Action, Resource: "*" }];
        const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
        await me.iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument }));
        await work();
        await me.iam.send(new DeleteRolePolicyCommand(policy));
      },
      logs: async () => {
        const ask = new FilterLogEventsCommand({ logGroupName: sampleNames.logGroup });
        return ((await me.logs.send(ask)).events ?? []).map(({ message = "" }) => message);
      },
    };
  } catch (error) {
    await world[Symbol.asyncDispose]();
    throw error;
  }
}
