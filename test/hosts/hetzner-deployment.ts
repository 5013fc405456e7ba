/** A deployer with a stack at the simulated Hetzner Cloud, whose servers boot. */
import { mkdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { openclawVersions } from "../../components/local/versions.ts";
import type { CommandOutputs, DataOutputs, GatewayOutputs, HostOutputs } from "../../infra/outputs.ts";
import { startHetznerCloud, type HetznerCloud } from "../clouds/hetzner/hetzner-cloud.ts";
import { machinePark } from "../clouds/hetzner/machine-park.ts";
import { machineEngine } from "../clouds/machines/engine.ts";
import { bootMachine, type BootedMachine } from "../clouds/machines/machine.ts";
import { createNetwork } from "../clouds/machines/network.ts";
import { preparedDisk } from "../clouds/machines/prepared-disk.ts";
import { publishVariant, repository, startRegistry, type Registry } from "../clouds/machines/registry.ts";
import { sweep } from "../clouds/machines/run-label.ts";
import { deployer, type CommandResult, type RunningCommand } from "../support/deployer.ts";
import { freePort } from "../support/machine.ts";
import { ensureToolchain, PLUGIN_NAMES } from "../../toolchain/main.ts";

/** What `pulumi stack output --json --show-secrets` gives. */
export interface Outputs {
  readonly contract: number;
  readonly gateway: GatewayOutputs;
  readonly token: string;
  readonly host: HostOutputs;
  readonly data: DataOutputs;
  readonly commands: Required<CommandOutputs>;
  readonly release: { readonly id: string };
}

/** OpenClaw images that a release must undo. */
const variants = {
  unrunnable: ['ENTRYPOINT ["false"]'],
  // It judges configurations, and ends when it is to be a gateway.
  broken: [
    'ENTRYPOINT ["tini", "-s", "--", "sh", "-c", "case \\"$*\\" in *--bind*) echo out of order; exit 1;; esac; exec \\"$@\\"", "sh"]',
  ],
  // Healthy, and opened by a token that is not the stack's.
  stranger: [
    'ENTRYPOINT ["tini", "-s", "--", "sh", "-c", "OPENCLAW_GATEWAY_TOKEN=$(openssl rand -hex 48) exec \\"$@\\"", "sh"]',
  ],
} as const;

/** Lines that Pulumi repeats while something lasts. */
const tunnelTimeoutSeconds = 20;

/** See the file's comment. */
export interface HetznerDeployment {
  readonly stack: string;
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
  /** Standard output of the Pulumi CLI on this stack. @throws Error when it fails */
  readonly pulumi: (...words: string[]) => Promise<string>;
  readonly set: (key: string, value: string, ...flags: string[]) => Promise<string>;
  readonly unset: (key: string) => Promise<string>;
  /** `up`; returns what it said. @throws Error with it when it fails */
  readonly up: () => Promise<string>;
  readonly tryUp: () => Promise<CommandResult>;
  /** `up` in the background, in a process group of its own. */
  readonly launchUp: () => RunningCommand;
  /** What a preview announces, by resource; what stays the same is left out. */
  readonly planned: () => Promise<Readonly<Record<string, string>>>;
  readonly destroy: () => Promise<string>;
  readonly outputs: () => Promise<Outputs>;
  /** Runs one of the outputs' commands as the user pastes it; returns what it printed. @throws Error when it fails */
  readonly run: (name: keyof CommandOutputs, words?: string) => Promise<string>;
  /** The same for one that goes on until Ctrl-C, which it gets after some seconds. */
  readonly runFor: (seconds: number, name: keyof CommandOutputs) => Promise<string>;
  /** Runs work while the tunnel of the outputs is open. */
  readonly throughTunnel: (work: (port: number) => Promise<void>) => Promise<void>;
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
  /** Everything that Pulumi printed so far. */
  readonly said: () => string;
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
  const stack = `${name}-test`;
  const port = await freePort();

  const keyFile = join(clone.home, ".ssh/id_ed25519");
  mkdirSync(join(clone.home, ".ssh"), { mode: 0o700 });
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", keyFile]);

  let said = "";
  const note = (result: CommandResult): CommandResult => {
    said += result.output;
    return result;
  };
  const pulumi: HetznerDeployment["pulumi"] = (...words) => clone.pulumi(...words, "--stack", stack);
  const config = (...words: string[]) => pulumi("config", "set", ...words);
  const set: HetznerDeployment["set"] = (key, value, ...flags) => config("--path", ...flags, `openclaw:${key}`, value);

  await clone.npm("new", stack, "--target", "hetzner");
  await config("--secret", "hcloud:token", cloud.token);
  await config("hcloud:endpoint", cloud.endpoint);
  await config("hcloud:pollFunction", "constant");
  await config("hcloud:pollInterval", "50ms");
  await set("ssh.allowedCidrs[0]", `${network.gateway}/32`);
  await set("ssh.authorizedKeys[0]", readFileSync(`${keyFile}.pub`, "utf8").trim());
  await set("gateway.port", String(port));

  const serverId = (): number => {
    const [id, ...others] = cloud.project.servers.keys();
    if (id === undefined || others.length > 0)
      throw new Error(`there are ${String(cloud.project.servers.size)} servers`);
    return id;
  };
  const machine = (): BootedMachine => park.machine(serverId());
  const tryUp = async (): Promise<CommandResult> =>
    note(await clone.npm("pulumi", "up", "--stack", stack, "--yes", "--skip-preview"));
  const outputs = async (): Promise<Outputs> =>
    JSON.parse(await pulumi("stack", "output", "--json", "--show-secrets")) as Outputs;
  const environment = { HOME: clone.home, PATH: process.env["PATH"] ?? "" };
  const pasted = async (name: keyof CommandOutputs, words = ""): Promise<string> =>
    `${(await outputs()).commands[name]} ${words}`.replaceAll("\n", " ");
  // ssh looks keys up in the password file's home, not in $HOME.
  const withKey = (command: string): string => command.replace(/^ssh /, `ssh -i ${keyFile} -F none `);

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
  const root = join(clone.home, ".local/share/pulumi-openclaw");
  const cli: HetznerDeployment["cli"] = (directory, words) =>
    execa(toolchain.pulumi, words, {
      cwd: directory,
      env: {
        ...environment,
        ...toolchain.environment,
        PULUMI_BACKEND_URL: `file://${root}/backend`,
        PULUMI_CONFIG_PASSPHRASE_FILE: `${root}/passphrase`,
      },
      extendEnv: false,
      stdin: "ignore",
    });

  return {
    stack,
    port,
    cli,
    checkout: clone.checkout,
    cloud,
    registry,
    machine,
    pulumi,
    set,
    outputs,
    untilOnHost,
    tryUp,
    userData: () => park.boot(serverId()).userData,
    unset: (key) => pulumi("config", "rm", "--path", `openclaw:${key}`),
    up: async () => {
      const { output, exitCode } = await tryUp();
      if (exitCode !== 0) throw new Error(`up ended with ${String(exitCode)}:\n${output}`);
      return output;
    },
    launchUp: () => clone.launch("pulumi", "up", "--stack", stack, "--yes", "--skip-preview"),
    planned: async () => {
      const { steps } = JSON.parse(await pulumi("preview", "--json")) as { steps: { op: string; urn: string }[] };
      const changes = steps.filter(({ op }) => !["same", "read", "refresh"].includes(op));
      return Object.fromEntries(changes.map(({ op, urn }) => [urn.split("::").at(-1) ?? "", op]));
    },
    destroy: async () => {
      const { output, exitCode } = note(
        await clone.npm("pulumi", "destroy", "--stack", stack, "--yes", "--skip-preview"),
      );
      if (exitCode !== 0) throw new Error(`destroy ended with ${String(exitCode)}:\n${output}`);
      return output;
    },
    run: async (name, words) => {
      const command = withKey(await pasted(name, words));
      const { all, exitCode } = await execa("bash", ["-c", command], { env: environment, all: true, reject: false });
      if (exitCode !== 0) throw new Error(`${command}\nended with ${String(exitCode)}:\n${all}`);
      return all;
    },
    runFor: async (seconds, name) => {
      const words = ["--signal=INT", String(seconds), "bash", "-c", withKey(await pasted(name))];
      const { all } = await execa("timeout", words, { env: environment, all: true, reject: false });
      return all;
    },
    throughTunnel: async (work) => {
      const child = execa("bash", ["-c", `exec ${withKey(await pasted("tunnel"))}`], {
        env: environment,
        all: true,
        reject: false,
      });
      try {
        const deadline = Date.now() + tunnelTimeoutSeconds * 1000;
        while (!(await connects("127.0.0.1", port))) {
          if (Date.now() > deadline) throw new Error("the tunnel did not open");
          await sleep(100);
        }
        await work(port);
      } finally {
        child.kill("SIGTERM");
        await child;
      }
    },
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
    said: () => said,
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

const connects = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (reached: boolean) => () => {
      socket.destroy();
      resolve(reached);
    };
    socket.on("connect", end(true)).on("timeout", end(false)).on("error", end(false));
  });
