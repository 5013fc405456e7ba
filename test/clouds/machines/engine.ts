/** The Docker engine that the machines of the tests run in: its own files, socket and networks, beside any other engine. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { withLock } from "./lock.ts";
import { cache, run, socket } from "./places.ts";

const pidFile = join(run, "docker.pid");
const log = join(cache, "dockerd.log");

/** Options of {@link docker}. */
export interface DockerOptions {
  /** Standard input. */
  readonly input?: string;
  readonly timeoutSeconds?: number;
}

/**
 * Runs the Docker client on the tests' engine; returns its standard output.
 *
 * @throws ExecaError with everything it printed
 */
export async function docker(words: readonly string[], options: DockerOptions = {}): Promise<string> {
  const { stdout } = await execa("docker", words, {
    env: { DOCKER_HOST: socket },
    ...(options.input === undefined ? { stdin: "ignore" } : { input: options.input }),
    ...(options.timeoutSeconds === undefined ? {} : { timeout: options.timeoutSeconds * 1000 }),
  });
  return stdout;
}

const answers = async (): Promise<boolean> =>
  !(await execa("docker", ["version"], { env: { DOCKER_HOST: socket }, reject: false })).failed;

const enginePid = (): number | undefined => (existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : undefined);

const forwarding = ["FORWARD", "-i", "ocm+", "-o", "ocm+", "-j", "ACCEPT"];

/**
 * Lets machines talk to one another. Another engine on this computer sets the policy of FORWARD to DROP and makes
 * bridges ask it; its own rules stay untouched.
 */
async function allowBridges(): Promise<void> {
  for (const tables of ["iptables", "ip6tables"]) {
    const present = await execa(tables, ["--wait", "-C", ...forwarding], { reject: false });
    if (present.failed) await execa(tables, ["--wait", "-I", ...forwarding]);
  }
}

/** A killed engine leaves its pid behind, and another process may have it now; and that of its containerd, dead too. */
function removeStalePids(): void {
  const command = `/proc/${String(enginePid())}/comm`;
  if (existsSync(command) && readFileSync(command, "utf8").trim() === "dockerd") return;
  for (const file of [pidFile, join(run, "exec/containerd/containerd.pid")]) rmSync(file, { force: true });
}

async function start(): Promise<void> {
  removeStalePids();
  const output = openSync(log, "a");
  const child = spawn(
    "dockerd",
    [
      ...["--data-root", join(cache, "engine"), "--exec-root", join(run, "exec"), "--pidfile", pidFile, "-H", socket],
      // Networks are the tests' own affair: no rules, no default bridge, nothing another engine could meet.
      ...["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false"],
      ...["--log-level=warn", "--max-concurrent-uploads=4", "--insecure-registry=127.0.0.0/8"],
    ],
    { stdio: ["ignore", output, output], detached: true },
  );
  closeSync(output);
  child.unref();
  for (let waited = 0; waited < 300; waited += 1) {
    if (await answers()) return;
    await sleep(100);
  }
  throw new Error(`the Docker engine of the tests did not start; its log is ${log}`);
}

/** Each process that uses the engine has a file here, named by its pid. */
const users = join(run, "users");

const forget = (pid: string): void => {
  rmSync(join(users, pid), { force: true });
};

/**
 * The engine, started when it does not run. It stays until `stopEngine`: test files come one after another.
 *
 * @throws Error naming what this computer lacks
 */
export async function machineEngine(): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new Error("tests that boot machines need root: systemd, block devices and network rules are real ones");
  }
  await execa("bash", [join(import.meta.dirname, "install.sh")], { stdout: process.stderr, stderr: "inherit" });
  await withLock("engine", async () => {
    mkdirSync(users, { recursive: true });
    writeFileSync(join(users, String(process.pid)), "");
    if (!(await answers())) await start();
    await allowBridges();
  });
}

/** This process has no more use for the engine. */
export const leaveEngine = (): void => {
  forget(String(process.pid));
};

/** Stops the engine, unless a process that lives uses it or a machine is there. */
export async function stopEngine(): Promise<void> {
  await withLock("engine", async () => {
    const pid = enginePid();
    if (pid === undefined || !(await answers())) return;
    const pids = existsSync(users) ? readdirSync(users) : [];
    pids.filter((user) => !existsSync(`/proc/${user}`)).forEach(forget);
    if (pids.some((user) => existsSync(`/proc/${user}`)) || (await docker(["ps", "--all", "--quiet"])) !== "") return;
    process.kill(pid, "SIGTERM");
    while (existsSync(pidFile)) await sleep(100);
    for (const tables of ["iptables", "ip6tables"]) await execa(tables, ["--wait", "-D", ...forwarding]);
  });
}
