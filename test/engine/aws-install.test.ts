/** moto's installation: made once, whole or not at all. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, describe, expect, it } from "vitest";

describe("moto's installation", () => {
  const place = mkdtempSync(join(tmpdir(), "openclaw-moto-"));
  const cache = join(place, "cache/pulumi-openclaw/moto");
  const original = fileURLToPath(new URL("../clouds/aws/", import.meta.url));
  const install = () =>
    execa(join(place, "install.sh"), { env: { XDG_CACHE_HOME: join(place, "cache") }, reject: false });
  afterAll(() => {
    rmSync(place, { recursive: true, force: true });
  });

  it("is made once, by the first of two, and puts nothing half-made into its place", async () => {
    cpSync(join(original, "install.sh"), join(place, "install.sh"));
    // One small package of the list.
    const six = /^six==(?:.*\\\n)+.*\n/mu.exec(readFileSync(join(original, "requirements.txt"), "utf8"))?.[0] ?? "";
    writeFileSync(join(place, "requirements.txt"), six.replaceAll(/sha256:[0-9a-f]{4}/gu, "sha256:0000"));
    const refused = await install();
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain("DO NOT MATCH THE HASHES");
    expect(readdirSync(cache)).toEqual(["lock"]);

    mkdirSync(join(cache, "unfinished-killed"));
    writeFileSync(join(place, "requirements.txt"), six);
    const [one, two] = await Promise.all([install(), install()]);
    expect(one.stderr).toBe("");
    expect(one.stdout).toBe(two.stdout);
    expect(readdirSync(cache).toSorted()).toEqual([one.stdout.split("/").at(-1), "lock"]);
    const python = await execa(`${one.stdout}/bin/python`, ["-c", "import six; print(six.__file__)"]);
    expect(python.stdout).toContain(one.stdout);
  });

  it("says what is missing", async () => {
    const bin = join(place, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "python3"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const failed = await execa(join(place, "install.sh"), {
      env: { PATH: `${bin}:${process.env["PATH"] ?? ""}` },
      reject: false,
    });
    expect(failed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("apt-get install") as string });
    expect(failed.stderr).toContain("python3-venv");
  });
});
