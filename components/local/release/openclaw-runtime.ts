/** Installs one OpenClaw version with its own Node from a committed lock file; several stacks share it. */
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { lock } from "proper-lockfile";
import { ReleaseError } from "./contract.ts";
import { say, withHeartbeat } from "./step.ts";

const neededBytes = 1_500_000_000;

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const install = async (version: string, directory: string): Promise<void> => {
  const locked = join(import.meta.dirname, "..", "openclaw", version);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const file of ["package.json", "package-lock.json"]) await copyFile(join(locked, file), join(directory, file));
  await withHeartbeat(`installing OpenClaw ${version}`, async () => {
    const npm = await execa("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: directory,
      reject: false,
      all: true,
    });
    if (npm.code === "ENOENT") {
      throw new ReleaseError("npm was not found on the PATH; install Node.js with npm and run it again");
    }
    if (npm.failed) {
      throw new ReleaseError(
        `npm could not install OpenClaw ${version}; check the connection to the npm registry and run it again. npm said:\n${npm.all.slice(-2000)}`,
      );
    }
  });
  const { stdout } = await execa(join(directory, "node_modules/.bin/node"), [
    join(directory, "node_modules/openclaw/openclaw.mjs"),
    "--version",
  ]);
  if (!stdout.includes(version))
    throw new ReleaseError(`installed OpenClaw says it is "${stdout}", expected ${version}`);
  await writeFile(join(directory, ".complete"), "");
};

/**
 * Installs OpenClaw unless it is there. Two at once are safe; an interrupted one leaves nothing that counts as installed.
 *
 * @param directory where it goes, e.g. `…/runtimes/2026.9.6-node26.10.0`; about 900 MB
 * @throws ReleaseError without space, npm or registry
 */
export async function installOpenclaw(version: string, directory: string): Promise<void> {
  if (await exists(join(directory, ".complete"))) return;
  const parent = dirname(directory);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const release = await withHeartbeat("waiting for OpenClaw to be installed", () =>
    lock(parent, { retries: { retries: 600, minTimeout: 1000, maxTimeout: 1000 }, stale: 30_000 }),
  );
  try {
    if (await exists(join(directory, ".complete"))) return;
    for (const name of await readdir(parent)) {
      if (name.includes(".partial-")) await rm(join(parent, name), { recursive: true, force: true });
    }
    const space = await statfs(parent);
    if (space.bavail * space.bsize < neededBytes) {
      const free = Math.round((space.bavail * space.bsize) / 1e6);
      throw new ReleaseError(
        `${parent} has ${String(free)} MB free, OpenClaw needs ${String(neededBytes / 1e6)} MB; free some space and run it again`,
      );
    }
    say(`installing OpenClaw ${version} from its npm package, about 1 minute`);
    const partial = await mkdtemp(`${directory}.partial-`);
    await install(version, partial);
    await rm(directory, { recursive: true, force: true });
    await rename(partial, directory);
    say(`OpenClaw ${version} is installed in ${directory}`);
  } finally {
    await release();
  }
}
