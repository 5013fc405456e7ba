import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import ssh2, {
  type AuthenticationType,
  type Client,
  type ConnectConfig,
  type ServerHostKeyAlgorithm,
  type SFTPWrapper,
} from "ssh2";
import { CommandFailure } from "./failure.ts";
import { mapOf, numberOf, textOf } from "./inputs.ts";
import type { Operation } from "../provider/operation.ts";
import type { PropertyMap } from "../provider/properties.ts";

const firstRetryMs = 100;
const retryFactor = 1.5;
const longestRetryMs = 5000;

/** A connection that stays silent for two minutes is dead: the host went away in the middle of a command. */
const keepAlive = { keepaliveInterval: 15_000, keepaliveCountMax: 8 };

/** A host to reach, as `connection` or its `proxy` gives it. */
interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly dialErrorLimit: number;
  readonly perDialTimeoutMs: number;
  readonly hostKey: HostKey | undefined;
  readonly config: ConnectConfig;
}

interface HostKey {
  readonly type: string;
  readonly bytes: Buffer;
}

/** Opens a connection, runs `use` with it and closes it again, whatever happens. */
export async function withConnection<T>(
  connection: PropertyMap,
  operation: Operation,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const target = endpointOf(connection);
  const proxySettings = mapOf(connection, "proxy");
  if (proxySettings === undefined) return await withClient(await dial(target, "Dial", operation), operation, use);

  const proxy = endpointOf(proxySettings);
  const jump = await dial(proxy, "Dial proxy", operation);
  return await withClient(jump, operation, async () =>
    withClient(await dial(target, "Dial from proxy", operation, jump), operation, use),
  );
}

async function withClient<T>(client: Client, operation: Operation, use: (client: Client) => Promise<T>): Promise<T> {
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  const stop = () => {
    lost.reject(new CommandFailure("cancelled"));
  };
  client.on("error", (error) => {
    lost.reject(new CommandFailure(`connection lost: ${error.message}`));
  });
  client.on("close", () => {
    lost.reject(new CommandFailure("connection lost: the host closed it"));
  });
  operation.signal.addEventListener("abort", stop);
  if (operation.signal.aborted) stop();
  try {
    return await Promise.race([use(client), lost.promise]);
  } finally {
    operation.signal.removeEventListener("abort", stop);
    client.end();
  }
}

/** Connects, trying again with growing pauses until one attempt more than `dialErrorLimit` has failed. */
async function dial(target: Endpoint, label: string, operation: Operation, jump?: Client): Promise<Client> {
  let pause = firstRetryMs;
  for (let failures = 1; ; failures += 1) {
    try {
      return await connect(target, operation.signal, jump);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (operation.signal.aborted) throw new CommandFailure("cancelled");
      const limit = target.dialErrorLimit;
      if (limit >= 0 && failures > limit) {
        throw new CommandFailure(`after ${limit} failed attempts: dial ${target.host}:${target.port}: ${reason}`);
      }
      operation.log.progress(`${label} ${failures}/${limit < 0 ? "inf" : limit} failed: retrying`);
    }
    await delay(pause, undefined, { signal: operation.signal }).catch(() => {
      throw new CommandFailure("cancelled");
    });
    pause = Math.min(pause * retryFactor, longestRetryMs);
  }
}

async function connect(target: Endpoint, signal: AbortSignal, jump: Client | undefined): Promise<Client> {
  const sock = jump === undefined ? undefined : await forward(jump, target);
  const client = new ssh2.Client();
  const attempt = Promise.withResolvers<Client>();
  let mismatch: string | undefined;
  const giveUp = (reason: string) => {
    attempt.reject(new CommandFailure(mismatch ?? reason));
    client.destroy();
  };
  const cancel = () => {
    giveUp("cancelled");
  };
  const timer =
    target.perDialTimeoutMs > 0
      ? setTimeout(giveUp, target.perDialTimeoutMs, `no answer within ${target.perDialTimeoutMs / 1000} seconds`)
      : undefined;
  signal.addEventListener("abort", cancel);
  client.on("connect", () => {
    // Without it, every step of the conversation waits 40 ms for the host's delayed acknowledgement.
    client.setNoDelay(true);
  });
  client.on("ready", () => {
    attempt.resolve(client);
  });
  client.on("error", (error) => {
    giveUp(error.message);
  });
  client.on("close", () => {
    giveUp("the host closed the connection");
  });
  const password = target.config.password;
  if (password !== undefined) answerPrompts(client, password);
  client.connect({
    ...target.config,
    ...(sock === undefined ? { host: target.host, port: target.port } : { sock }),
    hostVerifier: (presented: Buffer) => {
      mismatch = hostKeyMismatch(target.hostKey, presented);
      return mismatch === undefined;
    },
  });
  try {
    return await attempt.promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
    client.removeAllListeners();
    // A late error of a connection that was given up must not end the process.
    client.on("error", () => undefined);
  }
}

/** Some servers ask for the password in a dialogue instead of taking it outright. */
function answerPrompts(client: Client, password: string): void {
  client.on("keyboard-interactive", (_name, _instructions, _language, prompts, answer) => {
    answer(prompts.map(() => password));
  });
}

