/** Releases on a machine that was booted and brought to its baseline: over real SSH, with the real OpenClaw. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { stageCommand, stageStdin, type StageDocument } from "../../../components/container/stage.ts";
import { containerPaths, containerRelease } from "../../../components/container/container-release.ts";
import { releaseOutcome, releaseStage, type ContainerReleaseRequest } from "../../../components/container/release.ts";
import type { GatewayImage } from "../../../components/gateway/dockerfile.ts";
import type { JsonObject } from "../../../components/gateway/openclaw-json.ts";
import { openclawVersions } from "../../../components/local/versions.ts";
import { machineEngine } from "../../clouds/machines/engine.ts";
import { preparedDisk } from "../../clouds/machines/prepared-disk.ts";
import {
  publishOpenclaw,
  publishVariant,
  repository,
  startRegistry,
  type Registry,
} from "../../clouds/machines/registry.ts";
import { freePort } from "../free-port.ts";
import { bootHost, volumeId, type HostUnderTest, type SshResult } from "./booted-host.ts";
import { isSmall } from "./image-variants.ts";

/** `small` is a stand-in that starts at once; see small-openclaw.js. */
export type OpenclawKind = "real" | "small";

/** What of a release a test sets; the rest is usual. */
export interface Wanted {
  /** @default 2026.9.6 */
  readonly version?: (typeof openclawVersions)[number];
  /** @default what the host was booted with */
  readonly openclaw?: OpenclawKind;
  readonly image?: Partial<GatewayImage>;
  readonly config?: JsonObject;
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly port?: number;
  readonly owner?: string;
  readonly adopt?: boolean;
  readonly stepBack?: ContainerReleaseRequest["stepBack"];
}

/** How a release ended. */
export interface Released extends SshResult {
  /** Id of the release that was asked for. */
  readonly id: string;
  readonly downtimeSeconds: number | undefined;
}

/** A release that still runs. */
export interface Releasing {
  /** Ends the client. */
  readonly kill: () => Promise<void>;
  readonly ended: Promise<unknown>;
}

/** See the file's comment. */
export interface GatewayHostUnderTest extends AsyncDisposable {
  readonly host: HostUnderTest;
  readonly registry: Registry;
  /** The gateway's, free on this computer too. */
  readonly port: number;
  /** `sha256:…` of each version's image. */
  readonly digests: Readonly<Record<string, string>>;
  readonly stage: (wanted: Wanted) => { id: string; document: StageDocument };
  readonly release: (wanted: Wanted) => Promise<Released>;
  /** The same, of a document that was changed. */
  readonly run: (document: StageDocument) => Promise<SshResult>;
  /** Starts one and returns while it runs. */
  readonly launch: (document: StageDocument) => Releasing;
  /** `<version> <status with the token> <status with a wrong one>`, asked from inside the container. */
  readonly gateway: (token?: string) => Promise<string>;
  /** Waits until the gateway is started. */
  readonly untilStarted: () => Promise<void>;
  /** When the container was started. */
  readonly startedAt: () => Promise<string>;
  /**
   * Puts an image into the registry that is OpenClaw 2026.9.6 but for these lines of a Dockerfile; returns its reference.
   *
   * @param kind @default what the host was booted with
   */
  readonly variant: (name: string, lines: readonly string[], kind?: OpenclawKind) => Promise<string>;
}

export const token = "5ec4e7".repeat(16);
/** A planted secret. */
export const canary = "canary-4f2a9c81d07b";
export const owner = "organization/openclaw/dev";

/** Asks as a user of the API does; the version first. */
const probe = `
const base = "http://127.0.0.1:" + process.argv[3];
const call = async (token) => (await fetch(base + "/tools/invoke", { method: "POST",
  headers: { authorization: "Bearer " + token, "content-type": "application/json" },
  body: JSON.stringify({ tool: "sessions_list", args: {} }) })).status;
const { version } = await (await fetch(base + "/startupz")).json();
console.log(version, await call(process.argv[2]), await call("0".repeat(96)));`;

