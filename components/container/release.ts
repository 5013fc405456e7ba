/** What the program hands to the release on a host, and the files that do the work there. Pure but for reading them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../gateway/openclaw-json.ts";
import type { StageDocument, StageFile } from "./stage.ts";

/** Everything that decides what runs. Two equal releases run the same thing. */
export interface ContainerRelease {
  /** 12 hexadecimal digits of the SHA-256 of everything else in here. */
  readonly id: string;
  /** OpenClaw version, as `/startupz` must tell it. */
  readonly version: string;
  readonly port: number;
  readonly image: {
    /** Pulled from its registry. */
    readonly reference: string;
    /** Built on the host. */
    readonly dockerfile: string;
    /** Tag of the built image: `openclaw-gateway:<12 digits of the Dockerfile's SHA-256>`. */
    readonly tag: string;
  };
  /** compose.yaml. */
  readonly compose: string;
  /** openclaw-gateway.service. */
  readonly unit: string;
  /** What the program wants in openclaw.json. */
  readonly config: JsonObject;
  /** The gateway's environment, its token and secrets included. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names in `environment` that are secret: a release that is stepped back to gets today's values of them. */
  readonly secrets: readonly string[];
}

/** Parameters of the release stage. */
export interface ContainerReleaseRequest {
  /** Of the machine: on another one everything runs again. */
  readonly identity: string;
  /** Organization, project and stack: whose state this is. */
  readonly owner: string;
  /** The provider's id of the data volume, for messages. */
  readonly volume: string;
  /** The configuration says that this stack continues with a volume that another one filled. */
  readonly adopt: boolean;
  readonly release: ContainerRelease;
  /** Set when a known-good release of this host is to run instead of `release`. */
  readonly stepBack?: {
    readonly to: string;
    /** Take the state from before the newer release too; what is there now is kept aside. */
    readonly restoreState: boolean;
  };
}

/** What a release tells at its end. */
export interface ReleaseOutcome {
  /** Id of the release that runs. */
  readonly release: string;
  /** For how long the gateway was away; undefined when nothing ran before, or nothing was changed. */
  readonly downtimeSeconds?: number;
}

/** The outcome in a release's output: its last line. @throws Error when there is none */
export function releaseOutcome(output: string): ReleaseOutcome {
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  if (!last.startsWith("{")) throw new Error(`the release did not tell its outcome; its last line is: ${last}`);
  return JSON.parse(last) as ReleaseOutcome; // release.sh wrote it
}

const host = join(import.meta.dirname, "host");
const gateway = join(import.meta.dirname, "../gateway");
const json5 = join(import.meta.dirname, "../../node_modules/json5");

const file = (path: string, mode = 0o644): StageFile => ({ content: readFileSync(path, "utf8"), mode });

/** What Node runs in the new image to merge openclaw.json, laid out as it is here. */
const merge = (): Record<string, StageFile> => ({
  "node/container/merge.mts": file(join(import.meta.dirname, "merge.mts")),
  "node/gateway/openclaw-json.ts": file(join(gateway, "openclaw-json.ts")),
  "node/node_modules/json5/package.json": { content: '{"main":"index.mjs"}', mode: 0o644 },
  "node/node_modules/json5/index.mjs": file(join(json5, "dist/index.min.mjs")),
});

/**
 * The stage that makes a release run on a host: checked before anything stops, reversible until it is verified, safe to
 * repeat. The last line of its output is JSON: `{"release":"<id>","downtimeSeconds":13.2}`.
 */
export const releaseStage = (request: ContainerReleaseRequest): StageDocument => ({
  name: "release",
  run: "release.sh",
  files: {
    ...Object.fromEntries(readdirSync(host).map((name) => [name, file(join(host, name))])),
    ...merge(),
    "verify.mts": file(join(gateway, "verify.mts")),
  },
  parameters: request,
});
