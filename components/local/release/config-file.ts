/** openclaw.json: what the program owns goes in, what the user changed stays, and OpenClaw itself judges the result. */
import { readFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import JSON5 from "json5";
import { leafPaths, mergeOwned, type JsonObject } from "../../gateway/openclaw-json.ts";
import { readJson, writeFileAtomically } from "../agent/files.mts";
import { runFiles } from "../paths.ts";
import { openclawVersions } from "../versions.ts";
import { ReleaseError, type LocalRelease } from "./contract.ts";
import { say } from "./step.ts";

const configFile = (release: LocalRelease): string => join(release.paths.data, "openclaw.json");

const parse = (text: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON5.parse(text); // OpenClaw reads JSON5, so a user may have written it
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
};

/** The user's file; where it is damaged it is kept aside, and the one of the last good release is taken. */
async function currentConfig(release: LocalRelease): Promise<JsonObject> {
  let text: string;
  try {
    text = readFileSync(configFile(release), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  const current = parse(text);
  if (current !== undefined) return current;
  const aside = `${configFile(release)}.damaged-${new Date().toISOString().replaceAll(":", "-")}`;
  await copyFile(configFile(release), aside);
  const good = readJson(runFiles(release.paths.run).lastGoodConfig) as JsonObject | undefined; // our own copy
  const instead =
    good === undefined ? "only what this program sets is left" : "the one of the last good release is taken";
  say(`openclaw.json is damaged; it is kept as ${aside}, and ${instead}`);
  return good ?? {};
}

/** The next openclaw.json. */
export async function nextConfig(release: LocalRelease): Promise<JsonObject> {
  const owned = readJson(runFiles(release.paths.run).ownedConfig) as string[][] | undefined; // our own file
  return mergeOwned(await currentConfig(release), release.config, owned ?? []);
}

/** Replaces openclaw.json and remembers which keys are the program's. */
export function writeConfig(release: LocalRelease, config: JsonObject): void {
  writeFileAtomically(configFile(release), `${JSON.stringify(config, null, 2)}\n`);
  writeFileAtomically(runFiles(release.paths.run).ownedConfig, JSON.stringify(leafPaths(release.config)));
}

/** Keeps a configuration that was verified, for the day the file is damaged. */
export const rememberGoodConfig = (release: LocalRelease, config: JsonObject): void => {
  writeFileAtomically(runFiles(release.paths.run).lastGoodConfig, JSON.stringify(config));
};

/** What `openclaw config validate --json` answers to what it refuses. */
interface ValidationAnswer {
  readonly issues?: readonly { readonly path: string; readonly message: string }[];
  /** When it cannot judge at all: the state is of a newer version. */
  readonly error?: { readonly message: string };
}

/** What OpenClaw refuses, in its own words, and what to do. */
function refusal({ stack }: LocalRelease, answer: ValidationAnswer | undefined, output: string): string {
  if (answer?.issues !== undefined) {
    const words = answer.issues.map(({ path, message }) => `  ${path}: ${message}`).join("\n");
    return `this configuration:\n${words}\nThe keys are those of openclaw.json. Set one: pulumi config set --stack ${stack} --path openclaw:config.<key> <value>\nRemove one: pulumi config rm --stack ${stack} --path openclaw:config.<key>`;
  }
  const words = answer?.error?.message ?? output.slice(-2000);
  const back = /newer schema version/.test(words)
    ? `\nName the version that wrote the state, or a newer one: pulumi config set --stack ${stack} --path --type string openclaw:gateway.version ${openclawVersions[0]}`
    : "";
  return `to run:\n${words}${back}`;
}

/**
 * Asks the new OpenClaw version whether it accepts a configuration, before anything is stopped.
 *
 * @throws ReleaseError in OpenClaw's own words
 */
export async function validateConfig(release: LocalRelease, config: JsonObject): Promise<void> {
  const candidate = join(release.paths.run, "candidate-openclaw.json");
  writeFileAtomically(candidate, JSON.stringify(config));
  const { command } = release;
  const result = await execa(command.node, [command.entry, "config", "validate", "--json"], {
    env: { ...command.environment, OPENCLAW_CONFIG_PATH: candidate },
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  });
  if (!result.failed) return;
  const start = result.stdout.indexOf("{");
  const answer = (start < 0 ? undefined : parse(result.stdout.slice(start))) as ValidationAnswer | undefined;
  throw new ReleaseError(
    `OpenClaw ${release.version} refuses ${refusal(release, answer, `${result.stdout}${result.stderr}`)}\nThe gateway that runs was left as it is.`,
  );
}
