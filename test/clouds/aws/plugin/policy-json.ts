import type { PropertyValue } from "../../../../toolchain/provider/properties.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Whether two documents are the same JSON (verify.SuppressEquivalentJSONDiffs). */
export function sameJson(old: PropertyValue, now: PropertyValue): boolean {
  return same(old, now, sorted);
}

/**
 * Whether two IAM policies mean the same (hashicorp/awspolicyequivalence): the order of keys, statements, actions, resources
 * and principals says nothing, nor whether one of them stands in a list or alone; an account's number is its root's ARN.
 */
export function samePolicy(old: PropertyValue, now: PropertyValue): boolean {
  return same(old, now, (json) => sorted(meaning(json)));
}

function same(old: PropertyValue, now: PropertyValue, normal: (json: Json) => Json): boolean {
  if (typeof old !== "string" || typeof now !== "string") return false;
  const [from, to] = [parsed(old), parsed(now)];
  if (from === undefined || to === undefined) return old === now;
  return JSON.stringify(normal(from)) === JSON.stringify(normal(to));
}

/** Keys in one order, everything else as it is. */
export function sorted(json: Json): Json {
  if (Array.isArray(json)) return json.map(sorted);
  if (json === null || typeof json !== "object") return json;
  return Object.fromEntries(
    Object.entries(json)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, value]) => [key, sorted(value)]),
  );
}

function meaning(json: Json): Json {
  if (json === null || typeof json !== "object" || Array.isArray(json)) return json;
  const statements = asList(json["Statement"] ?? []).map(statementMeaning);
  return { ...json, Statement: inOrder(statements) };
}

const unordered = ["Action", "NotAction", "Resource", "NotResource"];

function statementMeaning(statement: Json): Json {
  if (statement === null || typeof statement !== "object" || Array.isArray(statement)) return statement;
  const entries = Object.entries(statement).map(([key, value]): [string, Json] => {
    if (unordered.includes(key)) return [key, inOrder(asList(value))];
    if (key === "Principal" || key === "NotPrincipal" || key === "Condition") return [key, deepInOrder(value)];
    return [key, value];
  });
  return Object.fromEntries(entries.filter(([key, value]) => key !== "Sid" || value !== ""));
}

function deepInOrder(json: Json): Json {
  if (json === null || typeof json !== "object") return [String(json)];
  if (Array.isArray(json)) return inOrder(json.map((item) => (typeof item === "string" ? principal(item) : item)));
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [
      key,
      value !== null && typeof value === "object" ? deepInOrder(value) : [principal(String(value))],
    ]),
  );
}

function principal(text: string): string {
  return /^\d{12}$/.test(text) ? `arn:aws:iam::${text}:root` : text;
}

function asList(json: Json): Json[] {
  return Array.isArray(json) ? json : [json];
}

function inOrder(items: Json[]): Json[] {
  return items
    .map((item) => JSON.stringify(sorted(item)))
    .sort()
    .map((item) => parsed(item) ?? null);
}

/** The parsed text, or undefined when it is no JSON. */
export function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json; // what JSON.parse gives is this type by definition
  } catch {
    return undefined;
  }
}

/** What a policy's text must be (verify.ValidIAMPolicyJSON). */
export const policyText = [/^\s*\{[\s\S]*\}\s*$/, "contains an invalid JSON policy"] as const;
