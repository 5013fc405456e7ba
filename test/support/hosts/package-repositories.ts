/**
 * Package repositories of the test's own, as a provider's mirror and as Docker's: real packages of the distribution,
 * signed by keys that are made here, served to machines that reach nothing else.
 */
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { createHash } from "node:crypto";
import { execa } from "execa";
import type { BootedMachine } from "../../clouds/machines/machine.ts";
import { withLock } from "../../clouds/machines/lock.ts";
import { cache } from "../../clouds/machines/places.ts";

/** A signing key of a repository. */
export interface SigningKey {
  /** Where gpg keeps it. */
  readonly home: string;
  readonly fingerprint: string;
  /** The public key, armoured. */
  readonly armoured: string;
}

/** Makes a key. */
export async function makeSigningKey(home: string, name: string): Promise<SigningKey> {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const gpg = (...words: string[]) => execa("gpg", ["--homedir", home, "--batch", "--quiet", ...words]);
  await gpg("--passphrase", "", "--quick-generate-key", name, "ed25519", "sign", "never");
  const { stdout } = await gpg("--with-colons", "--list-keys");
  return {
    home,
    fingerprint: /^fpr:+([0-9A-F]{40}):$/m.exec(stdout)?.[1] ?? "",
    armoured: (await gpg("--armor", "--export")).stdout,
  };
}

/** Several public keys in one armoured block. */
export async function armouredTogether(keys: readonly SigningKey[]): Promise<string> {
  const exported = await Promise.all(
    keys.map(({ home }) =>
      execa("gpg", ["--homedir", home, "--batch", "--export"], {
        encoding: "buffer",
        stripFinalNewline: false,
      }),
    ),
  );
  const all = Buffer.concat(exported.map(({ stdout }) => stdout));
  return (await execa("gpg", ["--batch", "--enarmor"], { input: all })).stdout.replaceAll(
    "ARMORED FILE",
    "PUBLIC KEY BLOCK",
  );
}

/**
 * Packages of the distribution that a machine would install for these, with all that they need; from the mirror that its
 * own image names. Downloaded once for each state of the image.
 *
 * @returns the directory of the .deb files
 */
export async function downloadPackages(machine: BootedMachine, names: readonly string[]): Promise<string> {
  const status = await machine.shell("cat /var/lib/dpkg/status");
  const sources = await machine.shell("cat /etc/apt/sources.list");
  const key = createHash("sha256").update(status).update(sources).update(names.join(" ")).digest("hex").slice(0, 12);
  const directory = join(cache, `packages-${key}`);
  return withLock(`packages-${key}`, async () => {
    if (existsSync(directory)) return directory;
    const work = `${directory}.new`;
    for (const made of ["lists/partial", "archives/partial", "etc/preferences.d"])
      mkdirSync(join(work, made), { recursive: true });
    writeFileSync(join(work, "status"), status);
    writeFileSync(join(work, "sources.list"), `${sources}\n`);
    const apt = (...words: string[]) =>
      execa("apt-get", [
        ...[
          "-q",
          "-y",
          "-o",
          `Dir::State=${work}`,
          "-o",
          `Dir::State::status=${work}/status`,
          "-o",
          "Debug::NoLocking=1",
        ],
        ...["-o", `Dir::Cache=${work}`, "-o", `Dir::Etc::sourcelist=${work}/sources.list`],
        ...["-o", "Dir::Etc::sourceparts=/dev/null", "-o", `Dir::Etc::preferencesparts=${work}/etc/preferences.d`],
        ...["-o", "APT::Sandbox::User=root", ...words],
      ]);
    await apt("update");
    await apt("install", "--download-only", "--no-install-recommends", ...names);
    renameSync(join(work, "archives"), directory);
    rmSync(work, { recursive: true });
    return directory;
  });
}

/**
 * Makes a package of another: the same files and scripts under another name, which needs others of these names and
 * conflicts with none.
 *
 * @param names new names by old ones
 */
export async function renamePackage(
  from: string,
  to: string,
  name: string,
  version: string,
  names: Readonly<Record<string, string>>,
): Promise<void> {
  const file = readdirSync(from).find((deb) => deb.startsWith(`${name}_`));
  if (file === undefined) throw new Error(`${from} has no package ${name}`);
  const tree = mkdtempSync(join(tmpdir(), "openclaw-package-"));
  await execa("dpkg-deb", ["--raw-extract", join(from, file), tree]);
  const control = readFileSync(join(tree, "DEBIAN/control"), "utf8")
    .replace(
      /^(Conflicts|Breaks|Replaces|Provides|Recommends|Suggests|Built-Using|Static-Built-Using):.*\n( .*\n)*/gm,
      "",
    )
    .replace(/^Version: .*$/m, `Version: ${version}`)
    .replace(/^(Package|Pre-Depends|Depends): .*$/gm, (line) =>
      line.replaceAll(/[a-z0-9][a-z0-9.+-]+(?= |,|$)/g, (word) => names[word] ?? word),
    );
  writeFileSync(join(tree, "DEBIAN/control"), control);
  await execa("dpkg-deb", ["-Znone", "--build", tree, join(to, `${names[name] ?? name}_${version}.deb`)]);
  rmSync(tree, { recursive: true });
}

/** Makes the index of all packages in a directory, and signs it. */
export async function publish(directory: string, origin: string, component: string, key: SigningKey): Promise<void> {
  const suite = join(directory, "dists/trixie");
  const { stdout: architecture } = await execa("dpkg", ["--print-architecture"]);
  const index = `${component}/binary-${architecture}/Packages`;
  mkdirSync(join(suite, index, ".."), { recursive: true });
  const { stdout } = await execa("dpkg-scanpackages", ["--multiversion", "."], { cwd: directory });
  writeFileSync(join(suite, index), `${stdout}\n`);
  const sum = createHash("sha256").update(`${stdout}\n`).digest("hex");
  const release = [
    ...[`Origin: ${origin}`, `Label: ${origin}`, "Suite: stable", "Codename: trixie", `Components: ${component}`],
    ...[`Architectures: ${architecture}`, `Date: ${new Date().toUTCString()}`],
    ...["SHA256:", ` ${sum} ${String(statSync(join(suite, index)).size)} ${index}`, ""],
  ];
  writeFileSync(join(suite, "Release"), release.join("\n"));
  const sign = ["--homedir", key.home, "--batch", "--yes", "--clearsign", "--output", join(suite, "InRelease")];
  await execa("gpg", [...sign, join(suite, "Release")]);
}

/** Serves a directory; returns its URL. */
export async function serveDirectory(directory: string, host: string): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    const file = join(directory, normalize(decodeURIComponent(request.url ?? "/")));
    if (!existsSync(file) || statSync(file).isDirectory()) response.writeHead(404).end();
    else {
      response.writeHead(200, { "content-length": statSync(file).size });
      createReadStream(file).pipe(response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no address");
  return {
    url: `http://${host}:${address.port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Puts links to all files of one directory into another. */
export async function linkAll(from: string, to: string): Promise<void> {
  mkdirSync(to, { recursive: true });
  const files = readdirSync(from).filter((name) => name.endsWith(".deb"));
  await execa("cp", ["--symbolic-link", ...files.map((name) => join(from, name)), to]);
}
