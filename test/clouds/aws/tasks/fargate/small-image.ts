/** An image of 2 MB with a shell, httpd and wget: the container that holds a task's network, and what tests run. */
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { docker } from "../../../machines/engine.ts";
import { withLock } from "../../../machines/lock.ts";
import { cache, socket } from "../../../machines/places.ts";
import { ownName } from "../../../machines/run-label.ts";

const program = "/bin/busybox";

async function make(tag: string): Promise<void> {
  const root = mkdtempSync(join(cache, ownName("image", "")));
  try {
    mkdirSync(join(root, "bin"));
    copyFileSync(program, join(root, "bin/busybox"));
    const { stdout } = await execa(program, ["--list"]);
    for (const applet of stdout.split("\n").filter((name) => name !== "busybox"))
      symlinkSync("busybox", join(root, "bin", applet));
    for (const directory of ["etc", "tmp", "root", "var"]) mkdirSync(join(root, directory));
    chmodSync(join(root, "tmp"), 0o1777);
    chmodSync(root, 0o755);
    writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/tmp:/bin/sh\n");
    writeFileSync(join(root, "etc/group"), "root:x:0:\nnode:x:1000:\n");
    const archive = execa("tar", ["--create", "--owner=0", "--group=0", "--directory", root, "."], { buffer: false });
    await archive.pipe("docker", ["import", "--change", 'CMD ["/bin/sh"]', "-", tag], { env: { DOCKER_HOST: socket } });
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** The image's tag; it is made when the engine does not have it. */
export async function smallImage(): Promise<string> {
  await execa("bash", [join(import.meta.dirname, "install.sh")], { stdout: process.stderr, stderr: "inherit" });
  const hash = createHash("sha256")
    .update(readFileSync(program))
    .update(readFileSync(import.meta.filename));
  const tag = `openclaw-test/small:${hash.digest("hex").slice(0, 12)}`;
  await withLock("image-small", async () => {
    if ((await docker(["images", "--quiet", tag])) === "") await make(tag);
  });
  return tag;
}
