import { sourceFault } from "./assets.ts";
import { loggings } from "./output.ts";
import {
  isList,
  isMap,
  reveal,
  Secret,
  Unknown,
  type PropertyMap,
  type PropertyValue,
} from "../provider/properties.ts";
import { nestedInputs, type Input, type InputKind, type Inputs } from "./schema.ts";

/** An input that cannot be used, and why. */
export interface InputFault {
  readonly property: string;
  readonly reason: string;
}

/** Inputs with the defaults filled in and the secret ones marked, and everything that is wrong with them. */
export interface CheckedInputs {
  readonly inputs: PropertyMap;
  readonly faults: readonly InputFault[];
}

/** Checks the inputs of a resource or of the function. */
export function checkInputs(given: PropertyMap, schema: Inputs, prefix = ""): CheckedInputs {
  const unexpected = Object.keys(given)
    .filter((name) => !Object.hasOwn(schema, name) && !name.startsWith("__"))
    .map((name) => ({ property: prefix + name, reason: "there is no such input" }));
  const checked = Object.entries(schema).map(([name, input]) => ({
    name,
    ...checkInput(given[name], input, prefix + name),
  }));
  const kept = checked.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  return { inputs: Object.fromEntries(kept), faults: [...unexpected, ...checked.flatMap(({ faults }) => faults)] };
}

interface CheckedInput {
  readonly value: PropertyValue | undefined;
  readonly faults: readonly InputFault[];
}

function checkInput(given: PropertyValue | undefined, input: Input, property: string): CheckedInput {
  const value = given ?? input.default;
  if (value === undefined) {
    const faults = input.required === true ? [{ property, reason: "missing required input" }] : [];
    return { value, faults };
  }
  const plain = reveal(value);
  if (plain instanceof Unknown) return { value: marked(value, plain, input), faults: [] };
  const nested = nestedInputs[input.kind];
  if (nested !== undefined && isMap(plain)) {
    const { inputs, faults } = checkInputs(plain, nested, `${property}.`);
    return { value: marked(value, inputs, input), faults };
  }
  const reason = faultOf(plain, input.kind);
  return { value: marked(value, plain, input), faults: reason === undefined ? [] : [{ property, reason }] };
}

/** Keeps a secret secret, and makes what the schema says is one. */
function marked(given: PropertyValue, plain: PropertyValue | undefined, input: Input): PropertyValue {
  return given instanceof Secret || input.secret === true ? new Secret(plain ?? null) : (plain ?? null);
}

function faultOf(value: PropertyValue | undefined, kind: InputKind): string | undefined {
  switch (kind) {
    case "text":
      return typeof value === "string" ? undefined : "must be a string";
    case "flag":
      return typeof value === "boolean" ? undefined : "must be a boolean";
    case "number":
      return typeof value === "number" ? undefined : "must be a number";
    case "texts":
      return isList(value) && value.every(isText) ? undefined : "must be a list of strings";
    case "textTable":
      return isMap(value) && Object.values(value).every(isText) ? undefined : "must be an object of strings";
    case "values":
      return isList(value) ? undefined : "must be a list";
    case "logging":
      return loggings.some((logging) => logging === value) ? undefined : `must be one of ${loggings.join(", ")}`;
    case "asset":
      return isMap(value) ? sourceFault(value) : "either asset or archive must be set";
    case "connection":
    case "proxy":
      return "must be an object";
  }
}

function isText(value: PropertyValue): boolean {
  const plain = reveal(value);
  return typeof plain === "string" || plain instanceof Unknown;
}
