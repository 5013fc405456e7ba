/** AWS with tasks that run: the account, ECS and Fargate, load balancers, and their names. What tests of deployments start with. */
import { machineEngine } from "../../machines/engine.ts";
import { authority } from "../../machines/certificate.ts";
import { startAws } from "../front/aws.ts";
import type { Aws } from "../front/handler.ts";
import { awsTasks, type AwsTasks } from "./aws-tasks.ts";
import { serveNames } from "./balancers/names.ts";
import { fargatePark, type FargatePark } from "./fargate/fargate-park.ts";
import { sweepTasks } from "./fargate/sweep-tasks.ts";
import type { Timings } from "./timings.ts";

/** Options of {@link fargateAws}. */
export interface FargateAwsOptions {
  readonly region: string;
  /** @default - those of timings.ts */
  readonly timings?: Partial<Timings>;
  /** Images beside OpenClaw's, by the reference that task definitions name. @default none */
  readonly images?: ReadonlyMap<string, string>;
}

/** See the file's comment. */
export interface FargateAws extends AsyncDisposable {
  readonly aws: Aws;
  readonly tasks: AwsTasks;
  readonly park: FargatePark;
  /** For processes that deploy: the endpoint, the load balancers' names, and the authority of their certificates. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts an empty account. */
export async function fargateAws({ region, timings = {}, images }: FargateAwsOptions): Promise<FargateAws> {
  await machineEngine();
  await sweepTasks();
  let park: FargatePark | undefined;
  const tasks = awsTasks({
    timings,
    park: (account, all) =>
      (park = fargatePark({ account, region, timings: all, ...(images === undefined ? {} : { images }) })),
  });
  if (park === undefined) throw new Error("the tasks have made no park");
  const aws = await startAws({ handlers: tasks.handlers });
  tasks.connect(aws);
  const { resolve } = park;
  const names = await serveNames(resolve);
  return {
    ...{ aws, tasks, park },
    environment: {
      ...names.environment,
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: region,
      NODE_EXTRA_CA_CERTS: (await authority()).certificate,
    },
    [Symbol.asyncDispose]: async () => {
      names.stop();
      await tasks.stop();
      await aws.stop();
    },
  };
}
