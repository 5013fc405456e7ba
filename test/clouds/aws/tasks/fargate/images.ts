/** What a reference of an image is on this computer: the OpenClaw images that tests build, and those that a test names. */
import { openclawVersions } from "../../../../../components/local/versions.ts";
import { docker } from "../../../machines/engine.ts";
import { openclawImage } from "../../../machines/images.ts";
import { publishOpenclaw, repository } from "../../../machines/registry.ts";
import type { TaskOrder } from "../park.ts";
import { TaskFault } from "./fault.ts";

/** An image of the engine. */
export interface PulledImage {
  /** Tag or id of the engine's. */
  readonly image: string;
  readonly digest: string | undefined;
}

const refused = (reference: string, why: string): TaskFault =>
  new TaskFault(
    `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: ${why}`,
  );

const isThere = async (image: string): Promise<boolean> => (await docker(["images", "--quiet", image])) !== "";

/** An image of the gateway's repository: a version, its digest, or a variant that a test published. */
async function ofRepository(reference: string): Promise<PulledImage | undefined> {
  const [, tag, digest] = /^[^:@]+(?::([^@]+))?(?:@(sha256:.+))?$/.exec(reference) ?? [];
  for (const version of openclawVersions) {
    if (digest === undefined && tag === version) return { image: await openclawImage(version), digest: undefined };
    if (digest !== undefined && digest === (await publishOpenclaw(version)))
      return { image: await openclawImage(version), digest };
  }
  const variant = `openclaw-test/variant:${tag ?? ""}`;
  return tag !== undefined && digest === undefined && (await isThere(variant))
    ? { image: variant, digest: undefined }
    : undefined;
}

/**
 * Pulls an image.
 *
 * @param images further ones, by reference
 * @param reachable whether the task's network reaches the registry
 * @throws TaskFault CannotPullContainerError
 */
export async function pull(
  reference: string,
  images: ReadonlyMap<string, string>,
  reachable: boolean,
  order: TaskOrder,
): Promise<PulledImage> {
  const [host = "registry-1.docker.io"] = reference.split("/");
  if (!reachable)
    throw new TaskFault(
      `CannotPullContainerError: The task cannot pull ${reference} from the registry ${host}. There is a connection issue between the task and the registry. Check your task network configuration. : failed to do request: dial tcp ${host}:443: i/o timeout`,
    );
  const named = images.get(reference);
  if (named !== undefined) return { image: named, digest: undefined };
  const found = reference.startsWith(repository) ? await ofRepository(reference) : undefined;
  if (found === undefined) throw refused(reference, `${reference}: not found`);
  if (order.definition.runtimePlatform?.cpuArchitecture === "ARM64")
    throw refused(reference, "image Manifest does not contain descriptor matching platform 'linux/arm64'");
  return found;
}
