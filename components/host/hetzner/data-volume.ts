/** The volume that holds the gateway's state: made, found again, or adopted; never replaced. */
import { Volume } from "@pulumi/hcloud/volume.js";
import * as pulumi from "@pulumi/pulumi";
import { HetznerError } from "./api.ts";
import { isToBeTaken, takeVolume } from "./adoption.ts";
import type { HetznerHostArgs } from "./host-args.ts";
import { volumeShape, type VolumeShape } from "./shape.ts";

/**
 * @param labels of everything that the stack has
 * @param deployKey goes after the volume and comes before it: a volume without it was kept by a stack that is gone
 */
export function dataVolume(
  name: string,
  args: HetznerHostArgs,
  labels: Readonly<Record<string, string>>,
  deployKey: pulumi.CustomResource,
  opts: pulumi.CustomResourceOptions,
): Volume {
  const { adopt, onDestroy } = args.data;
  const shape = shapeOnceTaken(args, labels, deployKey);
  return new Volume(
    name,
    {
      name: shape.apply((its) => its.name),
      size: shape.apply((its) => its.size),
      labels: shape.apply((its) => its.labels),
      location: args.region,
    },
    {
      ...opts,
      dependsOn: [deployKey],
      retainOnDelete: onDestroy === "retain",
      // A volume does not move: another one in its place would be empty. What it is asked to do is refused before.
      ignoreChanges: ["location"],
      ...(adopt === undefined ? {} : { import: String(adopt) }),
    },
  );
}

/** An import of what differs from what is there fails: what is adopted is made the stack's own just before it. */
function shapeOnceTaken(
  args: HetznerHostArgs,
  labels: Readonly<Record<string, string>>,
  deployKey: pulumi.CustomResource,
): pulumi.Output<VolumeShape> {
  const { api, names, data, found } = args;
  const { adopted } = found;
  const own = volumeShape(names, data.sizeGb, labels, adopted ?? found.volume);
  if (adopted === undefined || adopted.server !== null) return pulumi.output(own);
  if (pulumi.runtime.isDryRun() || !isToBeTaken(adopted, names, found.isDeployed)) {
    return pulumi.output({ name: adopted.name, labels: adopted.labels, size: adopted.size });
  }
  return deployKey.id.apply(async () => {
    try {
      await takeVolume(api, adopted, own, (line) => void pulumi.log.info(line));
    } catch (error) {
      throw error instanceof HetznerError ? new pulumi.RunError(error.message) : error;
    }
    return own;
  });
}