/** Options of {@link bootGatewayHost}. */
export interface GatewayHostOptions {
  /** Of the volume; ext4 is one that was adopted, whose copies of the state are whole ones. @default xfs */
  readonly format?: "xfs" | "ext4";
  /** What its releases are of, unless they say so. @default real */
  readonly openclaw?: OpenclawKind;
}

/** Boots a host, brings it to its baseline, and serves it the images. */
export async function bootGatewayHost(
  name: string,
  { format = "xfs", openclaw = "real" }: GatewayHostOptions = {},
): Promise<GatewayHostUnderTest> {
  await machineEngine();
  const host = await bootHost(name, { disk: await preparedDisk() });
  const { machine } = host;
  const registry = await startRegistry(host.network);
  const port = await freePort();
  await host.converge({ ssh: { gatewayPort: port } });
  if (format === "ext4") {
    const device = `/dev/disk/by-id/${volumeId}`;
    await machine.shell(
      `systemctl stop srv-openclaw.mount && mkfs.ext4 -F -q ${device} && systemctl start srv-openclaw.mount && chmod 700 /srv/openclaw`,
    );
  }
  const digests: Record<string, string> = {};
  for (const version of openclawVersions) {
    digests[version] = await publishOpenclaw(version);
    if (openclaw === "small") {
      const tag = `small-${version}`;
      digests[tag] = await publishVariant(version, tag, isSmall);
    }
  }

  const stage: GatewayHostUnderTest["stage"] = (wanted) => {
    const version = wanted.version ?? "2026.9.6";
    const tag = (wanted.openclaw ?? openclaw) === "small" ? `small-${version}` : version;
    const reference = `${repository}:${tag}@${digests[tag] ?? ""}`;
    const config = wanted.config ?? {};
    const release = containerRelease(
      {
        spec: { version, port: wanted.port ?? port, bind: "lan", paths: containerPaths, config },
        image: { reference, packages: [], binaries: [], ...wanted.image },
        memoryMiB: 2048,
        env: wanted.env ?? {},
      },
      wanted.token ?? token,
      { ANTHROPIC_API_KEY: canary, ...wanted.secrets },
    );
    const document = releaseStage({
      identity: name,
      owner: wanted.owner ?? owner,
      volume: "4711",
      adopt: wanted.adopt ?? false,
      release,
      ...(wanted.stepBack === undefined ? {} : { stepBack: wanted.stepBack }),
    });
    return { id: release.id, document };
  };
  const untilStarted = async (): Promise<void> => {
    if (!(await machine.holds(`curl -fs http://127.0.0.1:${String(port)}/startupz`, 120)))
      throw new Error(`no gateway: ${await machine.shell("/usr/local/lib/openclaw/openclaw-status 2>&1 || true")}`);
  };
  return {
    host,
    registry,
    port,
    digests,
    stage,
    run: host.run,
    release: async (wanted) => {
      const { id, document } = stage(wanted);
      const result = await host.run(document);
      const downtimeSeconds = result.exitCode === 0 ? releaseOutcome(result.output).downtimeSeconds : undefined;
      return { ...result, id, downtimeSeconds };
    },
    launch: (document) => {
      const child = spawn("ssh", [...host.sshWords(), stageCommand], { stdio: ["pipe", "ignore", "ignore"] });
      const ended = once(child, "exit");
      child.stdin.end(stageStdin(document));
      return {
        ended,
        kill: async () => {
          child.kill("SIGKILL");
          await ended;
        },
      };
    },
    gateway: async (ownToken = token) => {
      const words = ["docker", "exec", "--interactive", "openclaw-gateway", "node", "--input-type=module", "-"];
      const { output } = await machine.exec([...words, ownToken, String(port)], { input: probe });
      return output;
    },
    untilStarted,
    startedAt: () => machine.shell("docker container inspect --format '{{.State.StartedAt}}' openclaw-gateway"),
    variant: async (name, lines, kind = openclaw) => {
      const [tag, all] = kind === "small" ? [`small-${name}`, [...isSmall, ...lines]] : [name, lines];
      return `${repository}:${tag}@${await publishVariant("2026.9.6", tag, all)}`;
    },
    [Symbol.asyncDispose]: async () => {
      await registry.stop();
      await host[Symbol.asyncDispose]();
    },
  };
}
