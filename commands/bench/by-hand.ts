/**
 * What a stack does on a host, by hand: a machine booted from the same user data, the same baseline, and then in one SSH
 * session the image built, the configuration checked, the container started and asked. No engine, no cloud's API.
 */
import { randomBytes } from "node:crypto";
import { containerPaths, containerRelease } from "../../components/container/container-release.ts";
import { containerName } from "../../components/gateway/compose.ts";
import { preparedDisk } from "../../test/clouds/machines/prepared-disk.ts";
import { repository, startRegistry, type Registry } from "../../test/clouds/machines/registry.ts";
import { bootHost, type HostUnderTest } from "../../test/support/hosts/booted-host.ts";
import { medianSeconds, seconds } from "./timing.ts";

const port = 18789;
const files = "/srv/openclaw/by-hand";

const heredoc = (path: string, text: string): string => `cat >${path} <<'END_OF_FILE'\n${text.trimEnd()}\nEND_OF_FILE`;

const untilStarted = `until curl -fsS http://127.0.0.1:${String(port)}/startupz >/dev/null 2>&1; do sleep 0.1; done`;

/** The commands of the one SSH session, as root. */
function steps(version: string): string {
  const token = randomBytes(48).toString("hex");
  const image = { reference: `${repository}:${version}`, packages: [], binaries: [] };
  const spec = { version, port, bind: "lan", paths: containerPaths, config: {} } as const;
  const release = containerRelease({ spec, image, memoryMiB: 2048, env: {} }, token, {});
  const environment = Object.entries(release.environment).map(([name, value]) => `${name}=${value}`);
  const config = JSON.stringify(release.config);
  return `set -euo pipefail
umask 077
mkdir ${files} && cd ${files}
install -d -o 1000 -g 1000 -m 700 state config candidate
${heredoc("Dockerfile", release.image.dockerfile)}
${heredoc("compose.yaml", release.compose)}
${heredoc("gateway.env", environment.join("\n"))}
${heredoc("candidate/openclaw.json", config)}
${heredoc("state/openclaw.json", config)}
chown -R 1000:1000 state candidate
docker pull --quiet ${image.reference}
docker build --quiet --tag ${release.image.tag} - <Dockerfile
docker compose run --rm check </dev/null
docker compose up --detach gateway
${untilStarted}
curl -fsS -H "authorization: Bearer ${token}" -H "content-type: application/json" \\
  --data '{"tool":"sessions_list","args":{}}' http://127.0.0.1:${String(port)}/tools/invoke >/dev/null`;
}

/** Seconds from nothing to a gateway that answered, and of a bare `docker restart` until it has started again. */
export async function measureByHand(version: string): Promise<{ up: number; restart: number }> {
  const disk = await preparedDisk();
  let host: HostUnderTest | undefined;
  let registry: Registry | undefined;
  try {
    const up = await seconds(async () => {
      host = await bootHost("by-hand", { disk });
      registry = await startRegistry(host.network);
      await host.converge();
      const { exitCode, output } = await host.ssh("sudo bash", { input: steps(version) });
      if (exitCode !== 0) throw new Error(`the steps by hand failed:\n${output}`);
    });
    const restart = await medianSeconds(3, async () => {
      await host?.machine.shell(`docker restart --time 330 ${containerName} >/dev/null; ${untilStarted}`);
    });
    return { up, restart };
  } finally {
    await registry?.stop();
    await host?.[Symbol.asyncDispose]();
  }
}
