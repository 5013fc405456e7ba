/** A machine that was booted with the product's user data, and the way a deployment gets there: real SSH, real stages. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import {
  baselineStage,
  confirmStage,
  dockerRepository,
  type BaselineParameters,
} from "../../../cloud-init/baseline.ts";
import { renderUserData } from "../../../cloud-init/user-data.ts";
import { stageCommand, stageStdin, type StageDocument } from "../../../components/container/stage.ts";
import { machineEngine } from "../../clouds/machines/engine.ts";
import { bootMachine, type BootedMachine, type MachineOptions } from "../../clouds/machines/machine.ts";
import { createNetwork, type MachineNetwork } from "../../clouds/machines/network.ts";
import { createVolume, type BlockVolume } from "../../clouds/machines/volume.ts";
import { generateKey } from "../sshd.ts";

/** How a command over SSH ended. */
export interface SshResult {
  /** Standard output and error. */
  readonly output: string;
  readonly exitCode: number | undefined;
  readonly seconds: number;
}

/** What of the parameters a test sets; the rest is usual. */
export type ParameterChanges = { readonly [Key in keyof BaselineParameters]?: Partial<BaselineParameters[Key]> };

/** A key pair in files. */
export interface KeyFiles {
  readonly privateFile: string;
  readonly publicKey: string;
}

/** Options of {@link HostUnderTest.ssh}. */
export interface SshOptions {
  /** @default openclaw-deploy */
  readonly user?: string;
  /** @default the deployer's */
  readonly key?: KeyFiles;
  readonly input?: string;
  /** Where the connection comes from. @default the network's gateway */
  readonly from?: string;
  /** Further words for the client, e.g. `-N`. */
  readonly words?: readonly string[];
  /** Ends the client: one that is banned while it talks hears nothing more, and waits until the ban ends. @default never */
  readonly timeoutSeconds?: number;
}

/** See the file's comment. */
export interface HostUnderTest extends AsyncDisposable {
  readonly machine: BootedMachine;
  readonly network: MachineNetwork;
  /** Another address of this computer, as another client has. */
  readonly stranger: string;
  readonly volume: BlockVolume;
  readonly deployer: KeyFiles;
  /** Public host key of the user data, `ssh-ed25519 AAAA…`. */
  readonly bootstrapHostKey: string;
  readonly newKey: (name: string) => Promise<KeyFiles>;
  readonly parameters: (changes?: ParameterChanges) => BaselineParameters;
  /** Words of the `ssh` command for a user. */
  readonly sshWords: (options?: SshOptions) => string[];
  readonly ssh: (command: string, options?: SshOptions) => Promise<SshResult>;
  readonly run: (stage: StageDocument) => Promise<SshResult>;
  /** The same, but the client is killed once the stage said that. */
  readonly runAndLose: (stage: StageDocument, said: RegExp) => Promise<void>;
  /** The baseline, then its confirmation. @throws Error when one fails */
  readonly converge: (changes?: ParameterChanges) => Promise<SshResult>;
  readonly baseline: (changes?: ParameterChanges) => Promise<SshResult>;
  readonly confirm: (changes?: ParameterChanges) => Promise<SshResult>;
}

/** Name of the data volume below /dev/disk/by-id. */
export const volumeId = "scsi-0HC_Volume_1";

/** Replaces text of a stage's file, which must be there: the fault that a test plants. */
export function withFault(stage: StageDocument, path: string, text: string, fault: string): StageDocument {
  const file = stage.files[path];
  if (file?.content.includes(text) !== true) throw new Error(`${path} does not hold ${JSON.stringify(text)}`);
  return { ...stage, files: { ...stage.files, [path]: { ...file, content: file.content.replace(text, fault) } } };
}

