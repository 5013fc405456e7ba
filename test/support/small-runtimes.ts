/** Installed versions with a small OpenClaw in the real one's place: for what a release does, whatever it is that it starts. */
import { cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { openclawVersions, runtimeDirectoryName } from "../../components/local/versions.ts";
import { sharedOpenclaw } from "./machine.ts";

const program = join(import.meta.dirname, "hosts/small-openclaw.js");

/**
 * Makes them, as an installation makes the real ones.
 *
 * @param directory is made; one that is removed with the test's own
 */
export async function smallRuntimes(directory: string): Promise<void> {
  const real = await sharedOpenclaw();
  for (const name of openclawVersions.map(runtimeDirectoryName)) {
    const [from, to] = [join(real, name), join(directory, name)];
    mkdirSync(join(to, "node_modules/openclaw"), { recursive: true });
    for (const file of [".complete", "node_modules/openclaw/package.json"]) cpSync(join(from, file), join(to, file));
    symlinkSync(join(from, "node_modules/.bin"), join(to, "node_modules/.bin"));
    cpSync(program, join(to, "node_modules/openclaw/openclaw.mjs"));
  }
}

/** Puts a version from elsewhere where a deployment finds it installed; what runs goes on. */
export function installFrom(directory: string, runtimes: string, version: (typeof openclawVersions)[number]): void {
  const name = runtimeDirectoryName(version);
  rmSync(join(runtimes, name), { recursive: true });
  symlinkSync(join(directory, name), join(runtimes, name));
}
