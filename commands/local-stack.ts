/** The stack `local` of the embedded backend: made once, repaired after an interruption. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isFreePort } from "../components/local/free-port.ts";
import { isTarget } from "../infra/config-schema.ts";
import { targetOf } from "./plugins.ts";
import { checkout, type PulumiCli } from "./pulumi-cli.ts";
import { CommandError } from "./report.ts";

/** Name of the stack that `npm start` deploys. */
export const stack = "local";

const file = join(checkout, "stacks", `Pulumi.${stack}.yaml`);

/**
 * Commands that ask nothing work on this machine alone. What is no target at all, the program refuses by itself.
 *
 * @param target of the stack, where one is known
 * @throws CommandError when that is another one
 */
export function requireThisMachine(command: "npm start" | "npm run stop", target: string | undefined): void {
  if (target === "local" || !isTarget(target)) return;
  const instead = command === "npm start" ? "up" : "destroy";
  throw new CommandError(
    `${command} is for the gateway on this machine, without asking; the stack "${stack}" has the target ${target}.\nType: npm run pulumi -- ${instead} --stack ${stack}`,
  );
}

/** The target that the stack's file names. */
export const ownTarget = (): string | undefined => targetOf(join(checkout, "stacks"), stack);

const defaultPort = 18_789;
/** Browser control of a gateway takes the 110 ports above its own. */
const portDistance = 120;

async function freePort(): Promise<number> {
  for (let port = defaultPort; port < defaultPort + 20 * portDistance; port += portDistance) {
    if (await isFreePort(port)) return port;
  }
  throw new CommandError(`no free port for the gateway from ${String(defaultPort)} on; stop one of the programs there`);
}

/** Chooses what cannot have a default, once, and writes it down. */
async function configure(pulumi: PulumiCli): Promise<void> {
  const set = (key: string, value: string): Promise<string> =>
    pulumi.read("config", "set", "--stack", stack, "--path", `openclaw:${key}`, value);
  await set("local.runtime", "process");
  const port = await freePort();
  if (port !== defaultPort) {
    await set("gateway.port", String(port));
    console.log(`port ${String(defaultPort)} is taken; this gateway gets ${String(port)}`);
  }
  await set("target", "local"); // last: it says that the rest is there
}

/**
 * Selects the stack, and makes it when it is not there.
 *
 * @throws CommandError when the stack's file belongs to a backend that is gone
 */
export async function selectStack(pulumi: PulumiCli): Promise<void> {
  try {
    await pulumi.read("stack", "select", stack, "--create");
  } catch (error) {
    if (!(error instanceof CommandError && error.message.includes("incorrect passphrase"))) throw error;
    throw new CommandError(
      `stacks/Pulumi.${stack}.yaml was encrypted with a passphrase that is gone (${pulumi.backend.directory} is a new one). Put ~/.local/share/pulumi-openclaw back from a backup; or start anew, without the secrets of that file:\n  mv stacks/Pulumi.${stack}.yaml stacks/Pulumi.${stack}.yaml.old`,
    );
  }
}

/** @throws CommandError naming the file when it is no YAML */
async function isConfigured(pulumi: PulumiCli): Promise<boolean> {
  try {
    return (await pulumi.read("config", "--json", "--stack", stack)).includes('"openclaw:target"');
  } catch (error) {
    const why = error instanceof Error ? /invalid YAML file: .*/.exec(error.message)?.[0] : undefined;
    throw why === undefined
      ? error
      : new CommandError(`stacks/Pulumi.${stack}.yaml cannot be read: ${why}. Correct it there`);
  }
}

/** How the last deployment ended: `succeeded`, or how not. */
async function lastResult(pulumi: PulumiCli): Promise<string> {
  const text = await pulumi.read("stack", "history", "--stack", stack, "--json", "--page-size", "1", "--page", "1");
  return (JSON.parse(text) as { result: string }[])[0]?.result ?? "unknown";
}

/**
 * Makes the stack and its configuration unless they are there. A new clone gets the configuration of what runs; a file that
 * somebody changed is left to the program's own judgement.
 *
 * @throws CommandError when the configuration that was taken back may be the one that was refused
 */
export async function ensureStack(pulumi: PulumiCli): Promise<void> {
  const isFile = existsSync(file);
  await selectStack(pulumi);
  if (await isConfigured(pulumi)) return;
  const isDeployed = (await pulumi.read("stack", "export", "--stack", stack)).includes('"urn:');
  if (isDeployed && isFile) return;
  if (isDeployed) {
    await pulumi.read("config", "refresh", "--stack", stack, "--force");
    const result = await lastResult(pulumi);
    const took = `took the configuration of the stack "${stack}" from its last deployment`;
    if (result !== "succeeded") {
      throw new CommandError(
        `${took}, which ${result}: look at stacks/Pulumi.${stack}.yaml, correct it, and run npm start again`,
      );
    }
    console.log(took);
    if (await isConfigured(pulumi)) return;
  }
  await configure(pulumi);
}
