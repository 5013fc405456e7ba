/** Keys of the target `local`: the gateway on this machine. */
import { z } from "zod";
import { openclawVersions } from "../../components/local/versions.ts";
import { setCommand, shown, type Fault } from "../config-faults.ts";
import { commonKeys, gatewayKeys, key, onDestroy, section } from "../config-keys.ts";

/** How the local target keeps the gateway running. */
export const localRuntimes = ["process", "systemd", "launchd"] as const;

/** Every key of a local stack. */
export const schema = z.strictObject({
  target: z.literal("local"),
  gateway: section("The gateway itself.", {
    version: key(z.enum(openclawVersions).default(openclawVersions[0]), "OpenClaw version to run.", {
      allowed: `${openclawVersions.join(" or ")} (the versions whose dependencies this release locks)`,
      example: openclawVersions[0],
      isText: true,
    }),
    ...gatewayKeys,
  }).prefault({}),
  ...commonKeys,
  data: section("The gateway's state.", {
    onDestroy,
    adopt: key(z.string().regex(/^\//).optional(), "Existing data directory that a new stack continues with.", {
      allowed: "the absolute path of the data directory of an earlier gateway",
      example: "/path/to/data",
    }),
  }).prefault({}),
  local: section("The local target.", {
    runtime: key(z.enum(localRuntimes), "What keeps the gateway running on this machine.", {
      allowed: "process, systemd (Linux) or launchd (macOS); `npm start` writes it once",
      example: "process",
    }),
  }).prefault({} as never), // its one key is required: the fault is told for that key
});

/** The validated configuration of a local stack, with every default filled in. */
export type LocalConfig = z.output<typeof schema>;

/** Faults that depend on the machine. Pure. */
export function rules(config: LocalConfig, platform: NodeJS.Platform): Fault[] {
  const home = { systemd: "linux", launchd: "darwin" } as const;
  const { runtime } = config.local;
  if (runtime === "process" || home[runtime] === platform) return [];
  const path = ["local", "runtime"];
  return [
    {
      path,
      got: shown(runtime, false),
      allowed: `process on this machine (${platform}); ${runtime} needs ${home[runtime]}`,
      type: setCommand(path, "process"),
    },
  ];
}
