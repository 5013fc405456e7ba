import type { Client, ClientChannel } from "ssh2";
import { CommandFailure, describeFailure } from "./failure.ts";
import { mapOf, textOf, textTableOf } from "./inputs.ts";
import { previousOutputVariables } from "./local-command.ts";
import type { Operation } from "../provider/operation.ts";
import { collectOutput, type CommandOutput, type OutputCollector } from "./output.ts";
import type { PropertyMap } from "../provider/properties.ts";
import { acceptsVariable, withConnection } from "./ssh.ts";

/** Linux gives no program a variable longer than this, and a longer one would end the connection. */
const longestVariable = 128 * 1024;

/** Runs the command that `step` names on the host that `connection` names. */
export async function runRemoteCommand(
  inputs: PropertyMap,
  step: string,
  previous: CommandOutput,
  operation: Operation,
): Promise<PropertyMap> {
  return await withConnection(mapOf(inputs, "connection") ?? {}, operation, async (client) => {
    const environment = await acceptedEnvironment(client, inputs, previous, operation);
    const output = await execute(client, inputs, step, environment, operation);
    return { ...output };
  });
}

/** A variable of `environment` that the host refuses is a failure; one with the previous output only a warning. */
async function acceptedEnvironment(
  client: Client,
  inputs: PropertyMap,
  previous: CommandOutput,
  operation: Operation,
): Promise<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(textTableOf(inputs, "environment"))) {
    if (!(await accepts(client, name, value))) {
      operation.log.diagnose("error", refusal(name));
      throw new CommandFailure(`could not set environment variable "${name}": ssh: setenv failed. ${refusal(name)}`);
    }
    environment[name] = value;
  }
  for (const [name, value] of Object.entries(previousOutputVariables(inputs, previous))) {
    if (await accepts(client, name, value)) environment[name] = value;
    else operation.log.diagnose("warning", refusal(name));
  }
  return environment;
}

async function accepts(client: Client, name: string, value: string): Promise<boolean> {
  return Buffer.byteLength(value) < longestVariable && (await acceptsVariable(client, name));
}

function refusal(name: string): string {
  return (
    `Unable to set '${name}'. This only works if the SSH server accepts the variable (AcceptEnv in sshd_config). ` +
    "Pass the value by stdin instead, or write it into the command itself: VAR=value command."
  );
}

async function execute(
  client: Client,
  inputs: PropertyMap,
  step: string,
  environment: Record<string, string>,
  operation: Operation,
): Promise<CommandOutput> {
  const collector = collectOutput(textOf(inputs, "logging"), operation.log.progress);
  const ended = Promise.withResolvers<string | undefined>();
  client.exec(textOf(inputs, step) ?? "", { env: environment }, (error, channel) => {
    if (error !== undefined) {
      ended.reject(error);
      return;
    }
    // All of it here and now: the end of a quick command may lie in the same packet as the answer to its start.
    watch(channel, collector, ended.resolve, operation.signal);
    channel.end(textOf(inputs, "stdin") ?? "");
  });
  const fault = await ended.promise;
  const output = collector.finish();
  if (fault !== undefined) throw new CommandFailure(describeFailure(fault, inputs, step, collector.combined()));
  return output;
}

/** Follows a command until its last output; the end is a failure's reason or undefined. */
function watch(
  channel: ClientChannel,
  collector: OutputCollector,
  end: (fault: string | undefined) => void,
  signal: AbortSignal,
): void {
  let fault: string | undefined = "wait: remote command exited without exit status or exit signal";
  const stop = () => {
    requestEnd(channel);
  };
  signal.addEventListener("abort", stop);
  channel.on("data", (chunk: Buffer) => {
    collector.write("stdout", chunk);
  });
  channel.stderr.on("data", (chunk: Buffer) => {
    collector.write("stderr", chunk);
  });
  // A command that ends without reading its input is no fault.
  channel.on("error", () => undefined);
  channel.on("exit", (...exit: [number | null, string?]) => {
    fault = exitReason(...exit);
  });
  channel.on("close", () => {
    signal.removeEventListener("abort", stop);
    end(fault);
  });
}

/** The part of ssh2's channel that its types leave out. */
interface SignallingChannel {
  readonly outgoing: { readonly id: number };
  readonly _client: { readonly _protocol: { readonly signal: (channel: number, name: string) => void } };
}

/** Asks the host to end the command. `channel.signal` does nothing once the input has ended, which it has here. */
function requestEnd(channel: ClientChannel): void {
  // The cast opens what `channel.signal` itself calls; ssh2's version is pinned, and a test sees the request arrive.
  const { outgoing, _client: client } = channel as unknown as SignallingChannel;
  client._protocol.signal(outgoing.id, "TERM");
}

function exitReason(status: number | null, signal?: string): string | undefined {
  if (status === 0) return undefined;
  if (status !== null) return `Process exited with status ${status}`;
  return `Process exited from signal ${signal?.replace(/^SIG/, "") ?? "unknown"}`;
}
