/** The API's own description as a judge of requests and answers. */
import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { default as addFormats } from "ajv-formats";
import { overlay } from "./overlay.ts";

/** HTTP methods that the API knows. */
export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** One operation of the API. */
export interface Operation {
  /** The status of a good answer. */
  readonly status: number;
  /** What is wrong with a request's body. */
  readonly requestFaults: (body: unknown) => readonly ErrorObject[];
  /** What is wrong with an answer. */
  readonly answerFaults: (status: number, body: unknown) => readonly string[];
}

type Tree = Record<string, unknown>;

const file = new URL("description/hcloud-openapi.json", import.meta.url);

/** Reads the description and lays the overlay over it. @throws Error if an entry of the overlay has no effect */
function readDescription(): Tree {
  const description = JSON.parse(readFileSync(file, "utf8")) as Tree;
  for (const { at, change, reason } of overlay) {
    const keys = at.slice(1).split("/");
    const last = keys.pop() ?? "";
    const holder = keys.reduce<unknown>((node, key) => (node as Tree | undefined)?.[key], description) as
      Tree | undefined;
    const old = holder?.[last];
    const changed = change(old);
    if (holder === undefined || JSON.stringify(changed) === JSON.stringify(old)) {
      throw new Error(`the overlay's entry ${at} changes nothing (${reason})`);
    }
    holder[last] = changed;
  }
  return asJsonSchema(description) as Tree;
}

/** OpenAPI 3.0 says `nullable` where JSON Schema has a type. */
function asJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(asJsonSchema);
  if (typeof node !== "object" || node === null) return node;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, asJsonSchema(value)]),
  );
  return nullable === true ? { anyOf: [rest, { type: "null" }] } : rest;
}

const description = readDescription();
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv
  .addFormat("int32", true)
  .addFormat("int64", true)
  .addFormat("decimal", /^\d+\.\d+$/u);
ajv.addSchema(description, "hcloud");
const compiled = new Map<string, ValidateFunction>();

function validator(...keys: readonly string[]): ValidateFunction | undefined {
  const pointer = keys.map((key) => `/${encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))}`).join("");
  const known = compiled.get(pointer);
  if (known !== undefined) return known;
  const exists = keys.reduce<unknown>((node, key) => (node as Tree | undefined)?.[key], description) !== undefined;
  if (!exists) return undefined;
  const fresh = ajv.compile({ $ref: `hcloud#${pointer}` });
  compiled.set(pointer, fresh);
  return fresh;
}

/** Describes an operation. @param path as in the description: `/servers/{id}` @throws Error if there is none */
export function describeOperation(method: Method, path: string): Operation {
  const verb = method.toLowerCase();
  const paths = description["paths"] as Record<string, Record<string, { responses: Tree }> | undefined>;
  const responses = paths[path]?.[verb]?.responses;
  if (responses === undefined) throw new Error(`the API's description has no ${method} ${path}`);
  const status = Number(Object.keys(responses).find((code) => code.startsWith("2")));
  const content = ["content", "application/json", "schema"];
  const faults = (validate: ValidateFunction | undefined, value: unknown): readonly ErrorObject[] =>
    validate === undefined || validate(value) ? [] : (validate.errors ?? []);
  return {
    status,
    requestFaults: (body) => faults(validator("paths", path, verb, "requestBody", ...content), body ?? {}),
    answerFaults: (code, body) => {
      const key = code < 400 ? String(code) : code < 500 ? "4xx" : "5xx";
      if (responses[key] === undefined) return [`status ${code} is not described`];
      const validate = validator("paths", path, verb, "responses", key, ...content);
      if (validate === undefined) return body === undefined ? [] : ["a body where none is described"];
      return faults(validate, body).map(({ instancePath, message }) => `${instancePath} ${message ?? "is wrong"}`);
    },
  };
}
