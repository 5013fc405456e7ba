/** Docker's disk of a machine that pulled the OpenClaw images before, made once: a pull takes half a minute each. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { openclawVersions } from "../../../components/local/versions.ts";
import type { PreparedDisk } from "./docker-disk.ts";
import { hostImage } from "./images.ts";
import { withLock } from "./lock.ts";
import { bootMachine } from "./machine.ts";
import { createNetwork } from "./network.ts";
import { publishOpenclaw, repository, startRegistry } from "./registry.ts";
import { inStore, storeDirectory } from "./store.ts";

/** The disk, for `bootMachine`. Its images were pulled by digest, by the Docker of a booted machine. */
export async function preparedDisk(): Promise<PreparedDisk> {
  const references: string[] = [];
  for (const version of openclawVersions) references.push(`${repository}:${version}@${await publishOpenclaw(version)}`);
  const key = createHash("sha256")
    .update(await hostImage("full"))
    .update(references.join())
    .digest("hex");
  const name = `prepared-${key.slice(0, 12)}.img`;
  await withLock("prepared-disk", async () => {
    if (!existsSync(await inStore(name))) await prepare(references, name);
  });
  return name as PreparedDisk; // it was made above
}

async function prepare(references: readonly string[], name: string): Promise<void> {
  console.error("pulling the OpenClaw images on a machine, once: about 1 minute");
  const started = performance.now();
  const network = await createNetwork();
  const registry = await startRegistry(network);
  try {
    const machine = await bootMachine({ name: "prepare", network, number: 2 });
    try {
      await machine.shell("until docker version >/dev/null 2>&1; do sleep 0.2; done");
      for (const reference of references) await machine.shell(`docker pull --quiet ${reference}`);
      await machine.shutdown();
      const copy = await inStore(`${name}.new`);
      await execa("sync");
      await execa("cp", ["--reflink=always", await machine.dockerDiskFile(), copy]);
      await execa("mv", [copy, await inStore(name)]);
      await removeFormer(name);
    } finally {
      await machine.destroy();
    }
    console.error(`pulled them in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  } finally {
    await registry.stop();
    await network.remove();
  }
}

const aDay = 24 * 3600 * 1000;

/** Removes disks that no running test can mean any more. */
async function removeFormer(name: string): Promise<void> {
  const directory = await storeDirectory();
  for (const former of readdirSync(directory).filter((one) => /^prepared-.*\.img$/.test(one) && one !== name))
    if (Date.now() - statSync(join(directory, former)).mtimeMs > aDay) rmSync(join(directory, former));
}
