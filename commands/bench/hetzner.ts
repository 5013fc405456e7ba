/** A stack at the simulated Hetzner Cloud, on machines that boot, against the same steps by hand. */
import { rmSync } from "node:fs";
import { openclawVersions } from "../../components/local/versions.ts";
import { prepareMachines } from "../../test/clouds/machines/prepare.ts";
import { hetznerDeployment } from "../../test/support/hetzner-deployment.ts";
import { measureByHand } from "./by-hand.ts";
import { emptyProject } from "./empty-project.ts";
import { compare, seconds } from "./timing.ts";

const [newest, before] = openclawVersions;
const runs = 7;

/** Seconds that the gateway was away, as the release measured it. */
const downtime = (said: string): number => Number(/away for (\d+(?:\.\d+)?) s/.exec(said)?.[1] ?? NaN);

/** Measures a stack at Hetzner Cloud. */
export async function measureHetzner(): Promise<Record<string, number>> {
  await prepareMachines();
  const hand = await measureByHand(before);
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
      () => d.cli(d.checkout, ["preview", "--refresh=false", "--stack", d.name]),
      () => d.cli(project, ["preview", "--refresh=false", "--stack", "empty"]),
    );
    return {
      hetznerUpRatio: up / hand.up,
      hetznerUpSeconds: up,
      byHandSeconds: hand.up,
      hetznerRestartRatio: change / hand.restart,
      hetznerMigrationRatio: migration / hand.restart,
      dockerRestartSeconds: hand.restart,
      hetznerPreviewRatio: preview.ratio,
      hetznerPreviewSeconds: preview.own,
    };
  } finally {
    await d.remove();
    if (empty !== undefined) rmSync(empty, { recursive: true, force: true });
  }
}