/** Boots a host from user data in a network of its own, with a blank volume attached. */
export async function bootHost(name: string, options: Partial<MachineOptions> = {}): Promise<HostUnderTest> {
  await machineEngine();
  const directory = mkdtempSync(join(tmpdir(), "openclaw-baseline-"));
  const newKey = async (keyName: string): Promise<KeyFiles> => {
    const privateFile = join(directory, keyName);
    await generateKey("ed25519", privateFile);
    return { privateFile, publicKey: readFileSync(`${privateFile}.pub`, "utf8").trim() };
  };
  const [deployer, hostKey] = [await newKey("deployer"), await newKey("bootstrap")];
  const network = await createNetwork();
  const stranger = network.address(200);
  await execa("ip", ["address", "add", `${stranger}/32`, "dev", network.bridge]);
  const volume = await createVolume({ sizeGb: 1 });
  const machine = await bootMachine({
    name,
    network,
    number: 10,
    userData: renderUserData({
      user: "openclaw-deploy",
      authorizedKeys: [deployer.publicKey],
      bootstrapHostKey: {
        privateOpenssh: readFileSync(hostKey.privateFile, "utf8"),
        publicOpenssh: hostKey.publicKey,
      },
    }),
    ...options,
  });
  await machine.attach(volume, volumeId);
  await machine.untilBooted();
  const knownHosts = join(directory, "known_hosts");
  const keyAlone = hostKey.publicKey.split(" ").slice(0, 2).join(" ");
  writeFileSync(knownHosts, `${machine.address} ${keyAlone}\n${machine.address6} ${keyAlone}\n`);

  const parameters: HostUnderTest["parameters"] = (changes = {}) => {
    const usual: BaselineParameters = {
      identity: name,
      data: { device: `/dev/disk/by-id/${volumeId}`, mountPoint: "/srv/openclaw" },
      ssh: {
        user: "openclaw-deploy",
        port: 22,
        allowedCidrs: [`${network.gateway}/32`],
        allowWorld: false,
        authorizedKeys: [deployer.publicKey],
        tunnelKeys: [],
        gatewayPort: 18789,
      },
      metadata: [{ address: "169.254.169.254" }],
      docker: { source: "debian", ...dockerRepository },
      reboot: { time: "04:00" },
      logs: { journalMaxMiB: 200, containerMaxMiB: 10, containerFiles: 3 },
      swapMiB: 0,
    };
    return {
      ...usual,
      ...changes,
      identity: name,
      data: { ...usual.data, ...changes.data },
      ssh: { ...usual.ssh, ...changes.ssh },
      metadata: (changes.metadata as BaselineParameters["metadata"] | undefined) ?? usual.metadata, // whole lists only
      docker: { ...usual.docker, ...changes.docker },
      reboot: { ...usual.reboot, ...changes.reboot },
      logs: { ...usual.logs, ...changes.logs },
      swapMiB: changes.swapMiB ?? 0, // Partial<number> is a number
    };
  };

  const sshWords: HostUnderTest["sshWords"] = ({ user = "openclaw-deploy", key = deployer, from, words = [] } = {}) => [
    ...["-F", "/dev/null", "-i", key.privateFile, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"],
    ...["-o", `UserKnownHostsFile=${knownHosts}`, "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=5"],
    ...["-o", "LogLevel=ERROR", "-o", "ExitOnForwardFailure=yes"],
    ...(from === undefined ? [] : ["-b", from]),
    ...[...words, `${user}@${machine.address}`],
  ];
  const ssh: HostUnderTest["ssh"] = async (command, sshOptions = {}) => {
    const started = performance.now();
    const { all, exitCode } = await execa("ssh", [...sshWords(sshOptions), command], {
      all: true,
      reject: false,
      input: sshOptions.input ?? "",
      timeout: (sshOptions.timeoutSeconds ?? 0) * 1000,
    });
    return { output: all, exitCode, seconds: (performance.now() - started) / 1000 };
  };
  const run = (stage: StageDocument): Promise<SshResult> => ssh(stageCommand, { input: stageStdin(stage) });
  const baseline = (changes?: ParameterChanges): Promise<SshResult> => run(baselineStage(parameters(changes)));
  const confirm = (changes?: ParameterChanges): Promise<SshResult> =>
    run(confirmStage(baselineStage(parameters(changes))));

  return {
    machine,
    network,
    stranger,
    volume,
    deployer,
    bootstrapHostKey: keyAlone,
    newKey,
    parameters,
    sshWords,
    ssh,
    run,
    runAndLose: async (stage, said) => {
      const client = execa("ssh", [...sshWords(), stageCommand], {
        all: true,
        reject: false,
        input: stageStdin(stage),
      });
      let output = "";
      for await (const line of client.iterable({ from: "all" })) {
        output += `${line}\n`;
        if (said.test(output)) break;
      }
      client.kill("SIGKILL");
      await client;
    },
    baseline,
    confirm,
    converge: async (changes) => {
      const result = await baseline(changes);
      if (result.exitCode !== 0) throw new Error(`the baseline failed:\n${result.output}`);
      const confirmed = await confirm(changes);
      if (confirmed.exitCode !== 0) throw new Error(`the confirmation failed:\n${confirmed.output}`);
      return result;
    },
    [Symbol.asyncDispose]: async () => {
      await machine.destroy();
      await volume.destroy();
      await network.remove();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
