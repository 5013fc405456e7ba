/** openclaw.json before each start: what the program sets is set again, what the user changed beside it stays. */
import { existsSync, realpathSync } from "node:fs";
import { readFile, rename } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { leafPaths, mergeOwned, type JsonObject } from "../../gateway/openclaw-json.ts";
import { writeWhole } from "./files.mts";

/** What the last start set. It lies in the state, so that it comes back with it. */
interface LastStart {
  readonly desired: JsonObject;
  /** The whole file, for when somebody damages it. */
  readonly config: JsonObject;
}

interface Json5 {
  readonly parse: (text: string) => unknown;
}

/** OpenClaw reads JSON5, so a user may have written it: the parser is OpenClaw's own, which is in every image of it. */
function json5(): Json5 | undefined {
  for (const directory of (process.env["PATH"] ?? "").split(delimiter)) {
    const program = join(directory, "openclaw");
    if (!existsSync(program)) continue;
    try {
      return createRequire(realpathSync(program))("json5") as Json5; // a dependency of OpenClaw
    } catch {
      return undefined;
    }
  }
  return undefined;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parse(text: string): JsonObject | undefined {
  for (const parser of [() => JSON, json5]) {
    try {
      const value: unknown = parser()?.parse(text);
      if (isObject(value)) return value;
    } catch {
      // the next parser, or none
    }
  }
  return undefined;
}

const read = async (file: string): Promise<string | undefined> =>
  existsSync(file) ? await readFile(file, "utf8") : undefined;

/**
 * Writes openclaw.json of a state directory. Can be repeated when interrupted.
 *
 * @returns what to tell the log; undefined when nothing is remarkable
 */
export async function writeConfig(stateDirectory: string, desired: JsonObject): Promise<string | undefined> {
  const file = join(stateDirectory, "openclaw.json");
  const lastFile = join(stateDirectory, "pulumi-openclaw.json");
  const [text, lastText] = [await read(file), await read(lastFile)];
  const last = parse(lastText ?? "{}") as Partial<LastStart> | undefined; // written below
  const current = text === undefined ? {} : parse(text);
  let remark;
  if (current === undefined) {
    const aside = `${file}.damaged`;
    await rename(file, aside);
    remark = `openclaw.json could not be read; it is kept as ${aside}, and the one of the last start is used`;
  }
  const config = mergeOwned(current ?? last?.config ?? {}, desired, leafPaths(last?.desired ?? {}));
  const merged = `${JSON.stringify(config, undefined, 2)}\n`;
  if (text !== merged) await writeWhole(file, merged);
  const note = JSON.stringify({ desired, config });
  if (lastText !== note) await writeWhole(lastFile, note);
  return remark;
}
