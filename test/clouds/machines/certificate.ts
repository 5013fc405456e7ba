/** The certificate authority that machines of the tests trust, made once a computer. */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { withLock } from "./lock.ts";
import { cache } from "./places.ts";

/** A certificate and its key, as files. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

const directory = join(cache, "certificates");
const files = (name: string): Certificate => ({
  certificate: join(directory, `${name}.crt`),
  key: join(directory, `${name}.key`),
});

const request = (subject: string, extensions: readonly string[]): string[] => [
  ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650"],
  ...["-subj", subject, ...extensions.flatMap((extension) => ["-addext", extension])],
];

const make = (name: string, words: readonly string[]): Promise<Certificate> =>
  withLock(`certificate-${name}`, async () => {
    const made = files(name);
    if (existsSync(made.certificate)) return made;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const work = mkdtempSync(join(directory, "new-"));
    try {
      await execa("openssl", [...words, "-keyout", join(work, "key"), "-out", join(work, "crt")]);
      renameSync(join(work, "key"), made.key);
      renameSync(join(work, "crt"), made.certificate);
    } finally {
      rmSync(work, { recursive: true });
    }
    return made;
  });

/** The authority. */
export const authority = (): Promise<Certificate> =>
  make("authority", request("/CN=pulumi-openclaw tests", ["basicConstraints=critical,CA:TRUE"]));

/** A certificate of the authority for a host name, e.g. `ghcr.io`. */
export async function certificateFor(name: string): Promise<Certificate> {
  const { certificate, key } = await authority();
  const extensions = ["basicConstraints=critical,CA:FALSE", `subjectAltName=DNS:${name}`];
  return make(name, [...request(`/CN=${name}`, extensions), "-CA", certificate, "-CAkey", key]);
}
