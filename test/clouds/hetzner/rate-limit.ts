import { ApiError } from "./api-error.ts";

/**
 * The API's rate limit: so many requests an hour, and what was used comes back evenly (documentation, "Rate Limiting").
 */
export class RateLimit {
  readonly #limit: number;
  #remaining: number;
  #at = Date.now();

  /** @param limit requests an hour; 3600 at Hetzner */
  constructor(limit: number) {
    this.#limit = limit;
    this.#remaining = limit;
  }

  /** Uses up everything, as a busy project does. */
  exhaust(): void {
    this.#refill();
    this.#remaining = 0;
  }

  /** Counts a request. @throws ApiError `rate_limit_exceeded` when none is left */
  count(): void {
    this.#refill();
    if (this.#remaining < 1) {
      throw new ApiError("rate_limit_exceeded", `limit of ${this.#limit} requests per hour reached`);
    }
    this.#remaining -= 1;
  }

  /** The headers of every answer. Reset says when everything is back, in seconds since the epoch. */
  get headers(): Readonly<Record<string, string>> {
    const missing = this.#limit - this.#remaining;
    return {
      "RateLimit-Limit": String(this.#limit),
      "RateLimit-Remaining": String(Math.floor(this.#remaining)),
      "RateLimit-Reset": String(Math.ceil(Date.now() / 1000 + (missing * 3600) / this.#limit)),
    };
  }

  #refill(): void {
    const now = Date.now();
    this.#remaining = Math.min(this.#limit, this.#remaining + ((now - this.#at) * this.#limit) / 3_600_000);
    this.#at = now;
  }
}
