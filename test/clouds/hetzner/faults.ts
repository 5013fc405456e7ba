/** What the API is told to do wrong. */
import { ApiError, type ErrorCode } from "./api-error.ts";
import type { Method } from "./description.ts";

/** What shall happen to the next request of a kind, instead of its work. */
export interface RequestFault {
  readonly method: Method;
  /** As in the description: `/servers/{id}/actions/poweron`. */
  readonly path: string;
  /** The answer. @default none: the request is served, after `delayMs` */
  readonly error?: { readonly code: ErrorCode; readonly message: string };
  /** Milliseconds until it is answered. @default 0 */
  readonly delayMs?: number;
  /** How many requests it meets. @default 1 */
  readonly times?: number;
}

/** The faults that are still to come. */
export class RequestFaults {
  readonly #waiting: { fault: RequestFault; left: number }[] = [];

  /** @returns whether it has met a request by now */
  add(fault: RequestFault): () => boolean {
    const times = fault.times ?? 1;
    const waiting = { fault, left: times };
    this.#waiting.push(waiting);
    return () => waiting.left < times;
  }

  /** The fault that meets this request, if there is one. */
  take(method: Method, path: string): { readonly delayMs: number; readonly error: ApiError | undefined } | undefined {
    const found = this.#waiting.find(({ fault, left }) => left > 0 && fault.method === method && fault.path === path);
    if (found === undefined) return undefined;
    found.left -= 1;
    const { error, delayMs = 0 } = found.fault;
    return { delayMs, error: error && new ApiError(error.code, error.message) };
  }
}
