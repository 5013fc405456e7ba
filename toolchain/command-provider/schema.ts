import { loggings } from "./output.ts";
import type { PropertyValue } from "../provider/properties.ts";

/** The version of the published plugin that this one stands in for; Pulumi finds a plugin by the exact version. */
export const pluginVersion = "1.2.1";

/** An input's type, as far as the provider checks it. */
export type InputKind =
  "text" | "flag" | "number" | "texts" | "textTable" | "values" | "logging" | "asset" | "connection" | "proxy";

/** One input of a resource type. */
export interface Input {
  readonly kind: InputKind;
  readonly required?: true;
  readonly secret?: true;
  /** A change makes a new resource instead of updating this one. */
  readonly replaces?: true;
  readonly default?: PropertyValue;
}

/** The inputs of a resource type or of an object within one, by name. */
export type Inputs = Readonly<Record<string, Input>>;

const text: Input = { kind: "text" };
const requiredText: Input = { kind: "text", required: true };
const connection: Input = { kind: "connection", required: true, secret: true };
const triggers: Input = { kind: "values", replaces: true };

const proxyInputs: Inputs = {
  agentSocketPath: text,
  dialErrorLimit: { kind: "number", default: 10 },
  host: requiredText,
  hostKey: text,
  password: text,
  perDialTimeout: { kind: "number", default: 15 },
  port: { kind: "number", default: 22 },
  privateKey: text,
  privateKeyPassword: text,
  user: { kind: "text", default: "root" },
};

/** The inputs within an object, for the kinds of input that are one. */
export const nestedInputs: Partial<Record<InputKind, Inputs>> = {
  connection: { ...proxyInputs, proxy: { kind: "proxy" } },
  proxy: proxyInputs,
};

const lifecycle: Inputs = {
  addPreviousOutputInEnv: { kind: "flag", default: true },
  create: text,
  delete: text,
  environment: { kind: "textTable" },
  logging: { kind: "logging" },
  stdin: text,
  triggers,
  update: text,
};

const localInputs: Inputs = {
  archivePaths: { kind: "texts" },
  assetPaths: { kind: "texts" },
  dir: text,
  interpreter: { kind: "texts" },
};

/** Every resource type's inputs. */
export const resourceInputs = {
  "command:local:Command": { ...lifecycle, ...localInputs },
  "command:remote:Command": { ...lifecycle, connection },
  "command:remote:CopyToRemote": {
    connection,
    remotePath: requiredText,
    source: { kind: "asset", required: true },
    triggers,
  },
  "command:remote:CopyFile": { connection, localPath: requiredText, remotePath: requiredText, triggers },
} as const satisfies Record<string, Inputs>;

export type ResourceType = keyof typeof resourceInputs;

/** The one function. */
export const runToken = "command:local:run";

/** The inputs of the function. */
export const runInputs: Inputs = {
  ...localInputs,
  addPreviousOutputInEnv: { kind: "flag", default: true },
  command: requiredText,
  environment: { kind: "textTable" },
  logging: { kind: "logging" },
  stdin: text,
};

/** Whether the provider has the resource type. */
export function isResourceType(token: string): token is ResourceType {
  return Object.hasOwn(resourceInputs, token);
}

/** The package's schema, with the inputs that the provider knows; the SDK's is the one to read. */
export function packageSchema(): string {
  const resources = Object.entries<Inputs>(resourceInputs).map(
    ([token, inputs]) => [token, objectSchema(inputs)] as const,
  );
  return JSON.stringify({
    name: "command",
    version: pluginVersion,
    resources: Object.fromEntries<unknown>(resources),
    functions: { [runToken]: { inputs: { type: "object", properties: propertySchemas(runInputs) } } },
  });
}

function objectSchema(inputs: Inputs) {
  const required = Object.keys(inputs).filter((name) => inputs[name]?.required === true);
  return { inputProperties: propertySchemas(inputs), requiredInputs: required };
}

function propertySchemas(inputs: Inputs) {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { kind, secret, replaces }]) => [
      name,
      { ...typeSchema(kind), ...(secret && { secret }), ...(replaces && { replaceOnChanges: true }) },
    ]),
  );
}

function typeSchema(kind: InputKind): object {
  switch (kind) {
    case "text":
      return { type: "string" };
    case "flag":
      return { type: "boolean" };
    case "number":
      return { type: "number" };
    case "texts":
      return { type: "array", items: { type: "string" } };
    case "textTable":
      return { type: "object", additionalProperties: { type: "string" } };
    case "values":
      return { type: "array", items: { $ref: "pulumi.json#/Any" } };
    case "logging":
      return { type: "string", description: `One of ${loggings.join(", ")}.` };
    case "asset":
      return { oneOf: [{ $ref: "pulumi.json#/Asset" }, { $ref: "pulumi.json#/Archive" }] };
    case "connection":
    case "proxy":
      return { type: "object", additionalProperties: { $ref: "pulumi.json#/Any" } };
  }
}
