/** The API of the tests' Docker engine, as far as ECS's agent uses it. */
import { request, type IncomingMessage } from "node:http";
import { socket } from "../../../machines/places.ts";

/** An answer of the engine that is an error. */
export class EngineError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function read(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer); // no encoding is set
  return Buffer.concat(chunks).toString();
}

const open = (method: string, path: string, body?: object): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const content = body === undefined ? {} : { "content-type": "application/json" };
    const asked = request({ socketPath: socket.slice("unix://".length), method, path, headers: content }, resolve);
    asked.on("error", reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });

/** Asks the engine; gives the JSON of its answer. @throws EngineError */
export async function engine<T>(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<T> {
  const answer = await open(method, path, body);
  const text = await read(answer);
  const { statusCode = 500 } = answer;
  if (statusCode >= 400) {
    const { message = text } = (text.startsWith("{") ? JSON.parse(text) : {}) as { message?: string };
    throw new EngineError(statusCode, message);
  }
  return (text === "" ? {} : JSON.parse(text)) as T; // the engine's, as its API says
}

/** What `GET /containers/<id>/json` says. */
export interface Inspected {
  readonly Id: string;
  readonly Image: string;
  readonly State: {
    readonly Running: boolean;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly Error: string;
    readonly Health?: { readonly Status: "none" | "starting" | "healthy" | "unhealthy" };
  };
}

/** The engine's word on a container. */
export const inspect = (id: string): Promise<Inspected> => engine("GET", `/containers/${id}/json`);

/** Removes a container and its anonymous volumes, whatever it does. Gone already: nothing. */
export async function removeContainer(id: string): Promise<void> {
  await engine("DELETE", `/containers/${id}?force=true&v=true`).catch((error: unknown) => {
    if (!(error instanceof EngineError && (error.status === 404 || error.status === 409))) throw error;
  });
}

/**
 * What a container prints, line by line, until it stops.
 *
 * @param since seconds since 1970; what it printed before is left out
 */
export async function* lines(id: string, since: number): AsyncGenerator<string> {
  const answer = await open(
    "GET",
    `/containers/${id}/logs?follow=true&stdout=true&stderr=true&since=${since.toFixed(9)}`,
  );
  let buffer = Buffer.alloc(0);
  // Each stream has its own unfinished line.
  const rest = new Map<number, string>();
  for await (const chunk of answer) {
    buffer = Buffer.concat([buffer, chunk as Buffer]); // no encoding is set
    // Frames: the stream's number, three zeros, four bytes of length.
    while (buffer.length >= 8 && buffer.length >= 8 + buffer.readUInt32BE(4)) {
      const stream = buffer[0] ?? 1;
      const end = 8 + buffer.readUInt32BE(4);
      const parts = ((rest.get(stream) ?? "") + buffer.subarray(8, end).toString()).split("\n");
      rest.set(stream, parts.pop() ?? "");
      buffer = buffer.subarray(end);
      yield* parts;
    }
  }
  for (const line of rest.values()) if (line !== "") yield line;
}
