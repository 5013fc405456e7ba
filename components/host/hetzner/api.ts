/** Asks Hetzner Cloud what the provider does not tell a program: what is sold where, what exists, what runs. */
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { setTokenCommand, type HetznerAccess } from "./access.ts";

/** What Hetzner Cloud answered, or that it did not. Its message is meant for the user. */
export class HetznerError extends Error {
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

const errorAnswer = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

async function explained(
  { setToken = setTokenCommand }: HetznerAccess,
  request: string,
  response: Response,
): Promise<HetznerError> {
  if (response.status === 401) {
    return new HetznerError(
      `Hetzner Cloud refuses the API token. Make a new one (project, Security, API tokens, read & write), then: ${setToken}`,
      response.status,
    );
  }
  const answer = errorAnswer.safeParse(await response.json().catch(() => undefined));
  const reason = answer.success ? `${answer.data.error.message} (${answer.data.error.code})` : "no reason given";
  return new HetznerError(
    `Hetzner Cloud answers ${request} with ${String(response.status)}: ${reason}`,
    response.status,
  );
}

/** Pauses in milliseconds before an answer that may get better is asked for again. */
const pauses = [500, 1000, 2000, 4000, 8000];

/** A client of the few requests that are made here. */
export class HetznerApi {
  readonly #access: HetznerAccess;

  constructor(access: HetznerAccess) {
    this.#access = access;
  }

  /** @throws HetznerError */
  async #request<T>(method: "GET" | "POST" | "PUT", path: string, answer: z.ZodType<T>, body?: object): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      const pause = pauses[attempt];
      let response: Response;
      try {
        response = await fetch(`${this.#access.endpoint}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${this.#access.token}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(30_000),
        });
      } catch (error) {
        if (method === "GET" && pause !== undefined && attempt < 2) {
          await delay(pause);
          continue;
        }
        const { cause } = error as { cause?: unknown }; // fetch says "fetch failed" and why in its cause
        const reason = cause instanceof Error ? cause.message : String(error);
        throw new HetznerError(
          `Hetzner Cloud cannot be reached at ${this.#access.endpoint}: ${reason}. Nothing was changed; mend this machine's connection, and run it again`,
        );
      }
      const isPassing = response.status === 429 || response.status === 423 || response.status >= 500;
      if (isPassing && pause !== undefined) {
        await delay(pause);
        continue;
      }
      if (!response.ok) throw await explained(this.#access, `${method} ${path}`, response);
      return answer.parse(await response.json());
    }
  }

  /** @throws HetznerError */
  get<T>(path: string, answer: z.ZodType<T>): Promise<T> {
    return this.#request("GET", path, answer);
  }

  /** An action that needs no body. @throws HetznerError */
  async act(path: string): Promise<void> {
    await this.#request("POST", path, z.unknown());
  }

  /** @throws HetznerError */
  post<T>(path: string, body: object, answer: z.ZodType<T>): Promise<T> {
    return this.#request("POST", path, answer, body);
  }

  /** Changes what is in the body. @throws HetznerError */
  async put(path: string, body: object): Promise<void> {
    await this.#request("PUT", path, z.unknown(), body);
  }
}
