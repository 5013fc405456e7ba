/**
 * Stacks on ECS without what runs in tasks: the real Pulumi, the simulated AWS, and tasks that are only written down. Each that
 * gets its secrets and its image is healthy, and tells its log what the entry point of a gateway that is verified tells.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { awsClients, region, type AwsClients } from "../clouds/aws/clients.ts";
import { startAws } from "../clouds/aws/front/aws.ts";
import { AwsError, type Aws, type Handler, type Handlers } from "../clouds/aws/front/handler.ts";
import { startAwsPlugin } from "../clouds/aws/plugin/start.ts";
import { awsTasks, type AwsTasks } from "../clouds/aws/tasks/aws-tasks.ts";
import { faultOfStart } from "../clouds/aws/tasks/fault-of-start.ts";
import { recordedPark } from "../clouds/aws/tasks/recorded-park.ts";
import { deployer, type Deployer } from "./deployer.ts";
import { ecsStack, type EcsStack } from "./ecs-stack.ts";

/** In place of the question to the load balancer, which does not listen here. */
const stub = "export const outsideFault = () => Promise.resolve(undefined);\n";

/** See {@link EcsWithoutTasks.holdAnswer}. */
export type Holdable = (typeof holdable)[number];

/** An answer that is kept back. */
export interface HeldAnswer {
  /** Whether AWS has done what was asked. */
  readonly isHeld: () => boolean;
  readonly release: () => void;
}

/** See the file's comment. */
export interface EcsWithoutTasks extends AsyncDisposable {
  readonly clone: Deployer;
  /** What the clone's commands find beside the least: the account, and the plugin. */
  readonly environment: Readonly<Record<string, string>>;
  readonly aws: Aws;
  /** For what a test does or reads by itself. */
  readonly clients: AwsClients;
  readonly tasks: AwsTasks;
  /** References that no registry has; the others are there, for who may pull them. */
  readonly missingImages: Set<string>;
  /** A hosted zone for `example.com`. */
  readonly zoneId: string;
  /** Keeps back the answer to the next operation of a name such as `efs.CreateFileSystem`, which AWS does nevertheless. */
  readonly holdAnswer: (operation: Holdable) => HeldAnswer;
  /** Operations, such as `ec2.CreateSecurityGroup`, that the account's keys do not allow now. */
  readonly forbidden: Set<string>;
  /** Makes a stack with `npm run new`; nothing is deployed yet. */
  readonly newStack: (name: string) => Promise<EcsStack>;
}

/** The release that a container's command is told. */
const releaseIn = (command: string | undefined): string =>
  (JSON.parse(command ?? "{}") as { parameters?: { release?: string } }).parameters?.release ?? "none"; // bundle.ts writes it

/** The log of a task: the line by which the verification knows its release. */
const logOf =
  (tasks: () => AwsTasks): Handler =>
  ({ input }) => {
    const task = tasks()
      .tasks()
      .find(({ order }) => String(input["logStreamName"]).endsWith(`/${order.id}`));
    const gateway = task?.order.definition.containerDefinitions?.find(({ name }) => name === "gateway");
    const message = `[entrypoint] release ${releaseIn(gateway?.command?.[0])} is verified`;
    return Promise.resolve({ events: task === undefined ? [] : [{ message, timestamp: 1, ingestionTime: 1 }] });
  };

/** Operations whose answer a test may keep back. */
const holdable = [
  ...["backup.CreateBackupVault", "efs.CreateFileSystem", "iam.CreateRole", "secretsmanager.CreateSecret"],
  ...["ec2.CreateSecurityGroup", "ec2.CreateNatGateway", "elbv2.CreateLoadBalancer", "ecs.CreateService"],
  ...["iam.PutRolePolicy", "events.PutTargets", "ec2.DeleteSecurityGroup"],
] as const;

/** Handlers that hand their answers to those who keep them back, and do nothing that is forbidden. */
function holding(
  held: ReadonlyMap<string, (answer: unknown) => Promise<unknown>>,
  forbidden: ReadonlySet<string>,
  handlers: Handlers,
): Handlers {
  const keeping = holdable.map((name): [string, Handler] => [
    name,
    async (operation, forward) => {
      if (forbidden.has(name))
        throw new AwsError("UnauthorizedOperation", "You are not authorized to perform this operation.", 403);
      const answer = await (handlers[name]?.(operation, forward) ?? forward());
      return (await held.get(name)?.(answer)) ?? answer;
    },
  ]);
  return { ...handlers, ...Object.fromEntries(keeping) };
}

/** Starts an empty account. */
export async function ecsWithoutTasks(name: string): Promise<EcsWithoutTasks> {
  const [missingImages, forbidden] = [new Set<string>(), new Set<string>()];
  const tasks: AwsTasks = awsTasks({
    park: (accountIn) =>
      recordedPark((order) => ({ failsToStart: faultOfStart(accountIn(order.region), order, missingImages) })),
    timings: { schedulerMs: 50, retryMs: 50 },
  });
  const held = new Map<string, (answer: unknown) => Promise<unknown>>();
  const handlers = { ...tasks.handlers, "logs.GetLogEvents": logOf(() => tasks) };
  const aws = await startAws({ handlers: holding(held, forbidden, handlers) });
  tasks.connect(aws);
  const clients = awsClients(aws.endpoint);
  const account = {
    ...{ AWS_ENDPOINT_URL: aws.endpoint, AWS_REGION: region },
    ...{ AWS_ACCESS_KEY_ID: "AKIATESTS", AWS_SECRET_ACCESS_KEY: "any" },
    OPENCLAW_VERIFY_POLL_MILLISECONDS: "100",
  };
  const plugin = await startAwsPlugin(account);
  const environment = { ...account, ...plugin.environment };
  const clone = deployer(name, environment);
  const outside = join(clone.checkout, "components/ecs/verify-service/outside.ts");
  if (!readFileSync(outside, "utf8").includes("export async function outsideFault"))
    throw new Error("the question to the load balancer stands elsewhere");
  writeFileSync(outside, stub);
  const { HostedZone } = await clients.route53.createHostedZone({ Name: "example.com", CallerReference: "1" });
  return {
    ...{ clone, environment, aws, clients, tasks, missingImages, forbidden },
    zoneId: (HostedZone?.Id ?? "").replace("/hostedzone/", ""),
    holdAnswer: (operation) => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      let isHeld = false;
      held.set(operation, async (answer) => {
        held.delete(operation);
        isHeld = true;
        await promise;
        return answer;
      });
      return {
        isHeld: () => isHeld,
        release: () => {
          resolve(undefined);
        },
      };
    },
    newStack: (stack) => ecsStack(clone, aws, stack),
    [Symbol.asyncDispose]: async () => {
      clone.remove();
      await plugin[Symbol.asyncDispose]();
      await tasks.stop();
      await aws.stop();
    },
  };
}
