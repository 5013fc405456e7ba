/** compose.yaml of the gateway's container. Pure. */
import { stringify } from "yaml";
import { gatewayArguments } from "./environment.ts";
import type { GatewaySpec } from "./spec.ts";

/** Name of the container, and its fixed host name. */
export const containerName = "openclaw-gateway";

/** OpenClaw drains for at most 315 s after SIGTERM and closes within 330 s. */
export const stopGraceSeconds = 330;

/** What the container gets of the machine. */
export interface ContainerLimits {
  /** Below 1536, any call of OpenClaw's command line kills the gateway. */
  readonly memoryMiB: number;
  /** @default all of the machine's */
  readonly cpus?: number | undefined;
}

const bind = (source: string, target: string, isReadOnly = false) => ({
  type: "bind",
  source,
  target,
  ...(isReadOnly ? { read_only: true } : {}),
  bind: { create_host_path: false },
});

/** What both services have in common: the same image, environment and confinement. */
const confined = (image: string, { memoryMiB, cpus }: ContainerLimits) => ({
  image,
  pull_policy: "never",
  // The image's own entry point is an init (tini -s), so `init` would only add a second one.
  user: "1000:1000",
  env_file: ["./gateway.env"],
  read_only: true,
  tmpfs: ["/tmp:size=1g,mode=1777"],
  cap_drop: ["ALL"],
  security_opt: ["no-new-privileges:true"],
  pids_limit: 512,
  mem_limit: `${String(memoryMiB)}m`,
  // The same as the memory: no swap, so a gateway that leaks is ended and not slowed down.
  memswap_limit: `${String(memoryMiB)}m`,
  ...(cpus === undefined ? {} : { cpus }),
  ulimits: { nofile: { soft: 16_384, hard: 16_384 } },
  logging: { driver: "local", options: { "max-size": "10m", "max-file": "3" } },
});

/**
 * Renders compose.yaml. Its relative paths are those of a release's directory: `gateway.env`, `state/`, `config/`, and
 * `candidate/`, a configuration that the service `check` judges without a network.
 *
 * @param image tag of an image that is on the host; nothing is pulled
 */
export function renderCompose(spec: GatewaySpec, image: string, limits: ContainerLimits): string {
  const port = String(spec.port);
  const common = confined(image, limits);
  return stringify(
    {
      name: "openclaw",
      services: {
        gateway: {
          ...common,
          container_name: containerName,
          // OpenClaw's owner lease names the host: after a kill, another name is locked out for five minutes.
          hostname: containerName,
          command: ["openclaw", ...gatewayArguments(spec)],
          // systemd starts it again: it knows exit codes apart, Docker does not.
          restart: "no",
          stop_grace_period: `${String(stopGraceSeconds)}s`,
          ports: [`127.0.0.1:${port}:${port}`],
          volumes: [bind("./state", spec.paths.stateDirectory), bind("./config", "/home/node/.config/openclaw")],
          healthcheck: {
            test: ["CMD", "curl", "-fsS", "--max-time", "5", "-o", "/dev/null", `http://127.0.0.1:${port}/startupz`],
            interval: "30s",
            timeout: "10s",
            retries: 3,
            start_period: "180s",
          },
        },
        check: {
          ...common,
          profiles: ["check"],
          network_mode: "none",
          environment: { OPENCLAW_CONFIG_PATH: "/candidate/openclaw.json" },
          command: ["openclaw", "config", "validate", "--json"],
          volumes: [bind("./candidate", "/candidate", true)],
        },
      },
    },
    // For readers of YAML 1.1 too, to whom a bare `no` is false and a bare 1000:1000 a number.
    { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false },
  );
}
