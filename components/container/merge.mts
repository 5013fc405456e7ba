/**
 * Makes the next openclaw.json: runs in the new image, whose Node it takes, with `MergeRequest` on standard input.
 *
 * Beside it, on a host as in this repository: `../gateway/openclaw-json.ts`, and the library json5.
 */
import { readFileSync } from "node:fs";
import JSON5 from "json5";
import { leafPaths, mergeOwned, type JsonObject } from "../gateway/openclaw-json.ts";

/** Standard input. */
export interface MergeRequest {
  /** Text of openclaw.json as it is; null when there is none. */
  readonly current: string | null;
  /** The one of the last good release, for a file that is damaged. */
  readonly lastGood: string | null;
  /** What the program wants. */
  readonly desired: JsonObject;
  /** What it wanted in the last release: keys that it no longer wants go. */
  readonly previouslyDesired: JsonObject;
}

/** Standard output. */
export interface MergeAnswer {
  /** Whether `current` could not be read. */
  readonly damaged: boolean;
  readonly config: JsonObject;
}

const parse = (text: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON5.parse(text); // OpenClaw reads JSON5, so a user may have written it
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
};

/** See the file's comment. */
export function mergedConfig(request: MergeRequest): MergeAnswer {
  const current = request.current === null ? {} : parse(request.current);
  const base = current ?? parse(request.lastGood ?? "{}") ?? {};
  const config = mergeOwned(base, request.desired, leafPaths(request.previouslyDesired));
  return { damaged: current === undefined, config };
}

if (process.argv[1]?.endsWith("merge.mts") === true) {
  const request = JSON.parse(readFileSync(0, "utf8")) as MergeRequest; // config.sh wrote it
  console.log(JSON.stringify(mergedConfig(request)));
}
