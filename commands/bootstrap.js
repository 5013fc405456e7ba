// Runs `commands/<name>.ts` on this project's own Node, whatever the system has: `node commands/bootstrap.js <name> [arguments]`.
// Installs the dependencies first when they are missing or older than package-lock.json. Plain JavaScript for old Nodes.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, "node_modules", ".bin", "node");
const stamp = join(root, "node_modules", ".installed-from");
const lock = join(root, ".installing");

const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");

const isInstalled = () => existsSync(stamp) && existsSync(node) && readFileSync(stamp, "utf8") === wanted;

/** @param {number} milliseconds */
const pause = (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** Whether the process that wrote the lock still runs. */
const ownerLives = () => {
  try {
    const pid = Number(readFileSync(join(lock, "pid"), "utf8"));
    if (pid === 0) return false; // its owner died before it wrote the number
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

const takeLock = () => {
  for (let waitedSeconds = 0; ; waitedSeconds += 1) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, "pid"), String(process.pid));
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      if (waitedSeconds === 0) console.error("another command is installing the dependencies, waiting for it");
      pause(1000);
      if (waitedSeconds > 1 && !ownerLives()) rmSync(lock, { recursive: true, force: true });
    }
  }
};

const install = () => {
  console.error("installing this project's dependencies with npm, about 1 minute the first time");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (npm.status !== 0 || !existsSync(node)) {
    rmSync(lock, { recursive: true, force: true });
    console.error(
      npm.error === undefined
        ? "npm could not install the dependencies (its message is above); check the connection to the npm registry and run it again"
        : "npm was not found; install Node.js with npm and run it again",
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
};

if (!isInstalled()) {
  takeLock();
  try {
    if (!isInstalled()) install();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

const [name = "", ...words] = process.argv.slice(2);
const child = spawn(node, [join(root, "commands", `${name}.ts`), ...words], { stdio: "inherit" });
// The terminal sends Ctrl-C to both; a signal sent to this process alone is passed on.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
