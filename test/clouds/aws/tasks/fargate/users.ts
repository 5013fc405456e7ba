/** Who the processes of a container are. */
import { docker } from "../../../machines/engine.ts";
import { runLabel } from "../../../machines/run-label.ts";
import type { Identity } from "./file-systems.ts";

/**
 * Reads `uid[:gid]`; names and missing groups are looked up in the image, as the engine does.
 *
 * @param user the definition's, else the image's
 */
export async function identityOf(image: string, user: string | undefined): Promise<Identity> {
  const given = user ?? (await docker(["inspect", "--format", "{{.Config.User}}", image]));
  const [uid = "", gid] = given.split(":");
  if (given === "") return { uid: 0, gid: 0 };
  if (/^\d+$/.test(uid) && gid !== undefined && /^\d+$/.test(gid)) return { uid: Number(uid), gid: Number(gid) };
  const words = ["run", "--rm", "--network", "none", "--label", runLabel, "--user", given, "--entrypoint", "id", image];
  const ask = async (flag: string): Promise<number> => Number(await docker([...words, flag]));
  return { uid: await ask("-u"), gid: await ask("-g") };
}
