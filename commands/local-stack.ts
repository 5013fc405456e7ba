/** The stack `local` of the embedded backend: made once, repaired after an interruption. */
import { isFreePort } from "../components/local/free-port.ts";
import { type PulumiCli } from "./pulumi-cli.ts";
import { CommandError } from "./report.ts";

/** Name of the stack that `npm start` deploys. */
export const stack = "local";

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

const isConfigured = async (pulumi: PulumiCli): Promise<boolean> =>
  (await pulumi.read("config", "--json", "--stack", stack)).includes('"openclaw:target"');

/** Makes the stack and its configuration unless they are there. A new clone gets the configuration of what runs. */
export async function ensureStack(pulumi: PulumiCli): Promise<void> {
  await selectStack(pulumi);
  if (await isConfigured(pulumi)) return;
  if ((await pulumi.read("stack", "export", "--stack", stack)).includes('"urn:')) {
    await pulumi.read("config", "refresh", "--stack", stack, "--force");
    console.log(`took the configuration of the stack "${stack}" from its last deployment`);
    if (await isConfigured(pulumi)) return;
  }
  await configure(pulumi);
}
