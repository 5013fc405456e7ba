/** The stack `local` of the embedded backend: made once, repaired after an interruption. */
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { checkout, type PulumiCli } from "./pulumi-cli.ts";
import { clearDeadLocks, repairStateFile } from "./state-files.ts";

/** Name of the stack that `npm start` deploys. */
export const stack = "local";

/** A failure that is told to the user as it stands. */
export class CommandError extends Error {}

const defaultPort = 18_789;
/** Browser control of a gateway takes the 110 ports above its own. */
const portDistance = 120;

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen(port, "127.0.0.1", () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });

async function freePort(): Promise<number> {
  for (let port = defaultPort; port < defaultPort + 20 * portDistance; port += portDistance) {
    if (await isFree(port)) return port;
  }
  throw new CommandError(`no free port for the gateway from ${String(defaultPort)} on; stop one of the programs there`);
}

/** Chooses what cannot have a default, once, and writes it down. */
async function configure(pulumi: PulumiCli): Promise<void> {
  const set = (key: string, value: string): Promise<string> =>
    pulumi.read("config", "set", "--stack", stack, "--path", `openclaw:${key}`, value);
  await set("target", "local");
  await set("local.runtime", "process");
  const port = await freePort();
  if (port !== defaultPort) {
    await set("gateway.port", String(port));
    console.log(`port ${String(defaultPort)} is taken; this gateway gets ${String(port)}`);
  }
}

/**
 * Clears what a dead command left behind, and refuses to work beside a living one.
 *
 * @throws CommandError naming the process that works on the stack
 */
export function recover(backend: string): void {
  const { cleared, holder } = clearDeadLocks(backend, stack);
  for (const lock of cleared) console.log(`cleared the lock of an interrupted run (process ${String(lock.pid)})`);
  if (holder !== undefined) {
    throw new CommandError(
      `another deployment works on the stack "${stack}": process ${String(holder.pid)} of ${holder.username} on ${holder.hostname}, since ${holder.timestamp}. Wait for it, or stop it with: kill ${String(holder.pid)}`,
    );
  }
  const aside = repairStateFile(backend, stack);
  if (aside !== undefined)
    console.log(`the Pulumi state was damaged; its backup is used, the damaged file is kept as ${aside}`);
}

/** Makes the stack and its configuration unless they are there. */
export async function ensureStack(pulumi: PulumiCli): Promise<void> {
  await pulumi.read("stack", "select", stack, "--create");
  if (!existsSync(join(checkout, "stacks", `Pulumi.${stack}.yaml`))) await configure(pulumi);
  else if (!(await pulumi.read("config", "--json", "--stack", stack)).includes('"openclaw:target"'))
    await configure(pulumi);
}
