/** G3 against servers that behave as the traps of a real gateway do: each answers over real HTTP on loopback. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ReleaseError } from "../../components/local/release/contract.ts";
import { verify, type Expectation } from "../../components/local/release/verify.ts";

const token = "a1".repeat(48);
const servers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of servers.splice(0)) await stop();
});

/** Starts a server. @returns its port */
async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  );
  return (server.address() as AddressInfo).port; // it listens on TCP
}

const json = (answer: ServerResponse, status: number, body: unknown): void => {
  answer.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};

const started = { ok: true, status: "started", version: "2026.9.6" };

type Answers = Readonly<Record<"startup" | "own" | "wrong", (answer: ServerResponse) => void>>;

/** A gateway that is as it should be, with some answers changed. Whatever it is not asked for is the dashboard's HTML. */
const gateway = (change: Partial<Answers> = {}): RequestListener => {
  const answers: Answers = {
    startup: (answer) => {
      json(answer, 200, started);
    },
    own: (answer) => {
      json(answer, 200, { ok: true, result: {} });
    },
    wrong: (answer) => {
      json(answer, 401, { error: { type: "unauthorized" } });
    },
    ...change,
  };
  const isInvocation = ({ method, url }: IncomingMessage): boolean => method === "POST" && url === "/tools/invoke";
  return (request, answer) => {
    if (request.url === "/startupz") answers.startup(answer);
    else if (isInvocation(request)) {
      answers[request.headers.authorization === `Bearer ${token}` ? "own" : "wrong"](answer);
    } else answer.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
  };
};

const status =
  (code: number) =>
  (answer: ServerResponse): void => {
    json(answer, code, {});
  };

const check = (port: number, change: Partial<Expectation> = {}): Promise<void> =>
  verify({
    port,
    version: "2026.9.6",
    token,
    timeoutSeconds: 1,
    hopeless: () => Promise.resolve(undefined),
    ...change,
  });

/** How a check failed, which must be in words for the user. */
const failure = async (checked: Promise<void>): Promise<string> => {
  const error: unknown = await checked.then(
    () => new Error("it was accepted"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ReleaseError);
  return (error as ReleaseError).message;
};

describe("a gateway is verified", () => {
  it("when it is started, runs the version, and accepts the stack's token only", async () => {
    await expect(check(await serve(gateway()))).resolves.toBeUndefined();
  });

  it("when the user's tool policy denies the tool (404)", async () => {
    await expect(check(await serve(gateway({ own: status(404) })))).resolves.toBeUndefined();
  });

  it("once it has started, not before", async () => {
    const ready = Date.now() + 700;
    const startup = (answer: ServerResponse): void => {
      if (Date.now() < ready) json(answer, 503, { ok: false, status: "starting" });
      else json(answer, 200, started);
    };
    await check(await serve(gateway({ startup })), { timeoutSeconds: 10 });
    expect(Date.now()).toBeGreaterThanOrEqual(ready);
  });
});

describe("a gateway is not verified", () => {
  it("when it is healthy with a token that nobody knows (its own was not resolved)", async () => {
    expect(await failure(check(await serve(gateway({ own: status(401) }))))).toBe(
      "the gateway answers 401 to this stack's own token: another token is in force, or another program took its port (choose another: openclaw:gateway.port)",
    );
  });

  it("when it ignores tokens", async () => {
    expect(await failure(check(await serve(gateway({ wrong: status(200) }))))).toBe(
      "the gateway answers 200 to a wrong token, expected 401",
    );
  });

  it("when it knows no such tool, whatever the token (something else listens there)", async () => {
    expect(await failure(check(await serve(gateway({ own: status(404), wrong: status(404) }))))).toBe(
      "the gateway answers 404 to a wrong token, expected 401",
    );
  });

  it("when a proxy stands before it (403)", async () => {
    expect(await failure(check(await serve(gateway({ own: status(403) }))))).toContain("answers 403");
  });

  it("when everything is 200 with HTML", async () => {
    const html: RequestListener = (_request, answer) => {
      answer.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>OpenClaw</title>");
    };
    expect(await failure(check(await serve(html)))).toBe("the gateway did not start within 1 s (/startupz: no answer)");
  });

  it.each([null, "started", {}, { ok: true }, { ok: true, status: "draining" }, { status: "started" }])(
    "when /startupz answers 200 with %j",
    async (body) => {
      const startup = (answer: ServerResponse): void => {
        json(answer, 200, body);
      };
      const checked = check(await serve(gateway({ startup })), { timeoutSeconds: 0.3 });
      expect(await failure(checked)).toMatch(/^the gateway did not start within 0.3 s/);
    },
  );

  it("when it runs another version, or none that it tells", async () => {
    const port = await serve(gateway());
    expect(await failure(check(port, { version: "2026.9.5" }))).toBe(
      `OpenClaw 2026.9.6 answers on port ${String(port)}, expected 2026.9.5`,
    );
    const silent = await serve(
      gateway({
        startup: (answer) => {
          json(answer, 200, { ok: true, status: "started" });
        },
      }),
    );
    expect(await failure(check(silent))).toContain("OpenClaw of unknown version answers");
  });

  it("when it never gets further than starting", async () => {
    const startup = (answer: ServerResponse): void => {
      json(answer, 503, { ok: false, status: "starting" });
    };
    const began = Date.now();
    expect(await failure(check(await serve(gateway({ startup }))))).toBe(
      "the gateway did not start within 1 s (/startupz: starting)",
    );
    expect(Date.now() - began).toBeGreaterThanOrEqual(1000);
    expect(Date.now() - began).toBeLessThan(3000);
  });

  it("when nothing listens", async () => {
    const port = await serve(gateway());
    for (const stop of servers.splice(0)) await stop();
    expect(await failure(check(port))).toBe("the gateway did not start within 1 s (/startupz: no answer)");
  });

  it("when it takes connections and never answers", async () => {
    expect(await failure(check(await serve(() => undefined)))).toBe(
      "the gateway did not start within 1 s (/startupz: no answer)",
    );
  });

  it("at once, when there is no hope, in the words of why", async () => {
    const port = await serve(gateway({ startup: status(503) }));
    const began = Date.now();
    const hopeless = () => Promise.resolve(Date.now() - began > 300 ? "OpenClaw refuses to start" : undefined);
    expect(await failure(check(port, { timeoutSeconds: 60, hopeless }))).toBe("OpenClaw refuses to start");
    expect(Date.now() - began).toBeLessThan(1500);
  });

  it.each(["own", "wrong"] as const)("when it dies during the call with the %s token", async (call) => {
    const port = await serve(gateway({ [call]: (answer: ServerResponse) => answer.destroy() }));
    expect(await failure(check(port))).toContain("gateway");
  });
});
