/** The simulated AWS with tasks that run, and an account to run them in: what tests of the tasks start with. */
import { FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { machineEngine } from "../../machines/engine.ts";
import { startAws } from "../front/aws.ts";
import type { Aws } from "../front/handler.ts";
import { account, type Account, type Allowed } from "./account.ts";
import { awsTasks, type AwsTasks } from "./aws-tasks.ts";
import { fargatePark, type FargatePark } from "./fargate/fargate-park.ts";
import { smallImage } from "./fargate/small-image.ts";
import { sweepTasks } from "./fargate/sweep-tasks.ts";
import { sampleAccount, sampleNames, type SampleAccount } from "./sample-account.ts";
import type { Timings } from "./timings.ts";

/** See the file's comment. */
export interface SampleWorld extends AsyncDisposable {
  readonly aws: Aws;
  readonly me: Account;
  readonly sample: SampleAccount;
  readonly tasks: AwsTasks;
  readonly park: FargatePark;
  /** `<action>` that no role may do. */
  readonly denied: Set<string>;
  /** What all tasks printed, oldest first. */
  readonly logs: () => Promise<readonly string[]>;
}

/** The region of the account. */
export const sampleRegion = "eu-west-1";

/** Starts it. The image `small` is there. @param cidr the VPC's first two numbers, `10.77` */
export async function sampleWorld(cidr: string, timings: Partial<Timings>): Promise<SampleWorld> {
  await machineEngine();
  await sweepTasks();
  const images = new Map([["small", await smallImage()]]);
  const denied = new Set<string>();
  const allowed: Allowed = (_, action) => Promise.resolve(!denied.has(action));
  let park: FargatePark | undefined;
  const tasks = awsTasks({
    ...{ allowed, timings },
    park: (of, all) => (park = fargatePark({ account: of, timings: all, region: sampleRegion, images })),
  });
  if (park === undefined) throw new Error("the tasks have made no park");
  const aws = await startAws({ handlers: tasks.handlers });
  tasks.connect(aws.endpoint);
  const me = account(aws.endpoint, sampleRegion, allowed);
  const stop = async (): Promise<void> => {
    await tasks.stop();
    await aws.stop();
  };
  try {
    const sample = await sampleAccount(me, cidr, sampleRegion);
    return {
      ...{ aws, me, sample, tasks, park, denied },
      logs: async () => {
        const ask = new FilterLogEventsCommand({ logGroupName: sampleNames.logGroup });
        return ((await me.logs.send(ask)).events ?? []).map(({ message = "" }) => message);
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
