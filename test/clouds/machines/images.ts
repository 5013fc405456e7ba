/** The images of the tests, built once and keyed by what they are made of. */
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { openclawVersions, runtimeDirectoryName } from "../../../components/local/versions.ts";
import { sharedOpenclaw } from "../../support/machine.ts";
import { authority } from "./certificate.ts";
import { docker } from "./engine.ts";
import { withLock } from "./lock.ts";
import { cache, socket } from "./places.ts";
import { ownName } from "./run-label.ts";

const recipes = join(import.meta.dirname, "recipes");

/** The Node.js of the official image. */
const nodePackage = `node-linux-${process.arch}@24.21.0`;

/** `full` has what the baseline installs; `bare` is what a provider's image holds. */
export type HostImageKind = "full" | "bare";

const keyOf = (...parts: readonly (string | Buffer)[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, 12);
};

const exists = async (tag: string): Promise<boolean> => (await docker(["images", "--quiet", tag])) !== "";

/** Removes images of the same name and version that were made of something else, unless they are in use. */
async function removeFormer(tag: string): Promise<void> {
  const family = tag.slice(0, -12);
  const tags = await docker(["images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", `reference=${family}*`]);
  for (const former of tags.split("\n").filter((one) => one !== "" && one !== tag))
    await docker(["rmi", former]).catch(() => undefined);
}

/** Makes an image unless it is there. The work happens in a directory of its own, which is removed. */
const once = (tag: string, usual: string, make: (directory: string) => Promise<unknown>): Promise<string> =>
  withLock(`image-${tag.replaceAll(/[^\w.-]/g, "-")}`, async () => {
    if (await exists(tag)) return tag;
    const started = performance.now();
    console.error(`making the image ${tag}, about ${usual}`);
    const directory = mkdtempSync(join(cache, ownName("image", "")));
    try {
      await make(directory);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
    await removeFormer(tag);
    console.error(`made ${tag} in ${((performance.now() - started) / 1000).toFixed(0)} s`);
    return tag;
  });

/** A Debian 13 host that boots; returns its tag. */
export async function hostImage(kind: HostImageKind): Promise<string> {
  const recipe = join(recipes, "host.sh");
  const { certificate } = await authority();
  const tag = `openclaw-test/host-${kind}:${keyOf(readFileSync(recipe), readFileSync(certificate))}`;
  return once(tag, "1 minute", async (directory) => {
    const archive = join(directory, "root.tar");
    await execa("bash", [recipe, kind, certificate, archive], { stdout: "ignore", stderr: "inherit" });
    await docker(["import", "--change", 'CMD ["/sbin/init"]', archive, tag]);
  });
}

async function openclawBase(): Promise<string> {
  const recipe = join(recipes, "openclaw-base.sh");
  return once(`openclaw-test/base:${keyOf(readFileSync(recipe))}`, "1 minute", async (directory) => {
    const archive = join(directory, "root.tar");
    await execa("bash", [recipe, archive], { stdout: "ignore", stderr: "inherit" });
    // Written before the import, so that the image never lacks it.
    await docker(["import", archive, `openclaw-test/base:${keyOf(readFileSync(recipe))}`]);
  });
}

/** An image as the official one of this version, from OpenClaw's npm package and the committed lock; returns its tag. */
export async function openclawImage(version: (typeof openclawVersions)[number]): Promise<string> {
  const base = await openclawBase();
  const runtime = join(await sharedOpenclaw(), runtimeDirectoryName(version));
  const dockerfile = join(recipes, "openclaw.Dockerfile");
  const lock = readFileSync(join(runtime, "package-lock.json"));
  const tag = `openclaw-test/openclaw:${version}-${keyOf(base, lock, readFileSync(dockerfile), nodePackage)}`;
  return once(tag, "1 minute", async (directory) => {
    await execa("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", directory, nodePackage]);
    const [name = ""] = nodePackage.split("@");
    renameSync(join(directory, "node_modules", name, "bin/node"), join(directory, "node"));
    copyFileSync(dockerfile, join(directory, "Dockerfile"));
    const context = [
      ...["--create", "--directory", directory, "Dockerfile", "node"],
      ...["--directory", runtime, "package.json", "package-lock.json", "node_modules"],
    ];
    const build = ["build", "--quiet", "--build-arg", `BASE=${base}`, "--tag", tag, "-"];
    await execa("tar", context, { buffer: false }).pipe("docker", build, { env: { DOCKER_HOST: socket } });
  });
}
