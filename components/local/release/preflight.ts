/** What must be true of the machine before a release stops anything. */
import { existsSync } from "node:fs";
import { access, chmod, constants, lstat, mkdir, realpath, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isFreePort } from "../free-port.ts";
import { ReleaseError, type LocalRelease } from "./contract.ts";
import { serviceFor } from "./service.ts";

/** The first start of a version writes about 60 MB; the rest is room for the databases to grow. */
const neededMegabytes = 300;

/** @throws ReleaseError when another program has the port */
export async function checkPort(release: LocalRelease, previous: LocalRelease | undefined): Promise<void> {
  if (previous?.port === release.port && (await serviceFor(previous).isRunning())) return;
  if (await isFreePort(release.port)) return;
  throw new ReleaseError(
    `port ${String(release.port)} on 127.0.0.1 is taken by another program. Stop it, or choose another port:\n  pulumi config set --stack ${release.stack} --path openclaw:gateway.port ${String(release.port + 120)}`,
  );
}

/**
 * Copies of the state lie beside it and take its place by a rename: neither works through a link or a mount point.
 *
 * @throws ReleaseError naming the directory to use instead
 */
async function checkMovable({ stack, paths: { data } }: LocalRelease): Promise<void> {
  const isLink = (await lstat(data)).isSymbolicLink();
  const isMountPoint = (await stat(data)).dev !== (await stat(dirname(data))).dev;
  if (!isLink && !isMountPoint) return;
  const instead = isLink ? await realpath(data) : join(data, "openclaw");
  throw new ReleaseError(
    `${data} is a ${isLink ? "symbolic link" : "mount point"}, so the state could not be put back after a bad release. Use a directory of its own, such as ${instead}:\n  pulumi config set --stack ${stack} --path openclaw:data.adopt ${instead}`,
  );
}

/**
 * Making several levels at once says ENOENT on a read-only file system; what exists says why.
 *
 * @throws the file system's own error where something cannot be made
 */
async function makeDirectory(directory: string): Promise<void> {
  let existing = directory;
  while (!existsSync(existing)) existing = dirname(existing);
  await access(existing, constants.W_OK | constants.X_OK);
  await mkdir(directory, { recursive: true, mode: 0o700 });
}

/** Makes the directory that the lock of a release lies in. */
export const prepareRun = ({ paths }: LocalRelease): Promise<void> => makeDirectory(paths.run);

/**
 * Makes the stack's directories, readable by their owner only.
 *
 * @throws ReleaseError without space; the file system's own error where one cannot be written
 */
export async function prepareDirectories(release: LocalRelease): Promise<void> {
  const { paths } = release;
  for (const directory of [paths.data, paths.run, paths.logs, paths.cache, join(paths.data, "workspace")]) {
    await makeDirectory(directory);
  }
  await chmod(paths.data, 0o700);
  await checkMovable(release);
  const space = await statfs(paths.data);
  const free = Math.floor((space.bavail * space.bsize) / 1e6);
  if (free < neededMegabytes) {
    throw new ReleaseError(
      `${paths.data} has ${String(free)} MB free, a gateway needs ${String(neededMegabytes)} MB; free some space and run it again`,
    );
  }
}
