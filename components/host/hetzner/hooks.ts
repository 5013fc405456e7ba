/** What happens before resources at Hetzner Cloud are changed; the provider alone would cut the power, or take data over. */
import * as pulumi from "@pulumi/pulumi";
import type { HetznerApi } from "./api.ts";
import type { Found } from "./found.ts";
import { stopGracefully } from "./graceful-stop.ts";
import { rebuildLabel, stackLabel, type HetznerNames } from "./names.ts";

/** How the deployer calls Pulumi, e.g. `npm run pulumi --`. */
const cli = (): string => process.env["OPENCLAW_PULUMI_CLI"] ?? "pulumi";

/**
 * Refuses, also in a preview, to make the data volume beside one with its name: that one was kept for a later gateway.
 * Only the engine knows whether the volume is this stack's already: then it makes none.
 */
export const refuseSilentAdoption = (name: string, { volume }: Found): pulumi.ResourceHook =>
  new pulumi.ResourceHook(
    `${name}-refuse-silent-adoption`,
    () => {
      if (volume === undefined) return;
      throw new Error(
        `the volume ${volume.name} (${String(volume.id)}, ${String(volume.size)} GB in ${volume.location.name}) exists already: it was kept when an earlier stack was destroyed, or is another one's. To go on with its data:\n\n  ${cli()} config set --stack ${pulumi.getStack()} --path openclaw:data.adopt ${String(volume.id)}\n`,
      );
    },
    { onDryRun: true },
  );

/** Stops the server in order before its type is changed, for which the provider switches it off. */
export const stopBeforeResize = (name: string, api: HetznerApi): pulumi.ResourceHook =>
  new pulumi.ResourceHook(`${name}-stop-before-resize`, async ({ id, newInputs, oldOutputs }) => {
    if (newInputs?.["serverType"] === oldOutputs?.["serverType"]) return;
    await stopGracefully(api, Number(id), say);
  });

/**
 * Stops the server in order before `host.rebuild` replaces it: the provider waits half a minute before it deletes. It is
 * bound to what a new server needs first, because a hook before a deletion would be asked for by `destroy`, which runs
 * without the program.
 */
export const stopBeforeRebuild = (
  name: string,
  api: HetznerApi,
  { server }: Found,
  names: HetznerNames,
  rebuild: number,
): pulumi.ResourceHook =>
  new pulumi.ResourceHook(`${name}-stop-before-rebuild`, async () => {
    if (server?.labels[stackLabel] !== names.server || server.labels[rebuildLabel] === String(rebuild)) return;
    await stopGracefully(api, server.id, say);
  });

const say = (line: string): void => {
  void pulumi.log.info(line);
};
