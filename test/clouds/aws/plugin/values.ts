import {
  isList,
  isMap,
  reveal,
  type PropertyMap,
  type PropertyValue,
} from "../../../../toolchain/provider/properties.ts";

/** Known inputs or a recorded state, read by type. Secrets are read like any other value. */
export class Values {
  readonly map: PropertyMap;

  constructor(map: PropertyMap) {
    this.map = map;
  }

  /** Whether there is a value. */
  has(name: string): boolean {
    const value = this.#plain(name);
    return value !== undefined && value !== null;
  }

  text(name: string): string | undefined {
    const value = this.#plain(name);
    return typeof value === "string" && value !== "" ? value : undefined;
  }

  /** @throws Error when there is none */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new Error(`there is no ${name}`);
    return value;
  }

  flag(name: string): boolean | undefined {
    const value = this.#plain(name);
    return typeof value === "boolean" ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#plain(name);
    return typeof value === "number" ? value : undefined;
  }

  /** The list's texts; none when there is no list. */
  texts(name: string): string[] {
    const value = this.#plain(name);
    return isList(value) ? value.map(reveal).filter((item) => typeof item === "string") : [];
  }

  table(name: string): Record<string, string> {
    return this.block(name)?.ownTable() ?? {};
  }

  /** All that is text. */
  ownTable(): Record<string, string> {
    const entries = Object.entries(this.map).map(([key, item]) => [key, reveal(item)] as const);
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  }

  block(name: string): Values | undefined {
    const value = this.#plain(name);
    return isMap(value) ? new Values(value) : undefined;
  }

  blocks(name: string): Values[] {
    const value = this.#plain(name);
    return isList(value)
      ? value
          .map(reveal)
          .filter((item) => isMap(item))
          .map((item) => new Values(item))
      : [];
  }

  /** A text that is one of the SDK's; the schema has refused others already. */
  choice<T extends string>(name: string, allowed: Readonly<Record<string, T>>): T | undefined {
    const value = this.text(name);
    return Object.values(allowed).find((item) => item === value);
  }

  #plain(name: string): PropertyValue | undefined {
    return reveal(this.map[name]);
  }
}

/** What a resource's state is written as; what is undefined is not set. */
export type StateValue = null | boolean | number | string | undefined | readonly StateValue[] | StateMap;
export interface StateMap {
  readonly [name: string]: StateValue;
}

/** Leaves out what is not set, at every depth. */
export function compact(state: StateMap): PropertyMap {
  const entries = Object.entries(state).flatMap(([name, value]) => {
    const kept = compactValue(value);
    return kept === undefined ? [] : [[name, kept] as const];
  });
  return Object.fromEntries(entries);
}

function compactValue(value: StateValue): PropertyValue | undefined {
  if (value === undefined || value === null) return undefined;
  if (isStateList(value)) return value.map(compactValue).filter((item) => item !== undefined);
  return typeof value === "object" ? compact(value) : value;
}

function isStateList(value: StateValue): value is readonly StateValue[] {
  return Array.isArray(value);
}
