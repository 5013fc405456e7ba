/** A device of the user's: OpenClaw's node host in a container, which connects to the gateway by its name on the internet. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { authority } from "../../clouds/machines/certificate.ts";
import { docker } from "../../clouds/machines/engine.ts";
import { openclawImage } from "../../clouds/machines/images.ts";
import { socket } from "../../clouds/machines/places.ts";
import { runLabel } from "../../clouds/machines/run-label.ts";
import { domain } from "./ecs-deployment.ts";

/** See the file's comment. */
export interface Device {
  /** What it printed since it was started last, its errors too. */
  readonly log: () => Promise<string>;
  /** After it was approved: it waits for its operator to start it again. */
  readonly restart: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Starts it; it asks to be paired. @param address of this computer, where the name leads */
export async function startDevice({ address, token }: { address: string; token: string }): Promise<Device> {
  const directory = mkdtempSync(join(tmpdir(), "openclaw-device-"));
  const file = join(directory, "env");
  writeFileSync(file, `OPENCLAW_GATEWAY_TOKEN=${token}\n`, { mode: 0o600 });
  const name = `openclaw-test-device-${String(process.pid)}`;
  const { certificate } = await authority();
  const words = [
    ...["--detach", "--name", name, "--label", runLabel, "--network", "host", "--add-host", `${domain}:${address}`],
    ...["--env-file", file, "--env", "HOME=/home/node/device", "--volume", `${name}:/home/node`],
    ...["--volume", `${certificate}:/authority.crt:ro`, "--env", "NODE_EXTRA_CA_CERTS=/authority.crt"],
  ];
  const node = ["openclaw", "node", "run", "--host", domain, "--port", "443", "--tls"];
  await docker(["run", ...words, await openclawImage("2026.9.6"), ...node]);
  rmSync(directory, { recursive: true });
  return {
    log: async () => {
      const since = await docker(["inspect", "--format", "{{.State.StartedAt}}", name]);
      const env = { DOCKER_HOST: socket };
      return (await execa("docker", ["logs", "--since", since, name], { env, all: true })).all;
    },
    restart: async () => {
      await docker(["restart", "--time", "5", name]);
    },
    remove: async () => {
      await docker(["rm", "--force", name]);
      await docker(["volume", "rm", name]);
    },
  };
}
