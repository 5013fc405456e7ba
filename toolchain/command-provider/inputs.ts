import { isList, isMap, reveal, type PropertyMap } from "../provider/properties.ts";

/** An input's text, whether it is secret or not. */
export function textOf(inputs: PropertyMap, key: string): string | undefined {
  const value = reveal(inputs[key]);
  return typeof value === "string" ? value : undefined;
}

/** An input's number. */
export function numberOf(inputs: PropertyMap, key: string): number | undefined {
  const value = reveal(inputs[key]);
  return typeof value === "number" ? value : undefined;
}

/** An input's truth value. */
export function flagOf(inputs: PropertyMap, key: string): boolean | undefined {
  const value = reveal(inputs[key]);
  return typeof value === "boolean" ? value : undefined;
}

/** An input's object. */
export function mapOf(inputs: PropertyMap, key: string): PropertyMap | undefined {
  const value = reveal(inputs[key]);
  return isMap(value) ? value : undefined;
}

/** An input's list of texts. */
export function textsOf(inputs: PropertyMap, key: string): readonly string[] | undefined {
  const value = reveal(inputs[key]);
  if (!isList(value)) return undefined;
  return value.map(reveal).filter((item) => typeof item === "string");
}

/** An input's texts by name. */
export function textTableOf(inputs: PropertyMap, key: string): Readonly<Record<string, string>> {
  const table = mapOf(inputs, key) ?? {};
  return Object.fromEntries(Object.keys(table).map((name) => [name, textOf(table, name) ?? ""]));
}
