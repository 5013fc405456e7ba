/** Asks Hetzner Cloud before anything is created, also in a preview. */
import { getProject, getStack, log, RunError } from "@pulumi/pulumi";
import { hetznerAccess, setTokenCommand } from "../../../components/host/hetzner/access.ts";
import { HetznerApi, HetznerError } from "../../../components/host/hetzner/api.ts";
import { hetznerObjections, hetznerWarnings } from "../../../components/host/hetzner/checks.ts";
import { lostObjection } from "../../../components/host/hetzner/data-checks.ts";
import { look, volumeWithId, type Found } from "../../../components/host/hetzner/found.ts";
import { hetznerNames, type HetznerNames } from "../../../components/host/hetzner/names.ts";
import type { Wanted } from "../../../components/host/hetzner/wanted.ts";
import { stackCommand } from "../../config-faults.ts";
import type { Loaded } from "../../config.ts";
import { ownData } from "../../own-data.ts";
import { userCli } from "../../user-cli.ts";
import type { HetznerConfig } from "../hetzner.ts";
import { refuse } from "../objections.ts";
import { underWay, type UnderWay } from "../under-way.ts";

/** What a stack at Hetzner Cloud is made with. */
export interface HetznerAnswer {
  readonly names: HetznerNames;
  readonly api: HetznerApi;
  readonly found: Found;
}

/**
 * Asks what Hetzner Cloud has for this configuration.
 *
 * @returns the answer to come
 * @throws pulumi.RunError when the stack's name is too long; so does the answer, naming everything that speaks against the configuration
 */
export async function preflight({
  gateway,
  host,
  data,
  providers,
}: Loaded<HetznerConfig>): Promise<UnderWay<HetznerAnswer>> {
  const names = namesOf(getStack());
  const api = new HetznerApi({
    ...hetznerAccess(providers, process.env),
    setToken: stackCommand(setTokenCommand, getStack(), userCli),
  });
  const wanted = { names, ...host, ...data, memoryMiB: gateway.memoryMiB, cpus: gateway.cpus };
  return underWay(answerTo(api, wanted));
}

async function answerTo(api: HetznerApi, wanted: Wanted): Promise<HetznerAnswer> {
  const found = await look(api, wanted.names, wanted).catch((error: unknown) => {
    throw error instanceof HetznerError ? new RunError(error.message) : error;
  });
  const now = new Date();
  refuse(hetznerObjections(found, wanted, now));
  if (found.volume === undefined && wanted.adopt === undefined) await refuseWithoutData(api);
  for (const warning of hetznerWarnings(found, wanted, now)) void log.warn(warning);
  return { names: wanted.names, api, found };
}

/** @throws pulumi.RunError when the stack's outputs name a volume that is not there, and not to go */
async function refuseWithoutData(api: HetznerApi): Promise<void> {
  const recorded = await ownData();
  if (recorded?.onDestroy === "retain" && (await volumeWithId(api, Number(recorded.id))) === undefined)
    refuse([lostObjection(recorded.id)]);
}

/** @throws pulumi.RunError when the stack's name is too long */
function namesOf(stack: string): HetznerNames {
  try {
    return hetznerNames(getProject(), stack);
  } catch (error) {
    throw new RunError(error instanceof Error ? error.message : String(error));
  }
}
