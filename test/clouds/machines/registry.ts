/** A registry that the machines of a network know as ghcr.io, with the OpenClaw images that the tests use. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openclawVersions } from "../../../components/local/versions.ts";
import { certificateFor } from "./certificate.ts";
import { docker } from "./engine.ts";
import { openclawImage } from "./images.ts";
import { withLock } from "./lock.ts";
import type { MachineNetwork } from "./network.ts";
import { cache, run } from "./places.ts";
import { freePort } from "../../support/free-port.ts";

/** The image's name, as the product uses it. */
export const repository = "ghcr.io/openclaw/openclaw";
const path = "openclaw/openclaw";

type OpenclawVersion = (typeof openclawVersions)[number];

/** See the file's comment. */
export interface Registry {
  /** Machines cannot reach it any more. */
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
}

const configuration = (address: string, tls: string): string => `version: 0.1
storage: { filesystem: { rootdirectory: ${join(cache, "registry")} }, delete: { enabled: true } }
log: { level: error, accesslog: { disabled: true } }
http: { addr: "${address}"${tls} }
`;

async function serve(address: string, tls: string): Promise<ChildProcess> {
  mkdirSync(join(cache, "registry"), { recursive: true });
  const file = join(run, `registry-${address.replace(":", "-")}.yml`);
  writeFileSync(file, configuration(address, tls));
  const child = spawn("setpriv", ["--pdeathsig", "SIGTERM", "docker-registry", "serve", file], { stdio: "ignore" });
  for (let waited = 0; waited < 200 && child.exitCode === null; waited += 1) {
    const scheme = tls === "" ? "http" : "https";
    const answer = await fetch(`${scheme}://${address}/v2/`).catch((error: unknown) => error);
    // A certificate that this process does not trust is an answer too.
    if (answer instanceof Response || String((answer as Error).cause).includes("certificate")) {
      rmSync(file);
      return child;
    }
    await sleep(50);
  }
  child.kill("SIGTERM");
  throw new Error(`the registry did not start on ${address}`);
}

const end = async (child: ChildProcess): Promise<void> => {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  if (child.exitCode === null && child.signalCode === null && child.kill("SIGTERM")) await ended;
};

const manifestTypes = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
].join(", ");

/** Makes an image of the engine one of the registry's; returns its digest. */
async function publish(image: string, tag: string): Promise<string> {
  const id = await docker(["inspect", "--format", "{{.Id}}", image]);
  return withLock("registry", async () => {
    const address = `127.0.0.1:${String(await freePort())}`;
    const child = await serve(address, "");
    const head = () =>
      fetch(`http://${address}/v2/${path}/manifests/${tag}`, { method: "HEAD", headers: { accept: manifestTypes } });
    try {
      const there = await head();
      if (!there.ok || publishedFrom(tag) !== id) {
        await docker(["tag", image, `${address}/${path}:${tag}`]);
        await docker(["push", "--quiet", `${address}/${path}:${tag}`]);
        await docker(["rmi", "--no-prune", `${address}/${path}:${tag}`]);
        writeFileSync(sourceFile(tag), id);
      }
      const digest = (await head()).headers.get("docker-content-digest");
      if (digest === null) throw new Error(`the registry has no digest for ${tag}`);
      return digest;
    } finally {
      await end(child);
    }
  });
}

const sourceFile = (tag: string): string => join(cache, "registry", `${tag}.source`);

const publishedFrom = (tag: string): string | undefined =>
  existsSync(sourceFile(tag)) ? readFileSync(sourceFile(tag), "utf8") : undefined;

/** Puts an OpenClaw version into the registry; returns its digest, `sha256:…`. */
export const publishOpenclaw = async (version: OpenclawVersion): Promise<string> =>
  publish(await openclawImage(version), version);

/**
 * Puts a variant of an OpenClaw version into the registry: the Dockerfile's lines after `FROM`.
 *
 * @returns the variant's digest
 */
export async function publishVariant(version: OpenclawVersion, tag: string, lines: readonly string[]): Promise<string> {
  const name = `openclaw-test/variant:${tag}`;
  const dockerfile = [`FROM ${await openclawImage(version)}`, ...lines, ""].join("\n");
  await docker(["build", "--quiet", "--tag", name, "-"], { input: dockerfile });
  return publish(name, tag);
}

/** Serves the registry to a network; every OpenClaw version that this release locks is in it. */
export async function startRegistry(network: MachineNetwork): Promise<Registry> {
  for (const version of openclawVersions) await publishOpenclaw(version);
  const { certificate, key } = await certificateFor("ghcr.io");
  const tls = `, tls: { certificate: ${certificate}, key: ${key} }`;
  const start = () => serve(`${network.gateway}:443`, tls);
  let child = await start();
  await network.addName("ghcr.io", network.gateway);
  return {
    stop: () => end(child),
    start: async () => {
      child = await start();
    },
  };
}
