/** A deployer with a stack on ECS, in a simulated account whose tasks run the real OpenClaw. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandOutputs, DataOutputs, GatewayOutputs } from "../../../infra/outputs.ts";
import { awsClients, region, type AwsClients } from "../../clouds/aws/clients.ts";
import { startAwsPlugin } from "../../clouds/aws/plugin/start.ts";
import { fargateAws, type FargateAws } from "../../clouds/aws/tasks/fargate-aws.ts";
import { smallImage } from "../../clouds/aws/tasks/fargate/small-image.ts";
import type { TaskRecord } from "../../clouds/aws/tasks/records.ts";
import type { Timings } from "../../clouds/aws/tasks/timings.ts";
import { machineEngine } from "../../clouds/machines/engine.ts";
import { deployer, type CommandResult, type Deployer } from "../deployer.ts";
import { askGateway, type Answer } from "./ask-gateway.ts";
import { shellImage } from "./network-hosts.ts";
import { pastedAwsCommands, type PastedAwsCommands } from "./pasted-aws-commands.ts";
import { personsCommandLine } from "./session-manager.ts";

/** The gateway's name on the internet. */
export const domain = "openclaw.example.com";
const stack = "prod";
const keys = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "test" };

/** What `pulumi stack output --json --show-secrets` gives. */
export interface EcsOutputs {
  readonly gateway: GatewayOutputs;
  readonly token: string;
  readonly data: DataOutputs;
  readonly commands: Required<CommandOutputs>;
}

/** See the file's comment. */
export interface EcsDeployment extends PastedAwsCommands, AsyncDisposable {
  readonly world: FargateAws;
  readonly aws: AwsClients;
  readonly clone: Deployer;
  readonly set: (key: string, value: string, ...flags: string[]) => Promise<string>;
  readonly unset: (key: string) => Promise<string>;
  /** `up` or `destroy` without a preview before it. */
  readonly attempt: (command: "up" | "destroy") => Promise<CommandResult>;
  /** The same; returns what it said. @throws Error with it when it fails */
  readonly up: () => Promise<string>;
  readonly destroy: () => Promise<string>;
  /** What a preview announces, by resource; what stays the same is left out. */
  readonly planned: () => Promise<Readonly<Record<string, string>>>;
  readonly outputs: () => Promise<EcsOutputs>;
  /** Asks through the load balancer's name. @param token makes it the authenticated call */
  readonly ask: (path: string, token?: string) => Promise<Answer>;
  /** Address of this computer that the gateway's name leads to. */
  readonly address: () => Promise<string>;
  /** The service's task that is to run. */
  readonly task: () => TaskRecord;
  /** Standard output of a command in the container that ECS Exec enters. @throws Error when it fails */
  readonly inShell: (...command: string[]) => Promise<string>;
  /** A file of the file system, by its path in the access point. */
  readonly file: (fileSystem: string, path: string) => string;
}

/** Options of {@link ecsDeployment}. */
export interface EcsDeploymentOptions {
  readonly access: "https" | "tunnel";
  /** Range of the network; every test has its own, because a computer has each range once. */
  readonly cidr: string;
  readonly timings?: Partial<Timings>;
}

/** Makes an account and a stack; nothing is deployed yet. */
export async function ecsDeployment({ access, cidr, timings = {} }: EcsDeploymentOptions): Promise<EcsDeployment> {
  await using made = new AsyncDisposableStack();
  await machineEngine();
  const world = made.use(await fargateAws({ region, timings, images: new Map([[shellImage, await smallImage()]]) }));
  const environment: Record<string, string> = {
    ...world.environment,
    ...keys,
    OPENCLAW_VERIFY_POLL_MILLISECONDS: "500",
  };
  const plugin = made.use(await startAwsPlugin(environment));
  const clone = deployer("aws-ecs", { ...environment, ...plugin.environment });
  made.defer(clone.remove);
  const person = made.use(await personsCommandLine(clone.home, world, keys));
  const aws = awsClients(world.aws.endpoint, keys.AWS_ACCESS_KEY_ID);
  const pulumi = (...words: string[]) => clone.cli(...words, "--stack", stack);
  const set: EcsDeployment["set"] = (key, value, ...flags) =>
    pulumi("config", "set", "--path", ...flags, `openclaw:${key}`, value);

  const { HostedZone } = await aws.route53.createHostedZone({ Name: "example.com", CallerReference: "1" });
  const created = await clone.npm("new", stack, "--target", "aws-ecs");
  if (created.exitCode !== 0) throw new Error(created.output);
  if (access === "https") {
    await set("access.mode", access);
    await set("access.domain", domain);
    await set("access.zoneId", (HostedZone?.Id ?? "").replace("/hostedzone/", ""));
    await set("access.exec", "true");
  }
  await set("network.cidr", cidr);

  const attempt: EcsDeployment["attempt"] = (command) =>
    clone.npm("pulumi", command, "--stack", stack, "--yes", "--skip-preview");
  const succeed = async (command: "up" | "destroy"): Promise<string> => {
    const { output, exitCode } = await attempt(command);
    if (exitCode !== 0) throw new Error(`${command} ended with ${String(exitCode)}:\n${output}`);
    return output;
  };
  const outputs = async () => JSON.parse(await pulumi("stack", "output", "--json", "--show-secrets")) as EcsOutputs;
  const pasting = pastedAwsCommands(async () => (await outputs()).commands, person.environment);
  const address = async (): Promise<string> => {
    await world.park.look();
    return (await world.park.resolve(domain)) ?? "";
  };
  const ca = readFileSync(environment["NODE_EXTRA_CA_CERTS"] ?? "", "utf8");
  const task = (): TaskRecord => {
    const [found] = world.tasks.tasks().filter(({ desired }) => desired === "RUNNING");
    if (found === undefined) throw new Error("no task is to run");
    return found;
  };
  const whole = made.move();
  return {
    ...{ world, aws, clone, set, attempt, outputs, address, ...pasting },
    unset: (key) => pulumi("config", "rm", "--path", `openclaw:${key}`),
    up: () => succeed("up"),
    destroy: () => succeed("destroy"),
    planned: async () => {
      const { steps } = JSON.parse(await pulumi("preview", "--json")) as { steps: { op: string; urn: string }[] };
      const changes = steps.filter(({ op }) => !["same", "read", "refresh"].includes(op));
      return Object.fromEntries(changes.map(({ op, urn }) => [urn.split("::").at(-1) ?? "", op]));
    },
    ask: async (path, token) => askGateway({ domain, address: await address(), ca }, path, token),
    task,
    inShell: async (...command) => {
      const { output, exitCode } = await task().running.exec("shell", command);
      if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${String(exitCode)}:\n${output}`);
      return output;
    },
    file: (fileSystem, path) => join(world.park.fileSystem(fileSystem), "openclaw", path),
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}
