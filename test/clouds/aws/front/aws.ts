/** AWS on loopback: one endpoint for every service, moto behind it, and what AWS refuses and moto does not refused. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { startMoto, type Moto, type RawAnswer, type RawRequest } from "../moto.ts";
import { accountOf } from "./account.ts";
import {
  AwsError,
  type Aws,
  type AwsOptions,
  type Call,
  type Handler,
  type Handlers,
  type Operation,
} from "./handler.ts";
import { holes } from "./holes.ts";
import { evaluate, policiesOf } from "./iam.ts";
import { checkModel } from "./model-check.ts";
import { readRequest } from "./request.ts";
import { rules } from "./rules.ts";
import { settling } from "./settling.ts";

/** Starts an empty account. @throws Error with what this computer lacks */
export async function startAws(options: AwsOptions = {}): Promise<Aws> {
  const moto = await startMoto();
  const calls: Call[] = [];
  const { handlers = {}, settleMs = 0 } = options;
  const answers = [holes((operation) => accountOf(moto, operation)), settling(settleMs), handlers];
  const server = createServer((message, response) => {
    void serve(moto, answers, calls, message, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    endpoint: `http://127.0.0.1:${String(port)}`,
    calls,
    allowed: async (roleArn, action, resource, conditions = {}) => {
      // IAM has no regions.
      const policies = await policiesOf(accountOf(moto, { accessKeyId: "front", region: "us-east-1" }), roleArn);
      return evaluate(policies, { action, resource, conditions }) === "allowed";
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await moto.stop();
    },
  };
}

async function serve(
  moto: Moto,
  answers: readonly Handlers[],
  calls: Call[],
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let answer: RawAnswer;
  try {
    answer = await answerTo(moto, answers, calls, message);
  } catch (error) {
    // A fault of the front, or a request that no protocol of AWS can say an error to.
    const { status = 500, code = "InternalFailure" } = error instanceof AwsError ? error : {};
    const text = error instanceof AwsError ? error.message : String(error);
    if (!(error instanceof AwsError)) console.error(error);
    const body = Buffer.from(JSON.stringify({ __type: code, message: text })).toString("base64");
    answer = { status, headers: [["x-amzn-errortype", code]], body };
  }
  response.writeHead(answer.status, [...answer.headers].flat());
  response.end(Buffer.from(answer.body, "base64"));
}

async function answerTo(
  moto: Moto,
  answers: readonly Handlers[],
  calls: Call[],
  message: IncomingMessage,
): Promise<RawAnswer> {
  const at = performance.now();
  const { raw, accessKeyId, region } = await readRequest(message);
  const parsed = await moto.parse(raw);
  const { service, operation: name, input } = parsed;
  const operation: Operation = { service, operation: name, input, accessKeyId, region };
  const record = (status: number, code: string | undefined): void => {
    calls.push({ ...operation, at, status, code });
  };
  try {
    checkModel(parsed);
    for (const rule of rules[`${service}.${name}`] ?? []) await rule(input, accountOf(moto, operation));
    const handlers = answers.map((each) => each[`${service}.${name}`]).filter((handler) => handler !== undefined);
    if (handlers.length === 0) {
      const answer = await moto.forward(raw);
      record(answer.status, answer.code ?? undefined);
      return answer;
    }
    const answer = await moto.answer(raw, { output: await throughAll(moto, raw, handlers)(operation) });
    record(answer.status, undefined);
    return answer;
  } catch (error) {
    if (!(error instanceof AwsError)) {
      record(500, "InternalFailure");
      throw error;
    }
    const answer = await moto.answer(raw, { error });
    record(answer.status, error.code);
    return answer;
  }
}

/** The last handler is asked first; what it forwards goes to the one before it, and in the end to moto. */
function throughAll(
  moto: Moto,
  raw: RawRequest,
  handlers: readonly Handler[],
): (operation: Operation) => Promise<unknown> {
  return handlers.reduce<(operation: Operation) => Promise<unknown>>(
    (inner, handler) => (operation) => handler(operation, () => inner(operation)),
    async () => {
      const { code, message, status, output } = await moto.forward(raw);
      if (code !== null) throw new AwsError(code, message ?? "", status);
      return output;
    },
  );
}
