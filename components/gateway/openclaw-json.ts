/** What the program writes into openclaw.json, and how it lives beside what the user changed there. Pure. */
import type { GatewaySpec } from "./spec.ts";

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Keys of openclaw.json that other configuration decides, so that `openclaw:config` may not set them. */
export const programOwnedKeys = [
  { path: ["gateway", "port"], instead: "openclaw:gateway.port" },
  { path: ["gateway", "mode"], instead: "nothing: the program sets it to local" },
  { path: ["gateway", "bind"], instead: "nothing: the access decides it, and locally it is loopback" },
  { path: ["gateway", "customBindHost"], instead: "nothing: the access decides where the gateway listens" },
  { path: ["gateway", "auth", "mode"], instead: "nothing: the program uses a token" },
  // A literal token in the file wins over the environment, the cause of every "token mismatch".
  {
    path: ["gateway", "auth", "token"],
    instead: "nothing: the stack makes the token (openclaw:gateway.tokenVersion replaces it)",
  },
  { path: ["gateway", "auth", "password"], instead: "nothing: the program uses a token" },
] as const;

/** The safe defaults; `openclaw:config` may override each of them. */
const defaults = (spec: GatewaySpec): JsonObject => ({
  gateway: {
    // OpenClaw's default is a terminal on the host, in the browser.
    terminal: { enabled: false },
    auth: { rateLimit: { maxAttempts: 10, windowMs: 60_000, lockoutMs: 300_000 } },
  },
  // OpenClaw's default is a directory in /tmp that every gateway of this user shares.
  logging: { file: spec.paths.logFile, maxFileBytes: 10 * 1024 * 1024 },
});

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Merges objects key by key; everything else of `over` replaces what `base` has. */
export function merge(base: JsonObject, over: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    merged[key] = isObject(old) && isObject(value) ? merge(old, value) : value;
  }
  return merged;
}

/** Everything the program wants in openclaw.json. The token is not among it: it is in the environment only. */
export const desiredConfig = (spec: GatewaySpec): JsonObject =>
  merge(merge(defaults(spec), spec.config), {
    gateway: { mode: "local", bind: spec.bind, port: spec.port, auth: { mode: "token" } },
  });

/** The paths of all leaves: objects are walked, arrays and scalars are leaves. */
export const leafPaths = (value: JsonObject, path: readonly string[] = []): string[][] =>
  Object.entries(value).flatMap(([key, child]) =>
    isObject(child) && Object.keys(child).length > 0 ? leafPaths(child, [...path, key]) : [[...path, key]],
  );

const without = (value: JsonObject, [key, ...rest]: readonly string[]): JsonObject => {
  if (key === undefined || !Object.hasOwn(value, key)) return value;
  const { [key]: child, ...others } = value;
  if (rest.length === 0) return others;
  if (!isObject(child)) return value;
  const left = without(child, rest);
  return Object.keys(left).length === 0 ? others : { ...value, [key]: left };
};

/**
 * The new openclaw.json: the user's file, minus what the program once set and no longer wants, plus what it wants now.
 *
 * @param current the file as it is
 * @param desired what the program wants
 * @param previouslyOwned the leaf paths that the last release set
 */
export function mergeOwned(
  current: JsonObject,
  desired: JsonObject,
  previouslyOwned: readonly (readonly string[])[],
): JsonObject {
  const wanted = new Set(leafPaths(desired).map((path) => JSON.stringify(path)));
  const gone = previouslyOwned.filter((path) => !wanted.has(JSON.stringify(path)));
  return merge(gone.reduce(without, current), desired);
}
