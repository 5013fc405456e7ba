import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { posix } from "node:path";
import type { SFTPWrapper, Stats } from "ssh2";
import { assetHash, assetPath } from "./assets.ts";
import { CommandFailure } from "./failure.ts";
import { mapOf, textOf } from "./inputs.ts";
import type { Operation } from "../provider/operation.ts";
import type { PropertyMap } from "../provider/properties.ts";
import { openSftp, withConnection } from "./ssh.ts";

const noSuchFile = 2;

/** Whether an update has anything to upload. */
export function needsCopy(olds: PropertyMap, news: PropertyMap): boolean {
  const [oldSource, newSource] = [mapOf(olds, "source") ?? {}, mapOf(news, "source") ?? {}];
  const sameContent = assetHash(oldSource) !== undefined && assetHash(oldSource) === assetHash(newSource);
  return !sameContent || textOf(olds, "remotePath") !== textOf(news, "remotePath");
}

/** Copies `source` to the host. */
export async function copyToRemote(inputs: PropertyMap, operation: Operation): Promise<void> {
  const source = assetPath(mapOf(inputs, "source") ?? {}) ?? "";
  const isDirectory = await isLocalDirectory(source);
  await withSftp(inputs, operation, async (sftp) => {
    const destination = textOf(inputs, "remotePath") ?? "";
    if (isDirectory) await copyDirectoryInto(sftp, source, destination);
    else await copyFileTo(sftp, source, destination);
  });
}

/** Copies `localPath` to exactly `remotePath`: the deprecated CopyFile, which knows no directories. */
export async function copyFile(inputs: PropertyMap, operation: Operation): Promise<void> {
  const source = textOf(inputs, "localPath") ?? "";
  if (await isLocalDirectory(source)) throw new CommandFailure(`read ${source}: is a directory`);
  await withSftp(inputs, operation, (sftp) => put(sftp, source, textOf(inputs, "remotePath") ?? ""));
}

async function withSftp(
  inputs: PropertyMap,
  operation: Operation,
  use: (sftp: SFTPWrapper) => Promise<void>,
): Promise<void> {
  await withConnection(mapOf(inputs, "connection") ?? {}, operation, async (client) => {
    const sftp = await openSftp(client);
    await use(sftp);
    sftp.end();
  });
}

async function isLocalDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new CommandFailure(`open ${path}: no such file or directory`);
  return found.isDirectory();
}

async function copyFileTo(sftp: SFTPWrapper, source: string, destination: string): Promise<void> {
  const found = await remoteStat(sftp, destination);
  if (found?.isDirectory() === true) {
    await put(sftp, source, posix.join(destination, basename(source)));
    return;
  }
  if (found === undefined) await makeDirectories(sftp, posix.dirname(destination));
  await put(sftp, source, destination);
}

/** A directory lands inside the destination; with a slash at its end only its content does. */
async function copyDirectoryInto(sftp: SFTPWrapper, source: string, destination: string): Promise<void> {
  await makeDirectories(sftp, destination);
  const target = source.endsWith("/") ? destination : posix.join(destination, basename(source));
  await copyTree(sftp, source, target);
}

async function copyTree(sftp: SFTPWrapper, source: string, target: string): Promise<void> {
  await makeDirectory(sftp, target);
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), posix.join(target, entry.name)];
    if (entry.isDirectory()) await copyTree(sftp, from, to);
    else await put(sftp, from, to);
  }
}

async function makeDirectories(sftp: SFTPWrapper, path: string): Promise<void> {
  if ((await remoteStat(sftp, path)) === undefined && posix.dirname(path) !== path) {
    await makeDirectories(sftp, posix.dirname(path));
  }
  await makeDirectory(sftp, path);
}

async function makeDirectory(sftp: SFTPWrapper, path: string): Promise<void> {
  const found = await remoteStat(sftp, path);
  if (found?.isDirectory() === true) return;
  if (found !== undefined) throw new CommandFailure(`remote path ${path} exists but is not a directory`);
  await settled(`failed to create remote directory ${path}`, (done) => {
    sftp.mkdir(path, done);
  });
}

async function put(sftp: SFTPWrapper, source: string, destination: string): Promise<void> {
  await settled(`failed to copy file ${source} to remote path ${destination}`, (done) => {
    sftp.fastPut(source, destination, done);
  });
}

/** What lies at the remote path; undefined if nothing does. */
function remoteStat(sftp: SFTPWrapper, path: string): Promise<Stats | undefined> {
  const found = Promise.withResolvers<Stats | undefined>();
  sftp.stat(path, (error, stats) => {
    if (error === undefined) found.resolve(stats);
    else if ("code" in error && error.code === noSuchFile) found.resolve(undefined);
    else found.reject(new CommandFailure(`failed to stat remote path ${path}: ${error.message}`));
  });
  return found.promise;
}

async function settled(fault: string, start: (done: (error?: Error | null) => void) => void): Promise<void> {
  const finished = Promise.withResolvers<undefined>();
  start((error) => {
    if (error === undefined || error === null) finished.resolve(undefined);
    else finished.reject(new CommandFailure(`${fault}: ${error.message}`));
  });
  await finished.promise;
}
