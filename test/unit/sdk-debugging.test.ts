import { join } from "node:path";
import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { bind, engineServer } from "../../toolchain/provider/serve.ts";

const infra = join(import.meta.dirname, "../../infra");

/** Runs a program in a process of its own, with the SDK as a deployment has it. */
const run = async (program: string, env: Readonly<Record<string, string>> = {}): Promise<unknown> => {
  const whole = `
    import { createRequire } from "node:module";
    const require = createRequire(import.meta.url);
    await import("./lazy-sdk.ts");
    await import("./sdk-debugging.ts");
    const pulumi = require("@pulumi/pulumi");
    ${program}`;
  const { stdout } = await execa(process.execPath, ["--input-type=module", "--eval", whole], { cwd: infra, env });
  return JSON.parse(stdout);
};

describe("the promises that the SDK watches", () => {
  const traces = `
    const { debuggablePromise } = require("@pulumi/pulumi/runtime/debuggable.js");
    const ownPromise = Promise.resolve(7);
    const value = await debuggablePromise(ownPromise, "seven");
    const { _debugCtx: context, _debugStackTrace: trace } = ownPromise;
    console.log(JSON.stringify({ value, context, frames: trace.split("\\n    at ").length - 1, limit: Error.stackTraceLimit }));`;

  test("have no stack trace, and other errors have one", async () => {
    expect(await run(traces)).toEqual({ value: 7, context: "seven", frames: 0, limit: 10 });
  });

  test("have one when their leaks are looked for", async () => {
    const { frames } = (await run(traces, { PULUMI_DEBUG_PROMISE_LEAKS: "1" })) as { readonly frames: number };
    expect(frames).toBeGreaterThan(0);
  });
});

/** The engine's side: what it was told, by request. */
async function startEngine(): Promise<{ readonly told: string[]; readonly port: number } & Disposable> {
  const told: string[] = [];
  const server = engineServer();
  server.addService(engineGrpc.EngineService, {
    log: (
      { request }: grpc.ServerUnaryCall<enginePb.LogRequest, emptyPb.Empty>,
      done: grpc.sendUnaryData<emptyPb.Empty>,
    ) => {
      told.push(`${String(request.getSeverity())} ${request.getMessage()}`);
      setTimeout(() => {
        done(null, new emptyPb.Empty());
      }, 5);
    },
  });
  const port = await bind(server);
  return {
    ...{ told, port },
    [Symbol.dispose]: () => {
      server.forceShutdown();
    },
  };
}

test("the SDK's debug messages all reach the engine before the program ends, in order and few requests", async () => {
  using engine = await startEngine();
  await run(`
    pulumi.runtime.resetOptions("project", "stack", -1, "127.0.0.1:${String(engine.port)}", "", true, "organization");
    for (let number = 0; number < 100; number++) pulumi.log.debug("message " + number);
    pulumi.log.debug("with all that goes with it", undefined, 7, true);
    pulumi.log.warn("a warning");
    await new Promise((resolve) => setTimeout(resolve, 1));
    for (let number = 100; number < 200; number++) pulumi.log.debug("message " + number);
    await pulumi.runtime.disconnect();
    console.log("null");
    process.exit(0);`);
  const { DEBUG, WARNING } = enginePb.LogSeverity;
  const own = engine.told.filter((each) => each.startsWith(`${String(DEBUG)} message`));
  expect(own.flatMap((each) => each.slice(2).split("\n"))).toEqual(
    Array.from({ length: 200 }, (_, number) => `message ${String(number)}`),
  );
  expect(own.length).toBeLessThan(10);
  expect(engine.told).toContain(`${String(DEBUG)} with all that goes with it`);
  expect(engine.told).toContain(`${String(WARNING)} a warning`);
});
