import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, copyFile, link, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { codeOf } from "./errors.ts";

/** Whether this is a file that can be executed and is not empty. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    const found = await stat(file);
    return found.isFile() && found.size > 0;
  } catch {
    return false;
  }
}

/** Gives a file a second name, or a copy where the file system has no hard links. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (codeOf(error) === "ENOSPC") throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}

/**
 * Puts a finished directory into its place by renaming: others see the old one, the new one, never half of one.
 *
 * @param work a directory on the same file system, for what was there before
 */
export async function moveIntoPlace(finished: string, place: string, work: string): Promise<void> {
  await mkdir(path.dirname(place), { recursive: true });
  const old = path.join(work, `old-${randomBytes(6).toString("hex")}`);
  try {
    await rename(place, old);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  await rename(finished, place);
  await rm(old, { recursive: true, force: true });
}

/** Writes a file whole or not at all. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A JSON file as `schema` describes it; undefined if it is missing, unreadable or something else. */
export async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.safeParse(JSON.parse(await readFile(file, "utf8"))).data;
  } catch {
    return undefined;
  }
}

/** The note that lies beside everything that was not downloaded. */
const origin = z.object({ source: z.enum(["built", "bridged", "stand-in"]), build: z.string() });

/** Where something came from, and the key of what it was made of. */
export type Origin = z.infer<typeof origin>;

const ORIGIN_FILE = "pulumi-openclaw.json";

/** Reads the note of a directory; undefined if there is none. */
export function readOrigin(directory: string): Promise<Origin | undefined> {
  return readJson(path.join(directory, ORIGIN_FILE), origin);
}

/** Writes the note of a directory. */
export async function writeOrigin(directory: string, note: Origin): Promise<void> {
  await writeFile(path.join(directory, ORIGIN_FILE), `${JSON.stringify(note)}\n`);
}
