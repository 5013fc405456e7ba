/** Asks AWS before anything is created, also in a preview. */
import { getProject, getStack, RunError } from "@pulumi/pulumi";
import { stackName } from "../../../components/ecs/names.ts";
import { awsObjections } from "../../../components/ecs/preflight/checks.ts";
import type { Found } from "../../../components/ecs/preflight/found.ts";
import { look } from "../../../components/ecs/preflight/look.ts";
import { regionObjections } from "../../../components/ecs/preflight/place-checks.ts";
import { recordedData } from "../../../components/ecs/preflight/recorded.ts";
import { AwsUnreachable } from "../../../components/ecs/preflight/unreachable.ts";
import type { Wanted } from "../../../components/ecs/preflight/wanted.ts";
import { stackCommand } from "../../config-faults.ts";
import type { Loaded } from "../../config.ts";
import { ownData } from "../../own-data.ts";
import { userCli } from "../../user-cli.ts";
import type { AwsEcsConfig } from "../aws-ecs.ts";
import { refuse } from "../objections.ts";
import { underWay, type UnderWay } from "../under-way.ts";
import { regionOf } from "./provider-rules.ts";

type Config = Loaded<AwsEcsConfig>;

/**
 * Asks what AWS has for this configuration.
 *
 * @returns the answer to come
 * @throws pulumi.RunError naming everything that speaks against the configuration; so does the answer
 */
export async function preflight(config: Config): Promise<UnderWay<Found>> {
  const wanted: Wanted = { ...wantedOf(config), recorded: recordedData(await ownData()) };
  refuse(regionObjections(wanted));
  return underWay(answerTo(wanted, config.providers["aws:profile"]));
}

async function answerTo(wanted: Wanted, profile: string | undefined): Promise<Found> {
  const found = await look(wanted, profile).catch((error: unknown) => {
    throw error instanceof AwsUnreachable ? new RunError(stackCommand(error.message, getStack(), userCli)) : error;
  });
  refuse(awsObjections(found, wanted));
  return found;
}

const wantedOf = ({ gateway, access, network, data, providers }: Config): Wanted => ({
  owner: stackName(getProject(), getStack()),
  ...{ access, network, adopt: data.adopt, directory: data.path, secretsKeyArn: gateway.kmsKeyArn },
  region: regionOf(providers["aws:region"], process.env),
});
