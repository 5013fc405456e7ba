/** G3 from outside: through the load balancer, by the gateway's own name. */
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { VerifyRequest } from "./contract.ts";

/** How long a target may take to become healthy. */
const patienceSeconds = Number(process.env["OPENCLAW_VERIFY_OUTSIDE_SECONDS"] ?? 180);

interface Answer {
  readonly status: number;
  readonly body: string;
}

type Outside = NonNullable<VerifyRequest["outside"]>;

/** Connects to the load balancer's own name, and asks for the domain: its certificate has to be good for that. */
function ask({ domain, address }: Outside, path: string, token?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        ...{ host: address, port: 443, servername: domain, path },
        method: token === undefined ? "GET" : "POST",
        headers: {
          host: domain,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}`, "content-type": "application/json" }),
        },
        signal: AbortSignal.timeout(15_000),
      },
      (response) => {
        text(response).then((body) => {
          resolve({ status: response.statusCode ?? 0, body });
        }, reject);
      },
    );
    request.on("error", reject);
    request.end(token === undefined ? undefined : JSON.stringify({ tool: "sessions_list", args: {} }));
  });
}

/** What is not as it should be; undefined when all is well. */
async function fault(outside: Outside): Promise<string | undefined> {
  const { domain, token } = outside;
  try {
    const startup = await ask(outside, "/startupz");
    // Unknown paths answer 200 with HTML: only the body counts.
    if (!/"status":\s*"started"/.test(startup.body))
      return `https://${domain}/startupz answers ${String(startup.status)}`;
    const own = await ask(outside, "/tools/invoke", token);
    if (own.status !== 200 && own.status !== 404)
      return `https://${domain} answers ${String(own.status)} to the stack's own token`;
    const wrong = await ask(outside, "/tools/invoke", "0".repeat(96));
    return wrong.status === 401
      ? undefined
      : `https://${domain} answers ${String(wrong.status)} to a wrong token, expected 401`;
  } catch (error) {
    return `https://${domain} cannot be reached through the load balancer ${outside.address}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** @returns what is wrong from outside, when that does not get better; undefined when all is well */
export async function outsideFault(outside: Outside): Promise<string | undefined> {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (;;) {
    const found = await fault(outside);
    if (found === undefined || Date.now() > deadline) return found;
    await sleep(2000);
  }
}
