import type { PropertyMap, PropertyValue } from "../../../../toolchain/provider/properties.ts";

/** A property's shape. `block` is an object that upstream holds as a list of at most one; sets are compared without order. */
export type Kind = "text" | "flag" | "number" | "texts" | "textSet" | "table" | "block" | "blocks" | "blockSet";

/** What is known of one property of a resource type: the facts of the upstream provider's schema. */
export interface Property {
  readonly kind: Kind;
  /** The properties within a block. */
  readonly of?: Schema;
  readonly required?: true;
  /** AWS gives a value where the program gives none; leaving it out later changes nothing. */
  readonly computed?: true;
  /** Never an input. */
  readonly output?: true;
  /** A change makes a new resource. */
  readonly forceNew?: true;
  readonly default?: PropertyValue;
  readonly secret?: true;
  readonly oneOf?: readonly string[];
  /** Smallest and largest number. */
  readonly range?: readonly [number, number];
  /** What the text must match, and how that is said. */
  readonly matches?: readonly [RegExp, string];
  readonly conflictsWith?: readonly string[];
  readonly requiredWith?: readonly string[];
  /** Exactly one of these properties is to be given; said at one of them. */
  readonly exactlyOneOf?: readonly string[];
  /** Whether two different values mean the same. */
  readonly same?: (old: PropertyValue, now: PropertyValue, news: PropertyMap) => boolean;
}

/** The properties of a resource type or of a block within one, by Pulumi's name. */
export type Schema = Readonly<Record<string, Property>>;

type Facts = Omit<Property, "kind" | "of">;

const ofKind =
  (kind: Kind) =>
  (facts: Facts = {}): Property => ({ kind, ...facts });

export const text = ofKind("text");
export const flag = ofKind("flag");
export const number = ofKind("number");
export const texts = ofKind("texts");
export const textSet = ofKind("textSet");
export const table = ofKind("table");

/** An object; upstream's list of at most one. */
export const block = (of: Schema, facts: Facts = {}): Property => ({ kind: "block", of, ...facts });
/** Objects whose order matters. */
export const blocks = (of: Schema, facts: Facts = {}): Property => ({ kind: "blocks", of, ...facts });
/** Objects whose order does not matter. */
export const blockSet = (of: Schema, facts: Facts = {}): Property => ({ kind: "blockSet", of, ...facts });

/** What only AWS sets. */
export const output = (kind: Kind = "text"): Property => ({ kind, output: true });

/** Since version 6 of upstream every regional resource can lie in another region than the provider's (names.AttrRegion). */
export const region: Schema = { region: text({ computed: true, forceNew: true }) };

/**
 * `tags`, and `tagsAll` with the provider's default tags in it, which the bridge computes when it checks the inputs.
 * Source: internal/tags/tags.go; pulumi-aws provider/tags.go.
 */
export const tags: Schema = { tags: table(), tagsAll: table({ computed: true }) };
