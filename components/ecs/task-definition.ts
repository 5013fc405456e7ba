/** The task that runs a gateway on Fargate, rendered from plain values. Pure but for reading what it carries. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../container/canonical-json.ts";
import { gatewayArguments, gatewayEnvironment, type Environment } from "../gateway/environment.ts";
import { desiredConfig } from "../gateway/openclaw-json.ts";
import type { GatewaySpec } from "../gateway/spec.ts";
import { entryCommand, entryPoint, healthCommand } from "./bundle.ts";
import type { ContainerDefinition, TaskSecret } from "./container-definition.ts";
import type { ArchiveSchedule } from "./entrypoint/archives.mts";
import { configHome, dataMount, runDirectory } from "./paths.ts";

/** Names of the containers, and of the volume that both mount. */
export const taskNames = { gateway: "gateway", shell: "shell", volume: "data" } as const;

/** A lease lives 300 s after its owner was killed. */
const leaseSeconds = 330;

/** Bytes that ECS takes as one task definition: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html */
const mostBytes = 64 * 1024;

/** A day without an archive is what a day's copy by AWS Backup cannot make up for. */
export const dailyArchives: ArchiveSchedule = { everyHours: 24, keep: 7 };

/** The plain values of a task. */
export interface TaskDefinitionArgs {
  /** With `bind: "lan"` and the paths of paths.ts. */
  readonly spec: GatewaySpec;
  /** Reference of the image, pinned. */
  readonly image: string;
  /** CPU units, 1024 a processor. */
  readonly cpu: number;
  readonly memoryMiB: number;
  /** Plain environment variables of the gateway. */
  readonly env: Environment;
  /** `OPENCLAW_GATEWAY_TOKEN` and the user's; pinned to a version each. */
  readonly secrets: readonly TaskSecret[];
  /** Adds the container that ECS Exec and Session Manager go to. */
  readonly shell: boolean;
  readonly logGroup: string;
  readonly region: string;
  /** @default - {@link dailyArchives} */
  readonly archives?: ArchiveSchedule | undefined;
  /** Name of an archive in `backups/` whose state the release begins with. @default - it goes on with the state that is there */
  readonly restore?: string | undefined;
}

/** What is registered. */
export interface RenderedTask {
  /** 12 hexadecimal digits over everything that decides what runs; of secrets their versions, not their values. */
  readonly release: string;
  readonly containers: readonly ContainerDefinition[];
  /** `containerDefinitions` of the resource. */
  readonly json: string;
}

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function environment({ spec, env }: TaskDefinitionArgs) {
  const host = { home: "/home/node", path };
  const all: Environment = {
    ...gatewayEnvironment(spec, "", { NO_COLOR: "1", ...env }, host),
    XDG_CONFIG_HOME: configHome,
  };
  return Object.entries(all)
    .filter(([name]) => name !== "OPENCLAW_GATEWAY_TOKEN") // a secret
    .map(([name, value]) => ({ name, value }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** What both containers have in common. */
const common = (args: TaskDefinitionArgs) => ({
  image: args.image,
  user: "1000:1000",
  environment: environment(args),
  secrets: [...args.secrets].sort((one, other) => (one.name < other.name ? -1 : 1)),
  mountPoints: [{ sourceVolume: taskNames.volume, containerPath: dataMount, readOnly: false }],
  ulimits: [{ name: "nofile" as const, softLimit: 16_384, hardLimit: 16_384 }],
  logConfiguration: {
    logDriver: "awslogs" as const,
    options: {
      "awslogs-group": args.logGroup,
      "awslogs-region": args.region,
      "awslogs-stream-prefix": "openclaw",
      // A log service that does not answer must not stop the gateway.
      mode: "non-blocking",
      "max-buffer-size": "25m",
    },
  },
});

function gatewayContainer(args: TaskDefinitionArgs, release: string): ContainerDefinition {
  const { spec } = args;
  const shared = { release, version: spec.version, root: dataMount, run: runDirectory };
  return {
    ...common(args),
    name: taskNames.gateway,
    essential: true,
    entryPoint: entryPoint(),
    command: entryCommand({
      ...shared,
      config: desiredConfig(spec),
      command: ["openclaw", ...gatewayArguments(spec)],
      leaseSeconds,
      archives: args.archives ?? dailyArchives,
      restore: args.restore,
    }),
    readonlyRootFilesystem: true,
    portMappings: [{ containerPort: spec.port, hostPort: spec.port, protocol: "tcp" }],
    linuxParameters: {
      initProcessEnabled: true,
      capabilities: { add: [], drop: ["ALL"] },
      // Bind mounts of Fargate belong to root; a tmpfs is the /tmp that uid 1000 can write to.
      tmpfs: [{ containerPath: "/tmp", size: args.memoryMiB < 3072 ? 512 : 1024, mountOptions: ["nosuid", "nodev"] }],
    },
    stopTimeout: 120,
    restartPolicy: { enabled: true, ignoredExitCodes: [78], restartAttemptPeriod: 60 },
    healthCheck: {
      command: healthCommand({ ...shared, port: spec.port }),
      // The most that ECS allows: 600 s for a lease, a copy of the state and a start.
      startPeriod: 300,
      interval: 30,
      retries: 10,
      timeout: 25,
    },
  };
}

/** Shares loopback and the file system with the gateway; ECS Exec cannot enter a container whose root is read-only. */
const shellContainer = (args: TaskDefinitionArgs): ContainerDefinition => ({
  ...common(args),
  name: taskNames.shell,
  essential: false,
  entryPoint: ["sleep"],
  command: ["infinity"],
  readonlyRootFilesystem: false,
  portMappings: [],
  linuxParameters: { initProcessEnabled: true },
  stopTimeout: 2,
});

const containers = (args: TaskDefinitionArgs, release: string): ContainerDefinition[] => [
  gatewayContainer(args, release),
  ...(args.shell ? [shellContainer(args)] : []),
];

/**
 * Renders the containers of a task.
 *
 * @throws Error when they do not fit into a task definition
 */
export function renderTask(args: TaskDefinitionArgs): RenderedTask {
  const { cpu, memoryMiB } = args;
  const meaning = canonicalJson({ containers: containers(args, ""), cpu, memoryMiB });
  const release = createHash("sha256").update(meaning).digest("hex").slice(0, 12);
  const rendered = containers(args, release);
  const json = JSON.stringify(rendered);
  const bytes = Buffer.byteLength(json);
  // The task definition's own members take about one KiB beside the containers.
  if (bytes > mostBytes - 1024)
    throw new Error(
      `the task definition would have ${String(bytes)} bytes, ECS takes ${String(mostBytes - 1024)}; shorten openclaw:config or openclaw:env`,
    );
  return { release, containers: rendered, json };
}
