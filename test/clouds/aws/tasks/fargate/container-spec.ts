/**
 * From a container definition to the container that the engine makes. Pure.
 *
 * Facts: Amazon ECS Developer Guide, "Task definition parameters for Fargate", "Fargate task networking", "Fargate
 * platform versions" (1.4.0); Docker Engine API 1.41, ContainerCreate. A HEALTHCHECK of the image is ignored by ECS.
 */
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import type { TaskOrder } from "../park.ts";

/** What is known only once the task has a place. */
export interface Place {
  /** Label of the process that made it. */
  readonly label: readonly [string, string];
  /** The container whose network the task's containers share. */
  readonly networkOf: string;
  readonly image: string;
  /** By name, as ECS resolved them. */
  readonly secrets: Readonly<Record<string, string>>;
  /** By volume: the directory on this computer, and whether it may only be read. */
  readonly volumes: ReadonlyMap<string, { readonly path: string; readonly readOnly: boolean }>;
  readonly command: readonly string[] | undefined;
}

const mebibyte = 1024 * 1024;
const second = 1_000_000_000;

/** ECS's defaults: API reference, HealthCheck. */
function healthCheck({ healthCheck: check }: ContainerDefinition): object {
  if (check === undefined) return { Test: ["NONE"] };
  const { command = [], interval = 30, timeout = 5, retries = 3, startPeriod = 0 } = check;
  return {
    Test: command,
    Interval: interval * second,
    Timeout: timeout * second,
    Retries: retries,
    StartPeriod: startPeriod * second,
  };
}

/** What Fargate adds to a container's environment; the addresses answer nobody here. */
const fargateEnvironment = ({ region, id, definition }: TaskOrder): Readonly<Record<string, string>> => ({
  AWS_EXECUTION_ENV: "AWS_ECS_FARGATE",
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  ECS_CONTAINER_METADATA_URI_V4: `http://169.254.170.2/v4/${id}`,
  ...(definition.taskRoleArn === undefined ? {} : { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: `/v2/credentials/${id}` }),
});

/** Seconds from SIGTERM to SIGKILL: 30 where nothing is said. */
export const stopSeconds = (definition: ContainerDefinition): number => definition.stopTimeout ?? 30;

/** The body of the engine's ContainerCreate. */
export function containerSpec(order: TaskOrder, definition: ContainerDefinition, place: Place): object {
  const linux = definition.linuxParameters ?? {};
  const named = (pairs: ContainerDefinition["environment"]) =>
    (pairs ?? []).map(({ name = "", value = "" }) => [name, value] as const);
  const environment = {
    ...fargateEnvironment(order),
    ...Object.fromEntries(named(definition.environment)),
    ...place.secrets,
  };
  const taskMemory = Number(order.definition.memory ?? 512) * mebibyte;
  const memory = definition.memory === undefined ? taskMemory : definition.memory * mebibyte;
  const command = place.command ?? definition.command;
  return {
    Image: place.image,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...(definition.user === undefined ? {} : { User: definition.user }),
    ...(definition.workingDirectory === undefined ? {} : { WorkingDir: definition.workingDirectory }),
    ...(definition.entryPoint === undefined ? {} : { Entrypoint: definition.entryPoint }),
    ...(command === undefined || command.length === 0 ? {} : { Cmd: command }),
    Labels: { ...definition.dockerLabels, [place.label[0]]: place.label[1] },
    Healthcheck: healthCheck(definition),
    HostConfig: {
      NetworkMode: `container:${place.networkOf}`,
      ReadonlyRootfs: definition.readonlyRootFilesystem ?? false,
      Init: linux.initProcessEnabled ?? false,
      CapAdd: linux.capabilities?.add ?? [],
      CapDrop: linux.capabilities?.drop ?? [],
      Tmpfs: Object.fromEntries(
        (linux.tmpfs ?? []).map(({ containerPath = "", size = 0, mountOptions = [] }) => [
          containerPath,
          [...mountOptions, `size=${String(size)}m`].join(","),
        ]),
      ),
      Ulimits: (definition.ulimits ?? []).map((limit) => ({
        ...{ Name: limit.name, Soft: limit.softLimit, Hard: limit.hardLimit },
      })),
      // No swap on Fargate.
      ...{
        Memory: memory,
        MemorySwap: memory,
        NanoCpus: Math.round((Number(order.definition.cpu ?? 256) / 1024) * second),
      },
      Mounts: (definition.mountPoints ?? []).flatMap(({ sourceVolume = "", containerPath = "", readOnly }) => {
        const volume = place.volumes.get(sourceVolume);
        return volume === undefined
          ? []
          : [
              {
                Type: "bind",
                Source: volume.path,
                Target: containerPath,
                ReadOnly: readOnly === true || volume.readOnly,
              },
            ];
      }),
      LogConfig: { Type: "json-file", Config: { "max-size": "10m" } },
      RestartPolicy: { Name: "no" },
    },
  };
}
