/** A deployer with a stack at the simulated Hetzner Cloud, whose servers boot. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { openclawVersions } from "../../components/local/versions.ts";
import { ensureToolchain, PLUGIN_NAMES } from "../../toolchain/main.ts";
import { startHetznerCloud, type HetznerCloud } from "../clouds/hetzner/hetzner-cloud.ts";
import { machinePark } from "../clouds/hetzner/machine-park.ts";
import { machineEngine } from "../clouds/machines/engine.ts";
import { bootMachine, type BootedMachine } from "../clouds/machines/machine.ts";
import { createNetwork } from "../clouds/machines/network.ts";
import { preparedDisk } from "../clouds/machines/prepared-disk.ts";
import { publishVariant, repository, startRegistry, type Registry } from "../clouds/machines/registry.ts";
import { sweep } from "../clouds/machines/run-label.ts";
import { connects } from "./connects.ts";
import { deployer } from "./deployer.ts";
import { hetznerStack, type HetznerStack } from "./hetzner-stack.ts";
import { freePort } from "./free-port.ts";
import { variants } from "./openclaw-variants.ts";
import { pastedCommands, people, type PastedCommands } from "./pasted-commands.ts";

/** See the file's comment. */
export interface HetznerDeployment extends HetznerStack, PastedCommands {
  /** The gateway's. */
  readonly port: number;
  readonly checkout: string;
  /** Runs the CLI itself in a directory, on the deployer's backend. @throws Error when it fails */
  readonly cli: (directory: string, words: readonly string[]) => Promise<unknown>;
  readonly cloud: HetznerCloud;
  readonly registry: Registry;
  /** The one server that exists. */
  readonly machine: () => BootedMachine;
  readonly userData: () => string;
  /** HTTP status of the authenticated call. */
  readonly call: (port: number, token: string) => Promise<number>;
  readonly untilStarted: () => Promise<void>;
  readonly untilOnHost: (what: string, condition: string) => Promise<void>;
  /** When the gateway's container started. */
  readonly startedAt: () => Promise<string>;
  /** Whether a TCP connection from the deployer's address succeeds. */
  readonly reaches: (address: string, port: number) => Promise<boolean>;
  /** The same from a neighbour whose address no rule names. */
  readonly strangerReaches: (address: string, port: number) => Promise<boolean>;
  /** Puts the cloud's own firewall before the machine again. */
  readonly restoreFirewall: () => Promise<void>;
  /** Reference of an OpenClaw image that is not good. */
  readonly variant: (name: keyof typeof variants) => Promise<string>;
  readonly remove: () => Promise<void>;
}

/** Makes a deployer, a cloud and a stack; nothing is deployed yet. */
export async function hetznerDeployment(name: string): Promise<HetznerDeployment> {
  await machineEngine();
  await sweep();
  const disk = await preparedDisk();
  const network = await createNetwork();
  const registry = await startRegistry(network);
  const park = machinePark({ network, disk });
  const cloud = await startHetznerCloud({ park });
  const clone = deployer(name);
  const port = await freePort();

  const keys = await people(clone.home);
  const publicKey = (file: string): string => readFileSync(`${file}.pub`, "utf8").trim();
  const stack = await hetznerStack(clone, cloud, `${name}-test`, {
    poll: { pollFunction: "constant", pollInterval: "50ms" },
    allowedCidr: `${network.gateway}/32`,
    authorizedKey: publicKey(keys.administrator),
  });
  await stack.set("ssh.tunnelKeys[0]", publicKey(keys.other));
  await stack.set("gateway.port", String(port));
  const commands = pastedCommands(async () => (await stack.outputs()).commands, keys, clone.home, port);

  const serverId = (): number => {
    const [id, ...others] = cloud.project.servers.keys();
    if (id === undefined || others.length > 0)
      throw new Error(`there are ${String(cloud.project.servers.size)} servers`);
    return id;
  };
  const machine = (): BootedMachine => park.machine(serverId());

  let neighbour: BootedMachine | undefined;
  const neighbourMachine = async (): Promise<BootedMachine> => {
    neighbour ??= await bootMachine({ name: "neighbour", network, number: 5 });
    return neighbour;
  };

  const untilOnHost: HetznerDeployment["untilOnHost"] = async (what, condition) => {
    const deadline = Date.now() + 120_000;
    for (;;) {
      const ready = cloud.project.servers.size > 0 ? await machine().exec(["bash", "-c", condition]) : undefined;
      if (ready?.exitCode === 0) return;
      if (Date.now() > deadline) throw new Error(`waited in vain until ${what}: ${ready?.output ?? "no server"}`);
      await sleep(100);
    }
  };

  const toolchain = await ensureToolchain({ plugins: PLUGIN_NAMES, report: console.error });
  const options = { env: clone.cliEnvironment(toolchain), extendEnv: false, stdin: "ignore" } as const;
  const cli: HetznerDeployment["cli"] = (directory, words) =>
    execa(toolchain.pulumi, words, { cwd: directory, ...options });

  return {
    ...{ ...stack, ...commands, port, cli, checkout: clone.checkout, cloud, registry, machine, untilOnHost },
    userData: () => park.boot(serverId()).userData,
    call: async (at, token) => {
      const answer = await fetch(`http://127.0.0.1:${String(at)}/tools/invoke`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ tool: "sessions_list", args: {} }),
      });
      return answer.status;
    },
    untilStarted: () =>
      untilOnHost("the gateway has started", `curl -fsS http://127.0.0.1:${String(port)}/startupz >/dev/null`),
    startedAt: () => machine().shell("docker inspect --format '{{.State.StartedAt}}' openclaw-gateway"),
    reaches: connects,
    strangerReaches: async (address, to) =>
      (await (await neighbourMachine()).exec(["nc", "-z", "-w", "2", address, String(to)])).exitCode === 0,
    restoreFirewall: () => machine().setFirewall([{ protocol: "tcp", port: "22", sources: [`${network.gateway}/32`] }]),
    variant: async (name) => {
      const digest = await publishVariant(openclawVersions[0], name, variants[name]);
      return `${repository}:${name}@${digest}`;
    },
    remove: async () => {
      await neighbour?.destroy();
      await cloud[Symbol.asyncDispose]();
      await park[Symbol.asyncDispose]();
      await registry.stop();
      await network.remove();
      clone.remove();
    },
  };
}
