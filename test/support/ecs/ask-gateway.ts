/** Requests to a gateway through its load balancer, as clients make them that find it by its name. */
import { request } from "node:https";
import { text } from "node:stream/consumers";

/** An answer over HTTPS. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Where the gateway is. */
export interface Reached {
  readonly domain: string;
  /** Address of this computer that the name leads to. */
  readonly address: string;
  /** Certificate of the authority to trust, PEM. */
  readonly ca: string;
}

/** @param token makes it the authenticated call */
export function askGateway({ domain, address, ca }: Reached, path: string, token?: string): Promise<Answer> {
  const isCall = token !== undefined;
  const headers = {
    host: domain,
    ...(isCall ? { authorization: `Bearer ${token}`, "content-type": "application/json" } : {}),
  };
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const asked = request({
    ...{ host: address, path, ca, headers, servername: domain, agent: false, timeout: 30_000 },
    method: isCall ? "POST" : "GET",
  });
  asked.on("error", reject);
  asked.on("timeout", () => asked.destroy(new Error("nobody answers")));
  asked.on("response", (answer) => {
    void text(answer).then((body) => {
      resolve({ status: answer.statusCode ?? 0, body });
    }, reject);
  });
  asked.end(isCall ? JSON.stringify({ tool: "sessions_list", args: {} }) : undefined);
  return promise;
}
