import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { freePort } from "./free-port.ts";

/** A real OpenSSH server of the current user on loopback. */
export interface SshServer extends AsyncDisposable {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly user: string;
  /** The private key that may log in. */
  readonly privateKey: string;
  /** The host's public key, as `connection.hostKey` takes it. */
  readonly hostKey: string;
  /** How many connections were opened since the start. */
  readonly connections: () => Promise<number>;
  /** How many of them were closed again. */
  readonly disconnections: () => Promise<number>;
}

/** Starts an SSH server with the settings of a stock one; `settings` are further lines of sshd_config. */
export async function startSshServer(...settings: readonly string[]): Promise<SshServer> {
  const directory = await mkdtemp(join(tmpdir(), "sshd-"));
  const paths = {
    clientKey: join(directory, "client"),
    config: join(directory, "sshd_config"),
    hostKeys: ["ecdsa", "ed25519"].map((type) => ({ type, path: join(directory, `host_${type}`) })),
    log: join(directory, "log"),
  };
  await Promise.all([
    generateKey("ed25519", paths.clientKey),
    ...paths.hostKeys.map(({ type, path }) => generateKey(type, path)),
  ]);
  const port = await freePort();
  const config = [
    ...settings,
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    ...paths.hostKeys.map(({ path }) => `HostKey ${path}`),
    `AuthorizedKeysFile ${paths.clientKey}.pub`,
    "PidFile none",
    "StrictModes no",
    "UsePAM no",
    "LogLevel VERBOSE",
    "MaxStartups 100",
    "Subsystem sftp internal-sftp",
  ];
  await writeFile(paths.config, config.join("\n") + "\n");
  // Run by root, sshd insists on its empty directory, which the system's service would have made.
  if (userInfo().uid === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });

  const server = spawn("/usr/sbin/sshd", ["-D", "-f", paths.config, "-E", paths.log], { stdio: "ignore" });
  const ended = new Promise((resolve) => server.once("close", resolve));
  const log = () => readFile(paths.log, "utf8").catch(() => "");
  await until(async () => (await log()).includes("Server listening on"));

  return {
    host: "127.0.0.1",
    port,
    user: userInfo().username,
    privateKey: await readFile(paths.clientKey, "utf8"),
    hostKey: (await readFile(join(directory, "host_ed25519.pub"), "utf8")).trim(),
    connections: async () => (await log()).match(/^Connection from /gm)?.length ?? 0,
    disconnections: async () => (await log()).match(/^(Disconnected from|Connection closed by) /gm)?.length ?? 0,
    [Symbol.asyncDispose]: async () => {
      server.kill();
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

/** Makes a key pair without a passphrase. */
export async function generateKey(type: string, path: string): Promise<void> {
  await execa("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "test", "-f", path]);
}

/** Waits until the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`the condition did not hold within ${timeoutMs} ms`);
    await delay(20);
  }
}
