/** The HTTP side: token, rate limit, faults, and the description as a judge of what comes in and goes out. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { fastify, type FastifyReply, type FastifyRequest } from "fastify";
import { ApiError, invalidInput } from "./api-error.ts";
import { describeOperation, type Method, type Operation } from "./description.ts";
import { RequestFaults } from "./faults.ts";
import { RateLimit } from "./rate-limit.ts";

/** A request that was made. */
export interface RecordedRequest {
  readonly at: number;
  readonly method: Method;
  /** As in the description: `/servers/{id}`. */
  readonly operation: string;
  /** As it was asked, with the query. */
  readonly url: string;
  readonly body: unknown;
  readonly status: number;
  /** The error's code, where it was refused. */
  readonly code: string | undefined;
}

/** What a handler gets: judged by the description already. */
export interface Call<B> {
  /** From the path; 0 where it has none. */
  readonly id: number;
  readonly actionId: number;
  readonly query: URLSearchParams;
  readonly body: B;
}

/** Serves operations of the API. */
export class Api {
  readonly requests: RecordedRequest[] = [];
  /** Answers of ours that the description refuses. A test expects none. */
  readonly violations: string[] = [];
  readonly faults = new RequestFaults();
  readonly rateLimit: RateLimit;
  token: string;
  readonly #server = fastify({ forceCloseConnections: true });

  constructor(token: string, requestsPerHour: number) {
    this.token = token;
    this.rateLimit = new RateLimit(requestsPerHour);
    const refuse = (error: ApiError) => (_: FastifyRequest, reply: FastifyReply) =>
      reply.status(error.status).send(error.body);
    this.#server.setNotFoundHandler(refuse(new ApiError("not_found", "not found")));
    // What comes here was thrown before a handler: a body that is no JSON.
    this.#server.setErrorHandler((_, request, reply) =>
      refuse(new ApiError("json_error", "invalid JSON in request"))(request, reply),
    );
  }

  /**
   * Serves an operation.
   *
   * @param B the body's type, as the description has it
   * @param handle gives the answer's body, undefined for none
   */
  serve<B = undefined>(
    method: Method,
    path: string,
    handle: (call: Call<B>) => object | undefined | Promise<object | undefined>,
  ): void {
    const operation = describeOperation(method, path);
    this.#route(method, path, async (request, reply) => {
      const given = await this.#before(method, path, request, operation);
      return this.#judged(operation, `${method} ${path}`, operation.status, await handle(given as Call<B>), reply);
    });
  }

  /** Serves what the API has removed. */
  gone(method: Method, path: string, message: string): void {
    this.#route(method, path, () => Promise.reject(new ApiError("deprecated_api_endpoint", message)));
  }

  /** @returns the endpoint: `http://127.0.0.1:<port>/v1` */
  async listen(port: number): Promise<string> {
    return `${await this.#server.listen({ host: "127.0.0.1", port })}/v1`;
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  #route(
    method: Method,
    path: string,
    answer: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
  ): void {
    const url = `/v1${path.replaceAll(/\{(\w+)\}/gu, ":$1")}`;
    this.#server.route({
      method,
      url,
      handler: async (request, reply) => {
        const at = performance.now();
        let code: string | undefined;
        try {
          return await answer(request, reply);
        } catch (error) {
          const known = error instanceof ApiError ? error : new ApiError("server_error", String(error));
          if (known !== error) this.violations.push(`${method} ${path}: ${String(error)}`);
          code = known.code;
          return await reply.status(known.status).headers(this.rateLimit.headers).send(known.body);
        } finally {
          const { url: asked, body } = request;
          const { statusCode: status } = reply;
          this.requests.push({ at, method, operation: path, url: asked.slice("/v1".length), body, status, code });
        }
      },
    });
  }

  /** What stands between a request and its work. */
  async #before(method: Method, path: string, request: FastifyRequest, operation: Operation): Promise<Call<unknown>> {
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      throw new ApiError("unauthorized", "unable to authenticate");
    }
    this.rateLimit.count();
    const fault = this.faults.take(method, path);
    if (fault !== undefined) {
      await sleep(fault.delayMs);
      if (fault.error !== undefined) throw fault.error;
    }
    const { id = "0", action_id: actionId = "0" } = request.params as Readonly<Record<string, string | undefined>>; // the path's
    if (!/^\d+$/u.test(`${id}${actionId}`)) throw new ApiError("not_found", "not found");
    const wrong = operation.requestFaults(request.body);
    if (wrong.length > 0) {
      const fields = wrong.map(({ instancePath, params, message = "is invalid" }) => ({
        name: String(params["missingProperty"] ?? instancePath.slice(1).replaceAll("/", ".")),
        messages: [message],
      }));
      throw invalidInput(`invalid input in field '${fields[0]?.name ?? ""}'`, ...fields);
    }
    const query = new URL(request.url, "http://localhost").searchParams;
    return { id: Number(id), actionId: Number(actionId), query, body: request.body ?? {} };
  }

  #judged(
    operation: Operation,
    name: string,
    status: number,
    body: object | undefined,
    reply: FastifyReply,
  ): FastifyReply {
    for (const fault of operation.answerFaults(status, body)) this.violations.push(`${name}: ${fault}`);
    const headers = { ...this.rateLimit.headers, "X-Correlation-Id": randomBytes(8).toString("hex") };
    return reply.status(status).headers(headers).send(body);
  }
}
