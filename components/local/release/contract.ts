/** What the program hands to the release on standard input. */
import type { JsonObject } from "../../gateway/openclaw-json.ts";
import type { GatewayCommand } from "../agent/release-file.mts";
import type { LocalPaths } from "../paths.ts";

/** What keeps the gateway running. */
export type LocalRuntime = "process" | "systemd" | "launchd";

/** Everything that decides what runs. Two equal releases run the same thing. */
export interface LocalRelease {
  readonly stack: string;
  /** Organization, project and stack: tells stacks of one name apart. */
  readonly owner: string;
  /** OpenClaw version. */
  readonly version: string;
  readonly port: number;
  readonly runtime: LocalRuntime;
  readonly paths: LocalPaths;
  /** Where this version is installed, e.g. `…/runtimes/2026.9.6-node26.10.0`. */
  readonly runtimeDirectory: string;
  /** What the program wants in openclaw.json. */
  readonly config: JsonObject;
  readonly command: GatewayCommand;
  /** SHA-256 of the files under `agent/`. */
  readonly agentSha256: string;
}

/** Standard input of `apply.ts` and `remove.ts`. */
export interface ReleaseRequest {
  /** Raised by the program when the gateway is found dead, so that the release runs again; see `liveness.ts`. */
  readonly generation: number;
  readonly release: LocalRelease;
  readonly data: {
    readonly onDestroy: "retain" | "delete";
    /** Set when the user said that this stack continues with a data directory that exists. */
    readonly adopt: string | undefined;
  };
}

/** A failure that is told to the user as it stands, without a stack. */
export class ReleaseError extends Error {
  override readonly name = "ReleaseError";
}
