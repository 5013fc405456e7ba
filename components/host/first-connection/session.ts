/** One SSH connection to a host that may have one of two keys. */
import { once } from "node:events";
import ssh2, { type Client } from "ssh2";
import type { FirstConnectionRequest } from "./contract.ts";

/** Which of the two keys the host has. */
export type HostKeyKind = "bootstrap" | "permanent";

/**
 * Why there is no connection. `absent` may pass by itself as long as a machine boots; `isDrop` when something took the
 * connection and ended it before the handshake, as sshd does with a source that it refused before.
 */
export type Obstacle =
  | { readonly kind: "absent"; readonly reason: string; readonly isDrop: boolean }
  | { readonly kind: "stranger"; readonly fingerprint: string }
  | { readonly kind: "refused"; readonly reason: string };

/** No connection was made. */
export class ConnectionFailed extends Error {
  readonly obstacle: Obstacle;

  constructor(obstacle: Obstacle) {
    super(obstacle.kind);
    this.obstacle = obstacle;
  }
}

/** What a command on the host left behind. */
export interface Outcome {
  /** Null when the connection ended before the command. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An open connection. */
export interface Session {
  readonly hostKey: HostKeyKind;
  readonly run: (command: string, input?: string) => Promise<Outcome>;
  readonly end: () => Promise<void>;
}

const connectTimeoutMs = 10_000;

/** `ssh-ed25519 AAAA… comment` as the bytes that a host presents. */
const bytesOf = (line: string): Buffer => Buffer.from(line.trim().split(" ")[1] ?? "", "base64");

const fingerprintOf = async (key: Buffer): Promise<string> => {
  const digest = await crypto.subtle.digest("SHA-256", Uint8Array.from(key));
  return `SHA256:${Buffer.from(digest).toString("base64").replace(/=+$/, "")}`;
};

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "this machine has no route to that network",
  ETIMEDOUT: "connection timed out",
  ECONNRESET: "connection reset",
};

/** @throws ConnectionFailed */
export async function openSession(request: FirstConnectionRequest): Promise<Session> {
  const client = new ssh2.Client();
  let presented: Buffer | undefined;
  let hostKey: HostKeyKind | undefined;
  let isClosed = false;
  client.once("close", () => (isClosed = true));
  const ready = once(client, "ready");
  // A connection that is open may still break: then its commands end without a code.
  client.on("error", () => undefined);
  client.connect({
    host: request.host,
    port: request.port,
    username: request.user,
    privateKey: request.privateKey,
    readyTimeout: connectTimeoutMs,
    keepaliveInterval: 10_000,
    algorithms: { serverHostKey: ["ssh-ed25519"] },
    hostVerifier: (key: Buffer) => {
      presented = key;
      if (key.equals(bytesOf(request.permanentHostKey.publicOpenssh))) hostKey = "permanent";
      else if (key.equals(bytesOf(request.bootstrapHostKey))) hostKey = "bootstrap";
      return hostKey !== undefined;
    },
  });
  try {
    await ready;
  } catch (error) {
    client.destroy();
    const { level, code, message } = error as Error & { level?: string; code?: string }; // what ssh2 documents
    if (presented !== undefined && hostKey === undefined) {
      throw new ConnectionFailed({ kind: "stranger", fingerprint: await fingerprintOf(presented) });
    }
    if (level === "client-authentication") throw new ConnectionFailed({ kind: "refused", reason: message });
    const reason = reasons[code ?? ""] ?? (level === "client-timeout" ? "no answer" : message);
    const isDrop = code === "ECONNRESET" || level === "protocol";
    throw new ConnectionFailed({ kind: "absent", reason, isDrop });
  }
  if (hostKey === undefined) throw new Error("connected without a host key"); // the verifier has run
  return {
    hostKey,
    run: (command, input) => run(client, command, input),
    end: async () => {
      if (isClosed) return;
      const closed = once(client, "close");
      client.end();
      await closed;
    },
  };
}

function run(client: Client, command: string, input = ""): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const broken = (): void => {
      resolve({ code: null, stdout: "", stderr: "the connection ended" });
    };
    client.once("close", broken);
    client.exec(command, (error, channel) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      const output = { stdout: "", stderr: "" };
      let code: number | null = null;
      channel.on("data", (data: Buffer) => (output.stdout += data.toString()));
      channel.stderr.on("data", (data: Buffer) => (output.stderr += data.toString()));
      channel.on("exit", (status: number | null) => (code = status));
      channel.on("close", () => {
        client.off("close", broken);
        resolve({ code, ...output });
      });
      channel.end(input);
    });
  });
}
