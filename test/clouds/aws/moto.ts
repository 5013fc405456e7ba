/**
 * moto, somebody else's AWS, and what its models and botocore's parsers know of AWS's protocols.
 * Installed when it is first asked for; each start is an empty account.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { AwsError } from "./front/handler.ts";

/** A request of an AWS client as it came. */
export interface RawRequest {
  /** The service that its signature names. */
  readonly service: string;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  /** Base64. */
  readonly body: string;
}

/** What is sent back. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** Base64. */
  readonly body: string;
}

/** A member that AWS's model of the service refuses. */
export interface Fault {
  readonly kind: "missing" | "enum" | "pattern" | "min" | "max";
  readonly path: string;
  /** AWS's words for it. */
  readonly message: string;
}

/** A request as the model of its service reads it. */
export interface ParsedRequest {
  /** botocore's name */
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly faults: readonly Fault[];
  /** Members of a JSON body that the model does not have. */
  readonly unknown: readonly string[];
}

/** moto's answer. */
export interface MotoAnswer extends RawAnswer {
  readonly output: Readonly<Record<string, unknown>>;
  /** The error's code, null when there is none. */
  readonly code: string | null;
  readonly message: string | null;
}

/** An operation by its members. */
export interface Invocation {
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly accessKeyId: string;
  readonly region: string;
}

/** The running server. */
export interface Moto {
  /** @throws AwsError where there is no such operation */
  parse(request: RawRequest): Promise<ParsedRequest>;
  /** Lets moto answer the request. */
  forward(request: RawRequest): Promise<MotoAnswer>;
  /** Asks moto an operation. @throws AwsError as moto answers */
  invoke(operation: Invocation): Promise<Readonly<Record<string, unknown>>>;
  /** Writes an answer in the protocol of the request. Members that the model does not have are left out. */
  answer(request: RawRequest, answer: { readonly output: unknown } | { readonly error: AwsError }): Promise<RawAnswer>;
  stop(): Promise<void>;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Installs moto where that was not done. @returns its virtual environment @throws Error with what this computer lacks */
export async function installMoto(): Promise<string> {
  const { stdout } = await execa(here("install.sh"), { stderr: ["pipe", "inherit"] });
  return stdout;
}

/** Starts an empty account. */
export async function startMoto(): Promise<Moto> {
  const environment = await installMoto();
  const child = spawn(`${environment}/bin/python`, ["-W", "ignore", here("server/serve.py")], {
    stdio: ["pipe", "pipe", "inherit"],
    // Never the deployer's keys, settings and proxies.
    env: {
      PATH: process.env["PATH"],
      LC_ALL: "C.UTF-8",
      PYTHONDONTWRITEBYTECODE: "1",
      MOTO_EC2_LOAD_DEFAULT_AMIS: "false",
      MOTO_IAM_LOAD_MANAGED_POLICIES: "true",
      // Never: a certificate is issued when its record exists (front/holes/acm.ts).
      MOTO_ACM_VALIDATION_WAIT: "1000000000",
    },
  });
  const ended = once(child, "exit");
  const lines = createInterface(child.stdout);
  const first = await Promise.race([once(lines, "line"), ended.then(() => ["it ended"])]);
  const port = Number(first[0]);
  if (!Number.isInteger(port)) throw new Error(`moto did not start: ${String(first[0])}`);

  const ask = async (work: string, body: unknown): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${String(port)}/${work}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    if (response.status === 400) {
      const { code, message, status } = (await response.json()) as AwsError; // serve.py writes these of it
      throw new AwsError(code, message, status);
    }
    if (!response.ok) throw new Error(`serve.py failed at ${work}; see its output above`);
    return response.json();
  };
  return {
    parse: async (request) => (await ask("parse", request)) as ParsedRequest, // as serve.py writes it; so below
    forward: async (request) => (await ask("forward", request)) as MotoAnswer,
    invoke: async (operation) => {
      const { status, code, message, output } = (await ask("invoke", operation)) as MotoAnswer;
      if (code !== null) throw new AwsError(code, message ?? "", status);
      return output;
    },
    answer: async (request, answer) => {
      const what = "error" in answer ? { error: plain(answer.error) } : answer;
      return (await ask("answer", { request, ...what })) as RawAnswer;
    },
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/** An error's message is none of the members that JSON shows. */
const plain = ({ code, message, status }: AwsError): object => ({ code, message, status });
