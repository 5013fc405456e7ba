/**
 * Makes a release run: checked before anything stops, reversible until it is verified, safe to repeat.
 *
 * `node apply.ts` with a `ReleaseRequest` on standard input.
 */
import { existsSync } from "node:fs";
import { access, chmod, constants, cp, mkdir, rename, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readJson, writeFileAtomically } from "../agent/files.mts";
import { runFiles } from "../paths.ts";
import { nextConfig, rememberGoodConfig, validateConfig, writeConfig } from "./config-file.ts";
import { ReleaseError, type LocalRelease, type ReleaseRequest } from "./contract.ts";
import { closeJournal, readJournal, writeJournal, type Journal } from "./journal.ts";
import { launcherScript } from "./launcher.ts";
import { checkOwner, checkSameData } from "./owner.ts";
import { serviceFor } from "./service.ts";
import { runStep, say } from "./standard-input.ts";
import { copyState, pruneRestorePoints, restoreState } from "./state-copy.ts";
import { verify } from "./verify.ts";
import { withReleaseLock } from "./release-lock.ts";

const startTimeoutSeconds = 180;

const tokenOf = (release: LocalRelease): string => release.command.environment["OPENCLAW_GATEWAY_TOKEN"] ?? "";

const runningRelease = (run: string): LocalRelease | undefined =>
  readJson(runFiles(run).release) as LocalRelease | undefined; // written below, whole

/** Compared as JSON, which drops what is undefined. */
const isSameRelease = (one: LocalRelease | undefined, other: LocalRelease): boolean =>
  one !== undefined && isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));

const verifyRelease = (release: LocalRelease): Promise<void> =>
  verify({
    port: release.port,
    version: release.version,
    token: tokenOf(release),
    timeoutSeconds: startTimeoutSeconds,
    hopeless: serviceFor(release).hopeless,
  });

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen(port, "127.0.0.1", () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });

/** @throws ReleaseError when another program has the port */
async function checkPort(release: LocalRelease, previous: LocalRelease | undefined): Promise<void> {
  if (previous?.port === release.port && (await serviceFor(previous).isSupervised())) return;
  if (await isFree(release.port)) return;
  throw new ReleaseError(
    `port ${String(release.port)} on 127.0.0.1 is taken by another program. Stop it, or choose another port:\n  pulumi config set --path openclaw:gateway.port ${String(release.port + 120)} --stack ${release.stack}`,
  );
}

async function prepareDirectories({ paths }: LocalRelease): Promise<void> {
  for (const directory of [paths.data, paths.run, paths.logs, paths.cache, join(paths.data, "workspace")]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.W_OK | constants.X_OK);
  }
  await chmod(paths.data, 0o700);
  writeFileAtomically(join(paths.data, ".writable"), "");
  await rm(join(paths.data, ".writable"));
}

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

/** Back to what ran before the journal was written; the state of the rejected release is kept aside. */
async function rollBack(journal: Journal): Promise<void> {
  const { previous, next, restorePoint } = journal;
  await serviceFor(next).stop();
  if (restorePoint !== undefined && existsSync(restorePoint)) {
    const rejected = join(next.paths.rejected, journal.id);
    await restoreState(next.paths.data, restorePoint, rejected);
    say(`the state that the rejected release wrote is kept in ${rejected}`);
  }
  if (previous !== undefined) {
    writeFileAtomically(runFiles(next.paths.run).ownedConfig, JSON.stringify(journal.previousOwnedConfig ?? []));
    say(`going back to OpenClaw ${previous.version}`);
    await startRelease(previous);
    await verifyRelease(previous);
    say("the gateway that ran before runs again, verified");
  } else {
    await rm(runFiles(next.paths.run).release, { force: true });
  }
  closeJournal(next.paths.run);
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

async function recover(release: LocalRelease): Promise<void> {
  const journal = readJournal(release.paths.run);
  if (journal === undefined) return;
  say("an earlier release was interrupted; its changes are undone first");
  await rollBack(journal);
}

async function replaceRunning(release: LocalRelease, previous: LocalRelease | undefined): Promise<void> {
  const { paths } = release;
  const config = await nextConfig(release);
  await validateConfig(release, config);
  const stopping = previous ?? release;
  const stopStarted = Date.now();
  if (previous !== undefined) say("stopping the gateway gracefully");
  await serviceFor(stopping).stop();
  if (previous !== undefined && previous.runtime !== release.runtime) await serviceFor(previous).uninstall();

  const id = new Date().toISOString().replaceAll(":", "-");
  const restorePoint = previous === undefined ? undefined : join(paths.restorePoints, `${id}-${previous.version}`);
  if (restorePoint !== undefined) {
    try {
      await copyState(paths.data, restorePoint);
    } catch (error) {
      if (previous !== undefined) await startRelease(previous);
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
    await verifyRelease(release);
  } catch (error) {
    await abandon(journal, error);
  }
  closeJournal(paths.run);
  const seconds = ((Date.now() - stopStarted) / 1000).toFixed(1);
  say(previous === undefined ? `verified after ${seconds} s` : `verified; the gateway was away for ${seconds} s`);
}

/** Applies a request; see the file's comment. */
export async function apply(request: ReleaseRequest): Promise<void> {
  const { release } = request;
  checkOwner(request);
  await prepareDirectories(release);
  await withReleaseLock(release.paths.run, async () => {
    await recover(release);
    const previous = runningRelease(release.paths.run);
    checkSameData(previous?.paths.data, release.paths.data);
    const service = serviceFor(release);
    if (isSameRelease(previous, release) && (await service.isSupervised())) {
      await verifyRelease(release);
      say("the gateway runs this release already, verified");
    } else {
      await checkPort(release, previous);
      await replaceRunning(release, previous);
    }
    await rememberGoodConfig(release);
    await pruneRestorePoints(release.paths.restorePoints);
    writeFileAtomically(runFiles(release.paths.run).generation, String(request.generation));
  });
}

if (import.meta.main) await runStep(apply);
