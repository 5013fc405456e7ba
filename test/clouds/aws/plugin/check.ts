import {
  isList,
  isMap,
  reveal,
  Secret,
  Unknown,
  type PropertyMap,
  type PropertyValue,
} from "../../../../toolchain/provider/properties.ts";
import type { Property, Schema } from "./schema.ts";

/** An input that cannot be used, and why. */
export interface Fault {
  readonly property: string;
  readonly reason: string;
}

/** Inputs with upstream's defaults, which the bridge lists under `__defaults`. */
export interface Checked {
  readonly inputs: PropertyMap;
  readonly faults: readonly Fault[];
}

/** The key under which the bridge keeps the names of the inputs that the program did not give. */
export const defaultsKey = "__defaults";

/** Checks the inputs of a resource type or of a block within one. */
export function checkInputs(schema: Schema, given: PropertyMap, prefix = ""): Checked {
  const unknownNames = Object.keys(given).filter((name) => {
    return !name.startsWith("__") && (schema[name] === undefined || schema[name].output === true);
  });
  const unexpected = unknownNames.map((name) => ({
    property: prefix + name,
    reason: "the stand-in for the aws plugin does not know this input",
  }));
  const defaults = Object.entries(schema).flatMap(([name, property]) => {
    const { default: value, conflictsWith = [] } = property;
    const free = given[name] === undefined && conflictsWith.every((other) => given[other] === undefined);
    return value === undefined || !free ? [] : [[name, value] as const];
  });
  const complete: PropertyMap = { ...Object.fromEntries(defaults), ...given };
  const checked = Object.entries(schema).map(([name, property]) => ({
    name,
    ...checkValue(property, complete[name], prefix + name),
  }));
  const kept = checked.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  const names = [...defaults.map(([name]) => name)].sort();
  return {
    inputs: { ...Object.fromEntries(kept), ...(isMapOfInputs(prefix) ? { [defaultsKey]: names } : {}) },
    faults: [...unexpected, ...checked.flatMap(({ faults }) => faults), ...relationFaults(schema, given, prefix)],
  };
}

/** Only the whole resource lists its defaults here; the bridge does it in every block too, which nothing looks at. */
function isMapOfInputs(prefix: string): boolean {
  return prefix === "";
}

/** What is wrong between inputs: those that exclude each other, and those that are missing. */
function relationFaults(schema: Schema, given: PropertyMap, prefix: string): Fault[] {
  const has = (name: string) => given[name] !== undefined && reveal(given[name]) !== null;
  return Object.entries(schema).flatMap(([name, { required, conflictsWith = [], requiredWith = [], exactlyOneOf }]) => {
    const property = prefix + name;
    const missing =
      required === true && !has(name)
        ? [`Missing required argument. The argument "${name}" is required, but no definition was found.`]
        : [];
    const conflicts = has(name) ? conflictsWith.filter(has) : [];
    const lacking = has(name) ? requiredWith.filter((other) => !has(other)) : [];
    const chosen = exactlyOneOf?.filter(has).length ?? 1;
    const list = (exactlyOneOf ?? []).join(",");
    return [
      ...missing,
      ...conflicts.map((other) => `Conflicting configuration arguments. "${name}": conflicts with ${other}`),
      ...lacking.map((other) => `Missing required argument. "${name}": all of \`${name},${other}\` must be specified`),
      ...(chosen === 0 ? [`Invalid combination of arguments. "${name}": one of \`${list}\` must be specified`] : []),
      ...(chosen > 1 ? [`Invalid combination of arguments. "${name}": only one of \`${list}\` can be specified`] : []),
    ].map((reason) => ({ property, reason }));
  });
}

interface CheckedValue {
  readonly value: PropertyValue | undefined;
  readonly faults: readonly Fault[];
}

function checkValue(property: Property, given: PropertyValue | undefined, path: string): CheckedValue {
  const plain = reveal(given);
  if (given === undefined || plain === undefined || plain === null) return { value: undefined, faults: [] };
  if (plain instanceof Unknown) return { value: given, faults: [] };
  const wrap = (value: PropertyValue) => (given instanceof Secret ? new Secret(value) : value);
  if (property.of !== undefined && property.kind === "block" && isMap(plain)) {
    const { inputs, faults } = checkInputs(property.of, plain, `${path}.`);
    return { value: wrap(inputs), faults };
  }
  if (property.of !== undefined && isList(plain)) {
    const items = plain.map((item, index) =>
      checkValue({ kind: "block", of: property.of ?? {} }, item, `${path}[${index}]`),
    );
    const faults = items.flatMap((item) => item.faults);
    return { value: wrap(items.map(({ value }) => value ?? null)), faults };
  }
  const value = coerced(property, plain);
  const reason = faultOf(property, value);
  return {
    value: wrap(value),
    faults: reason === undefined ? [] : [{ property: path, reason: `${reason}. Examine values at '${path}'.` }],
  };
}

/** Terraform takes a number for a text and the reverse, and so does the bridge. */
function coerced({ kind }: Property, value: PropertyValue): PropertyValue {
  if (kind === "text" && (typeof value === "number" || typeof value === "boolean")) return String(value);
  if (kind === "number" && typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (kind === "flag" && (value === "true" || value === "false")) return value === "true";
  return value;
}

function faultOf(property: Property, value: PropertyValue): string | undefined {
  const shown = JSON.stringify(value);
  if (!hasKind(property, value)) return `expected ${property.kind}, got ${shown}`;
  const { oneOf, range, matches } = property;
  if (oneOf !== undefined && typeof value === "string" && !oneOf.includes(value)) {
    return `expected value to be one of [${oneOf.map((item) => JSON.stringify(item)).join(" ")}], got ${value}`;
  }
  if (range !== undefined && typeof value === "number" && (value < range[0] || value > range[1])) {
    return `expected value to be in the range (${range[0]} - ${range[1]}), got ${value}`;
  }
  if (matches !== undefined && typeof value === "string" && !matches[0].test(value)) {
    return `invalid value (${value}): ${matches[1]}`;
  }
  return undefined;
}

function hasKind({ kind }: Property, value: PropertyValue): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "flag":
      return typeof value === "boolean";
    case "number":
      return typeof value === "number";
    case "texts":
    case "textSet":
      return isList(value) && value.map(reveal).every((item) => typeof item === "string" || item instanceof Unknown);
    case "table":
      return isMap(value);
    case "block":
      return isMap(value);
    case "blocks":
    case "blockSet":
      return isList(value);
  }
}
