/** The health check as the task definition carries it, against gateways as they are and as they should not be. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ended, Task } from "./ecs/task.ts";

const token = "a1".repeat(48);
let task: Task;
let server: Server | undefined;
let wrongTokens = 0;

interface Answers {
  readonly startup?: readonly [number, unknown];
  readonly own?: number;
  readonly wrong?: number;
}

/** Starts a gateway. @returns its port */
async function gateway(answers: Answers = {}): Promise<number> {
  const { startup = [200, { ok: true, status: "started", version: "2026.9.6" }], own = 200, wrong = 401 } = answers;
  server = createServer((request, answer) => {
    const isOwn = request.headers.authorization === `Bearer ${token}`;
    if (request.url === "/startupz") answer.writeHead(startup[0]).end(JSON.stringify(startup[1]));
    else if (request.url === "/tools/invoke" && request.method === "POST") {
      if (!isOwn) wrongTokens += 1;
      answer.writeHead(isOwn ? own : wrong).end("{}");
    } else answer.writeHead(200).end("<!doctype html>");
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port; // it listens on TCP
}

beforeEach(() => {
  task = new Task();
  wrongTokens = 0;
  task.write(JSON.stringify({ current: "one", previous: null, good: false }), "release.json");
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  task.remove();
});

it("finds a gateway healthy that takes the stack's token and no other, and marks its release good", async () => {
  const port = await gateway();
  expect(await task.health("one", port, token)).toMatchObject({ code: 0, output: "" });
  expect(task.record()).toEqual({ current: "one", previous: null, good: true });
});

it("tries a wrong token once a start, not once a check: that would lock the address out", async () => {
  const port = await gateway();
  for (let check = 0; check < 3; check += 1) expect((await task.health("one", port, token)).code).toBe(0);
  expect(wrongTokens).toBe(1);
});

it("takes a tool that the user's policy denies for an accepted token", async () => {
  expect((await task.health("one", await gateway({ own: 404 }), token)).code).toBe(0);
});

it("works when somebody emptied /tmp", async () => {
  const port = await gateway();
  expect(existsSync(task.run)).toBe(false);
  expect((await task.health("one", port, token)).code).toBe(0);
  expect(existsSync(join(task.run, "verified"))).toBe(true);
});

it("leaves the record of another release alone", async () => {
  await task.health("two", await gateway(), token);
  expect(task.record().good).toBe(false);
});

it.each([
  ["a gateway that still starts", { startup: [503, { ok: false, status: "starting" }] }, "/startupz: starting"],
  [
    "a gateway of another version",
    { startup: [200, { ok: true, status: "started", version: "2026.9.5" }] },
    "OpenClaw 2026.9.5 runs, expected 2026.9.6",
  ],
  ["a gateway with another token", { own: 401 }, "the gateway answers 401 to the stack's own token"],
  ["a gateway that takes every token", { wrong: 200 }, "the gateway answers 200 to a wrong token, expected 401"],
] as const)("finds %s not healthy, and does not mark its release", async (_, answers, reason) => {
  expect(await task.health("one", await gateway(answers), token)).toMatchObject({ code: 1, output: `${reason}\n` });
  expect(task.record().good).toBe(false);
  expect(existsSync(join(task.run, "verified"))).toBe(false);
});

it("finds nothing at all not healthy", async () => {
  expect(await task.health("one", 1, token)).toMatchObject({ code: 1, output: "nothing answers /startupz\n" });
});

it("is seen by the entry point, which tells the log once", async () => {
  const port = await gateway();
  task.write("{}", "state", "kept.json");
  const child = task.start("one", { command: ["sleep", "3"] });
  const end = ended(child);
  while (!existsSync(task.path("state", "openclaw.json"))) await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await task.health("one", port, token)).code).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect((await task.health("one", port, token)).code).toBe(0);
  const { output } = await end;
  expect(
    output.match(/\[entrypoint\] release one is verified: OpenClaw 2026\.9\.6 takes the stack's token/g),
  ).toHaveLength(1);
  expect(output).not.toContain(token);
  expect(readFileSync(task.path("release.json"), "utf8")).toContain('"good":true');
});
