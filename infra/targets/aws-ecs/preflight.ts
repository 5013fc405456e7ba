/** Asks AWS before anything is created, also in a preview. */
import { setTimeout as sleep } from "node:timers/promises";
import { getProject, getStack, RunError } from "@pulumi/pulumi";
import { stackName } from "../../../components/ecs/names.ts";
import { awsObjections } from "../../../components/ecs/preflight/checks.ts";
import type { Found } from "../../../components/ecs/preflight/found.ts";
import { look } from "../../../components/ecs/preflight/look.ts";
import { regionObjections } from "../../../components/ecs/preflight/place-checks.ts";
import { recordedData } from "../../../components/ecs/preflight/recorded.ts";
import { AwsUnreachable } from "../../../components/ecs/preflight/unreachable.ts";
import type { AwsObjection, Wanted } from "../../../components/ecs/preflight/wanted.ts";
import { describeFaults, stackCommand } from "../../config-faults.ts";
import type { Loaded } from "../../config.ts";
import type { AwsEcsConfig } from "../aws-ecs.ts";
import { objectionCommand } from "./objection-command.ts";

type Config = Loaded<AwsEcsConfig>;

/** How this user calls Pulumi; undefined is `pulumi` itself. */
const cli = process.env["OPENCLAW_PULUMI_CLI"];

/** What a connection takes to begin. */
const requestsLeaveMs = 5;

/**
 * Asks what AWS has for this configuration, and is done as soon as the requests are on their way: what is loaded meanwhile costs
 * no time, though it would keep them here.
 *
 * @returns the answer to come
 * @throws pulumi.RunError naming everything that speaks against the configuration; so does the answer
 */
export async function preflight(config: Config): Promise<{ readonly answer: Promise<Found> }> {
  const wanted: Wanted = { ...wantedOf(config), recorded: await recordedData() };
  refuse(regionObjections(wanted));
  const answer = answerTo(wanted, config.providers["aws:profile"]);
  answer.catch(() => undefined); // whoever waits for it gets it
  await sleep(requestsLeaveMs);
  return { answer };
}

async function answerTo(wanted: Wanted, profile: string | undefined): Promise<Found> {
  const found = await look(wanted, profile).catch((error: unknown) => {
    throw error instanceof AwsUnreachable ? new RunError(stackCommand(error.message, getStack(), cli)) : error;
  });
  refuse(awsObjections(found, wanted));
  return found;
}

const wantedOf = ({ gateway, access, network, data, providers }: Config): Wanted => ({
  owner: stackName(getProject(), getStack()),
  ...{ access, network, adopt: data.adopt, directory: data.path, secretsKeyArn: gateway.kmsKeyArn },
  region: providers["aws:region"] ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"] ?? "",
});

/** @throws pulumi.RunError when there are any */
function refuse(objections: readonly AwsObjection[]): void {
  if (objections.length === 0) return;
  const faults = objections.map((objection) => ({ ...objection, type: objectionCommand(objection) }));
  throw new RunError(describeFaults(getStack(), faults, cli));
}
