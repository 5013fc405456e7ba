/**
 * A stack at the simulated Hetzner Cloud, on machines that boot, against the same steps by hand: boot, mount, pull, run,
 * wait. The hand neither hardens nor verifies.
 */
import { rmSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { openclawVersions } from "../../components/local/versions.ts";
import { bootMachine, type BootedMachine } from "../../test/clouds/machines/machine.ts";
import { createNetwork } from "../../test/clouds/machines/network.ts";
import { preparedDisk } from "../../test/clouds/machines/prepared-disk.ts";
import { prepareMachines } from "../../test/clouds/machines/prepare.ts";
import { repository, startRegistry } from "../../test/clouds/machines/registry.ts";
import { createVolume } from "../../test/clouds/machines/volume.ts";
import { hetznerDeployment } from "../../test/hosts/hetzner-deployment.ts";
import { emptyProject } from "./empty-project.ts";
import { compare, medianSeconds, seconds } from "./timing.ts";

const [newest, before] = openclawVersions;
const runs = 7;

const untilStarted = "until curl -fsS http://127.0.0.1:18789/startupz >/dev/null 2>&1; do sleep 0.1; done";

const byHand = (): string => `
until docker version >/dev/null 2>&1; do sleep 0.1; done
until [ -e /dev/disk/by-id/hand ]; do sleep 0.1; done
mkfs.xfs -q /dev/disk/by-id/hand && mkdir -p /srv/hand && mount /dev/disk/by-id/hand /srv/hand
install -d -o 1000 -g 1000 -m 700 /srv/hand/state
docker pull --quiet ${repository}:${before}
echo OPENCLAW_GATEWAY_TOKEN=${randomBytes(48).toString("hex")} >/root/env
docker run --detach --name hand --hostname hand --env-file /root/env --env OPENCLAW_NO_RESPAWN=1 --memory 2g \\
  --publish 127.0.0.1:18789:18789 --volume /srv/hand/state:/home/node/.openclaw ${repository}:${before} \\
  node openclaw.mjs gateway --allow-unconfigured --bind lan --port 18789
${untilStarted}`;

/** Seconds of the steps by hand, and of a bare `docker restart` until the gateway has started again. */
async function measureByHand(): Promise<{ up: number; restart: number }> {
  const network = await createNetwork();
  const registry = await startRegistry(network);
  const volume = await createVolume({ sizeGb: 10 });
  const disk = await preparedDisk();
  let machine: BootedMachine | undefined;
  try {
    const up = await seconds(async () => {
      machine = await bootMachine({ name: "hand", network, number: 2, disk });
      await machine.attach(volume, "hand");
      await machine.untilBooted();
      await machine.shell(byHand());
    });
    const restart = await medianSeconds(3, async () => {
      await machine?.shell(`docker restart --time 330 hand >/dev/null; ${untilStarted}`);
    });
    return { up, restart };
  } finally {
    await machine?.destroy();
    await volume.destroy();
    await registry.stop();
    await network.remove();
  }
}

/** Seconds that the gateway was away, as the release measured it. */
const downtime = (said: string): number => Number(/away for (\d+(?:\.\d+)?) s/.exec(said)?.[1] ?? NaN);

/** Measures a stack at Hetzner Cloud. */
export async function measureHetzner(): Promise<Record<string, number>> {
  await prepareMachines();
  const hand = await measureByHand();
  const d = await hetznerDeployment("bench");
  let empty: string | undefined;
  try {
    await d.set("gateway.version", before, "--type", "string");
    const up = await seconds(() => d.up());
    await d.set("env.CHANGED", "1", "--type", "string");
    const change = downtime(await d.up());
    await d.set("gateway.version", newest, "--type", "string");
    const migration = downtime(await d.up());
    const project = (empty = await emptyProject(d.cli));
    const preview = await compare(
      runs,
      () => d.cli(d.checkout, ["preview", "--refresh=false", "--stack", d.stack]),
      () => d.cli(project, ["preview", "--refresh=false", "--stack", "empty"]),
    );
    return {
      hetznerUpRatio: up / hand.up,
      hetznerUpSeconds: up,
      byHandSeconds: hand.up,
      hetznerRestartRatio: change / hand.restart,
      hetznerMigrationRatio: migration / hand.restart,
      dockerRestartSeconds: hand.restart,
      hetznerPreviewRatio: preview.own / preview.other,
      hetznerPreviewSeconds: preview.own,
    };
  } finally {
    await d.remove();
    if (empty !== undefined) rmSync(empty, { recursive: true, force: true });
  }
}
