import { lstat, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";

const reason = `Pulumi would log here all that it does, every secret included. npm run pulumi keeps that off; to look at what
Pulumi does, call it with --logtostderr --verbose=9.
`;

/**
 * Keeps Pulumi's automatic log off (https://github.com/pulumi/pulumi/pull/23731): it holds every property of every resource several
 * times over, secrets too, encrypted as the state is, takes up to 500 MB, and a preview with large properties waits for it. There
 * is no setting for that (https://github.com/pulumi/pulumi/issues/22416 wants one): where the directory of the logs is a file,
 * Pulumi goes on without. Older logs are removed.
 *
 * @param pulumiHome our own
 */
export async function withoutAutomaticLog(pulumiHome: string): Promise<void> {
  const logs = path.join(pulumiHome, "logs");
  try {
    const found = await lstat(logs).catch(() => undefined);
    if (found?.isFile() === true) return;
    await rm(logs, { recursive: true, force: true });
    await mkdir(pulumiHome, { recursive: true });
    await writeFile(logs, reason);
  } catch {
    // Where nobody can write, Pulumi cannot either.
  }
}
