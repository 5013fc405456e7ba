/** Replaces what runs by another release, and goes back when that one is not good. */
import { existsSync, readdirSync } from "node:fs";
import { cp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readJson, writeFileAtomically } from "../agent/files.mts";
import { runFiles } from "../paths.ts";
import { nextConfig, rememberGoodConfig, validateConfig, writeConfig } from "./config-file.ts";
import { ReleaseError, type LocalRelease } from "./contract.ts";
import { closeJournal, readJournal, writeJournal, type Journal } from "./journal.ts";
import { launcherScript } from "./launcher.ts";
import { serviceFor } from "./service.ts";
import { say, withHeartbeat } from "./step.ts";
import { copyState, restoreState } from "./state-copy.ts";
import { verify } from "./verify.ts";

const startTimeoutSeconds = 180;

const tokenOf = (release: LocalRelease): string => release.command.environment["OPENCLAW_GATEWAY_TOKEN"] ?? "";

/** Whether two releases run the same thing; compared as JSON, which drops what is undefined. */
export const isSameRelease = (one: LocalRelease | undefined, other: LocalRelease): boolean =>
  one !== undefined && isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));

/** G3 for a release. @throws ReleaseError */
export const verifyRelease = (release: LocalRelease): Promise<void> =>
  verify({
    port: release.port,
    version: release.version,
    token: tokenOf(release),
    timeoutSeconds: startTimeoutSeconds,
    hopeless: serviceFor(release).hopeless,
  });

const hasState = (data: string): boolean => readdirSync(data).some((name) => name !== "workspace");

async function writeAgent(release: LocalRelease): Promise<void> {
  const files = runFiles(release.paths.run);
  const fresh = `${files.agent}.new`;
  await rm(fresh, { recursive: true, force: true });
  await cp(join(import.meta.dirname, "..", "agent"), fresh, { recursive: true });
  await rm(files.agent, { recursive: true, force: true });
  await rename(fresh, files.agent);
  writeFileAtomically(files.launcher, launcherScript(release, "exec.mts", ["cli"]), 0o700);
  writeFileAtomically(files.dashboard, launcherScript(release, "dashboard.mts", []), 0o700);
}

async function startRelease(release: LocalRelease): Promise<void> {
  writeFileAtomically(runFiles(release.paths.run).release, JSON.stringify(release));
  await writeAgent(release);
  await serviceFor(release).start();
}

/**
 * Back to what ran before the journal was written; the state of the rejected release is kept aside. Can be repeated
 * when interrupted: the journal stays, marked, until the state is back, and from then on `previous` is what runs.
 */
async function rollBack(journal: Journal): Promise<void> {
  const { previous, next, restorePoint } = journal;
  const files = runFiles(next.paths.run);
  writeJournal(next.paths.run, { ...journal, undoing: true });
  await serviceFor(next).stop();
  if (previous?.runtime !== next.runtime) await serviceFor(next).uninstall();
  if (restorePoint !== undefined && existsSync(restorePoint)) {
    const rejected = join(next.paths.rejected, journal.id);
    await restoreState(next.paths.data, restorePoint, rejected);
    say(`the state that the rejected release wrote is kept in ${rejected}`);
  }
  if (previous === undefined) {
    await rm(files.release, { force: true });
    closeJournal(next.paths.run);
    return;
  }
  writeFileAtomically(files.ownedConfig, JSON.stringify(journal.previousOwnedConfig ?? []));
  writeFileAtomically(files.release, JSON.stringify(previous));
  closeJournal(next.paths.run);
  say(`going back to OpenClaw ${previous.version}`);
  await startRelease(previous);
  await verifyRelease(previous);
  say("the gateway that ran before runs again, verified");
}

/** @throws ReleaseError saying why the release failed, and what came of going back */
async function abandon(journal: Journal, cause: unknown): Promise<never> {
  const why = cause instanceof Error ? cause.message : String(cause);
  if (isSameRelease(journal.previous, journal.next)) {
    closeJournal(journal.next.paths.run);
    throw new ReleaseError(why);
  }
  try {
    await rollBack(journal);
  } catch (error) {
    const also = error instanceof Error ? error.message : String(error);
    throw new ReleaseError(`${why}\nGoing back to what ran before failed too: ${also}`);
  }
  throw new ReleaseError(
    journal.previous === undefined
      ? why
      : `${why}\nThe gateway that ran before runs again, with its state and configuration.`,
  );
}

async function complete({ next }: Journal): Promise<void> {
  say(`the release of OpenClaw ${next.version} was interrupted; completing it`);
  if (!(await serviceFor(next).isSupervised())) {
    await serviceFor(next).stop();
    writeConfig(next, await nextConfig(next));
    await startRelease(next);
  }
  await verifyRelease(next);
  closeJournal(next.paths.run);
}

/**
 * Completes a release that was interrupted, or undoes it where it is not good. It is completed first, because what it
 * runs may have served, and written state, since then. What cannot be brought up here is left to what was asked for now.
 */
export async function recover(run: string): Promise<void> {
  const journal = readJournal(run);
  if (journal === undefined) return;
  if (journal.undoing !== true) {
    try {
      await complete(journal);
      return;
    } catch (error) {
      say(`it is not good, going back: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  try {
    await rollBack(journal);
  } catch (error) {
    if (readJournal(run) !== undefined) throw error; // the state is not back yet
    say(`what ran before does not start: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Replaces what runs. Nothing is stopped before the new version accepted the configuration.
 *
 * @throws ReleaseError after which `previous` runs as before
 */
export async function replaceRunning(release: LocalRelease, previous: LocalRelease | undefined): Promise<void> {
  const { paths } = release;
  const config = await nextConfig(release);
  await validateConfig(release, config);
  const stopping = previous ?? release;
  const stopStarted = Date.now();
  if (await serviceFor(stopping).isRunning()) {
    say("stopping the gateway gracefully: work in progress may finish, within 330 s");
  }
  await withHeartbeat("stopping", serviceFor(stopping).stop);
  if (previous !== undefined && previous.runtime !== release.runtime) await serviceFor(previous).uninstall();

  const id = new Date().toISOString().replaceAll(":", "-");
  // The same release again (a gateway that died) is never undone, so needs no copy.
  const needsCopy = hasState(paths.data) && !isSameRelease(previous, release);
  const restorePoint = needsCopy ? join(paths.restorePoints, `${id}-before-${release.version}`) : undefined;
  if (restorePoint !== undefined) {
    try {
      await copyState(paths.data, restorePoint);
    } catch (error) {
      await rm(`${restorePoint}.partial`, { recursive: true, force: true });
      if (previous !== undefined) {
        await startRelease(previous);
        await verifyRelease(previous);
        say("the gateway that ran before runs again, verified");
      }
      throw error;
    }
  }
  const journal: Journal = {
    id,
    previous,
    next: release,
    restorePoint,
    previousOwnedConfig: readJson(runFiles(paths.run).ownedConfig),
  };
  writeJournal(paths.run, journal);
  try {
    writeConfig(release, config);
    say(`starting OpenClaw ${release.version} on port ${String(release.port)}, about 15 s`);
    await startRelease(release);
    await withHeartbeat("waiting for the gateway", () => verifyRelease(release));
  } catch (error) {
    await abandon(journal, error);
  }
  rememberGoodConfig(release, config);
  closeJournal(paths.run);
  const seconds = ((Date.now() - stopStarted) / 1000).toFixed(1);
  say(previous === undefined ? `verified after ${seconds} s` : `verified; the gateway was away for ${seconds} s`);
}