function forward(jump: Client, target: Endpoint) {
  const opened = Promise.withResolvers<NonNullable<ConnectConfig["sock"]>>();
  jump.forwardOut("127.0.0.1", 0, target.host, target.port, (error, stream) => {
    if (error === undefined) opened.resolve(stream);
    else opened.reject(error);
  });
  return opened.promise;
}

function endpointOf(settings: PropertyMap): Endpoint {
  const hostKey = parseHostKey(textOf(settings, "hostKey"));
  return {
    host: textOf(settings, "host") ?? "",
    port: numberOf(settings, "port") ?? 22,
    dialErrorLimit: numberOf(settings, "dialErrorLimit") ?? 10,
    perDialTimeoutMs: (numberOf(settings, "perDialTimeout") ?? 15) * 1000,
    hostKey,
    config: {
      username: textOf(settings, "user") ?? "root",
      readyTimeout: 0, // perDialTimeout takes its place
      ...keepAlive,
      ...authentication(settings),
      ...(hostKey === undefined ? {} : { algorithms: { serverHostKey: algorithmsPreferring(hostKey.type) } }),
    },
  };
}

/** The ways to log in that the settings allow: the key before the password, as the documentation says, then the agent. */
function authentication(settings: PropertyMap): ConnectConfig {
  const privateKey = textOf(settings, "privateKey");
  const passphrase = textOf(settings, "privateKeyPassword");
  const password = textOf(settings, "password");
  const agent = textOf(settings, "agentSocketPath") ?? process.env["SSH_AUTH_SOCK"] ?? "";
  if (privateKey !== undefined) assertPrivateKey(privateKey, passphrase);
  const methods: AuthenticationType[] = [
    ...(privateKey === undefined ? [] : (["publickey"] as const)),
    ...(password === undefined ? [] : (["password", "keyboard-interactive"] as const)),
    ...(agent === "" ? [] : (["agent"] as const)),
  ];
  return {
    authHandler: methods.length === 0 ? ["none"] : methods,
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(password === undefined ? {} : { password, tryKeyboard: true }),
    ...(agent === "" ? {} : { agent }),
  };
}

/** An unreadable key fails at once: no number of attempts makes it better. */
function assertPrivateKey(privateKey: string, passphrase: string | undefined): void {
  const parsed = ssh2.utils.parseKey(privateKey, passphrase);
  if (parsed instanceof Error) throw new CommandFailure(`connection.privateKey cannot be read: ${parsed.message}`);
}

function parseHostKey(line: string | undefined): HostKey | undefined {
  if (line === undefined) return undefined;
  const [type, encoded] = line.trim().split(/\s+/);
  if (type === undefined || encoded === undefined || !hostKeyAlgorithms.some((known) => keyType(known) === type)) {
    throw new CommandFailure('connection.hostKey must be a public key such as "ssh-ed25519 AAAA…"');
  }
  return { type, bytes: Buffer.from(encoded, "base64") };
}

const hostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
  "ssh-rsa",
];

/** A host has several keys and shows the one that the client asks for first. */
function algorithmsPreferring(type: string): ServerHostKeyAlgorithm[] {
  const wanted = hostKeyAlgorithms.filter((algorithm) => keyType(algorithm) === type);
  return [...wanted, ...hostKeyAlgorithms.filter((algorithm) => !wanted.includes(algorithm))];
}

function keyType(algorithm: ServerHostKeyAlgorithm): string {
  return algorithm.startsWith("rsa-") ? "ssh-rsa" : algorithm;
}

function hostKeyMismatch(expected: HostKey | undefined, presented: Buffer): string | undefined {
  if (expected === undefined || expected.bytes.equals(presented)) return undefined;
  const shown = `${presented.subarray(4, 4 + presented.readUInt32BE(0)).toString("latin1")} ${fingerprint(presented)}`;
  return `ssh: host key mismatch: expected ${expected.type} ${fingerprint(expected.bytes)}, the host has ${shown}`;
}

function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** Opens the host's file transfer. */
export function openSftp(client: Client): Promise<SFTPWrapper> {
  const opened = Promise.withResolvers<SFTPWrapper>();
  client.sftp((error, sftp) => {
    if (error === undefined) opened.resolve(sftp);
    else opened.reject(error);
  });
  return opened.promise;
}

/** The part of ssh2's client that its types leave out: a variable that is set, and confirmed, before a session starts. */
interface ConfirmingClient {
  sftp(environment: Record<string, string>, callback: (error: Error | undefined, sftp?: SFTPWrapper) => void): void;
}

/**
 * Whether the host accepts the variable (sshd's AcceptEnv). `Client.exec` sends variables without asking for an answer, and
 * a command must not start without them, so the name is tried first on a session that runs no command.
 */
export function acceptsVariable(client: Client, name: string): Promise<boolean> {
  const answered = Promise.withResolvers<boolean>();
  // The cast adds an overload that ssh2 documents in its code but not in its types; the test with a real sshd proves it.
  (client as unknown as ConfirmingClient).sftp({ [name]: "" }, (error, sftp) => {
    sftp?.end();
    // A host without file transfer took the variable and refused only what came after it.
    answered.resolve(error?.message !== "Unable to set environment");
  });
  return answered.promise;
}
