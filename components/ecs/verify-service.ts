/**
 * The proof that a service runs its gateway, run by Pulumi (`node verify-service.ts`, a `VerifyRequest` on standard input).
 *
 * The provider's own wait also ends well when ECS went back to the task before (hashicorp/terraform-provider-aws#20858), so
 * this looks at what runs: our task definition in the primary deployment, completed; a healthy task of it, whose entry point
 * told its log that the gateway takes the stack's token and no other; and the same from outside, where there is a way in.
 */
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type Deployment,
  type Service,
  type Task,
} from "@aws-sdk/client-ecs";
import type { VerifyRequest } from "./verify-service/contract.ts";
import { outsideFault } from "./verify-service/outside.ts";
import { isHealthy, logStream, taskReport } from "./verify-service/report.ts";

/** A failure that is told to the user as it stands. */
class NotVerified extends Error {}

/** Longer than three attempts that wait for a lease each, after which ECS goes back to the task before. */
const patienceSeconds = Number(process.env["OPENCLAW_VERIFY_SECONDS"] ?? 2700);
/** How long the task before may take to be well again. */
const backSeconds = Number(process.env["OPENCLAW_VERIFY_BACK_SECONDS"] ?? 900);
const pollMilliseconds = Number(process.env["OPENCLAW_VERIFY_POLL_MILLISECONDS"] ?? 3000);

const request = JSON.parse(await text(process.stdin)) as VerifyRequest; // written by service.ts
const { cluster, service: serviceName, taskDefinition, release } = request;
const settings = { region: request.region, ...(request.profile === undefined ? {} : { profile: request.profile }) };
const [ecs, logs] = [new ECSClient(settings), new CloudWatchLogsClient(settings)];

async function service(): Promise<Service> {
  const answer = await ecs.send(new DescribeServicesCommand({ cluster, services: [serviceName] }));
  const [found] = answer.services ?? [];
  if (found === undefined) throw new NotVerified(`there is no service ${serviceName} in the cluster ${cluster}`);
  return found;
}

/** Tasks of a task definition, newest first. */
async function tasks(desiredStatus: "RUNNING" | "STOPPED", definition = taskDefinition): Promise<Task[]> {
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, serviceName, desiredStatus }));
  if (taskArns.length === 0) return [];
  const answer = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  return (answer.tasks ?? [])
    .filter(({ taskDefinitionArn }) => taskDefinitionArn === definition)
    .sort((one, other) => Number(other.createdAt ?? 0) - Number(one.createdAt ?? 0));
}

/** The last lines of a task's log; none when it has no log. */
async function lastLines(task: Task, limit: number): Promise<string[]> {
  try {
    const answer = await logs.send(
      new GetLogEventsCommand({
        logGroupName: request.logGroup,
        logStreamName: logStream(task.taskArn ?? ""),
        limit,
        startFromHead: false,
      }),
    );
    return (answer.events ?? []).map(({ message }) => message ?? "");
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return [];
    throw error;
  }
}

/** @throws NotVerified with why, as far as ECS and the log know it */
async function fail(what: string): Promise<never> {
  const [stopped] = await tasks("STOPPED");
  const [running] = await tasks("RUNNING");
  const report =
    stopped !== undefined
      ? taskReport(stopped, await lastLines(stopped, 25))
      : running === undefined
        ? "no task of this task definition is known any more"
        : ["the last lines of the running task's log:", ...(await lastLines(running, 25))].join("\n    ");
  throw new NotVerified(`${what}\n${report}`);
}

/** Whether a task's entry point told that its gateway is verified. */
const isVerified = async (task: Task): Promise<boolean> =>
  (await lastLines(task, 1000)).some((line) => line.includes(`[entrypoint] release ${release} is verified`));

const primaryOf = ({ deployments = [] }: Service): Deployment | undefined =>
  deployments.find(({ status }) => status === "PRIMARY");

/** @returns whether the task that ECS went back to became well */
async function isBack(definition: string): Promise<boolean> {
  console.log("ECS goes back to the task before");
  const deadline = Date.now() + backSeconds * 1000;
  while (Date.now() < deadline) {
    const deployment = primaryOf(await service());
    if (deployment?.rolloutState === "COMPLETED" && (await tasks("RUNNING", definition)).some(isHealthy)) return true;
    await sleep(pollMilliseconds);
  }
  return false;
}

/** Lists of ids, whatever their order. */
const isSame = (one: readonly string[] = [], other: readonly string[] = []): boolean =>
  [...one].sort().join() === [...other].sort().join();

/** Whether a deployment is ours: it runs our task definition in our network. */
function isOurs({ taskDefinition: runs, networkConfiguration }: Deployment): boolean {
  const { network } = request;
  const { subnets, securityGroups, assignPublicIp } = networkConfiguration?.awsvpcConfiguration ?? {};
  return (
    runs === taskDefinition &&
    isSame(subnets, network.subnets) &&
    isSame(securityGroups, network.securityGroups) &&
    assignPublicIp === network.assignPublicIp
  );
}

/** @throws NotVerified when it runs another task definition than ours, or in another network, or failed */
async function primary(): Promise<Deployment> {
  const found = await service();
  const deployment = primaryOf(found);
  if (deployment === undefined) throw new NotVerified(`the service ${serviceName} has no deployment`);
  if (!isOurs(deployment)) {
    const event = (found.events ?? []).find(({ message }) => /roll(ed|ing) back/.test(message ?? ""));
    const before = deployment.taskDefinition ?? "";
    const end = (await isBack(before)) ? "which runs again, with its state" : "which is not well again either, so far";
    await fail(
      `release ${release} did not become the gateway: ECS went back to the task before, ${before}, ${end}${event?.message === undefined ? "" : ` (${event.message})`}`,
    );
  }
  if (deployment.rolloutState === "FAILED")
    await fail(`release ${release} did not become the gateway: ${deployment.rolloutStateReason ?? "no reason given"}`);
  return deployment;
}

async function main(): Promise<void> {
  const deadline = Date.now() + patienceSeconds * 1000;
  let waitsFor = "";
  for (;;) {
    const { rolloutState } = await primary();
    const [task] = (await tasks("RUNNING")).filter(isHealthy);
    const now =
      rolloutState !== "COMPLETED"
        ? "the deployment"
        : task === undefined
          ? "a healthy task"
          : (await isVerified(task))
            ? undefined
            : "the gateway to take the stack's token";
    if (now === undefined) break;
    if (Date.now() > deadline)
      await fail(`release ${release} is not verified after ${String(patienceSeconds)} s: it waits for ${now}`);
    if (now !== waitsFor) console.log(`waiting for ${now}`);
    waitsFor = now;
    await sleep(pollMilliseconds);
  }
  if (request.outside !== undefined) {
    const fault = await outsideFault(request.outside);
    if (fault !== undefined) throw new NotVerified(fault);
  }
  console.log(`release ${release} is verified`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof NotVerified)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
