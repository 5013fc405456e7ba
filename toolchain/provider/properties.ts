import structPb from "google-protobuf/google/protobuf/struct_pb.js";

/**
 * Pulumi's property values on the wire: a google.protobuf.Struct in which secrets, assets and archives are objects with a
 * signature key, and an unknown value is one of a few sentinel strings.
 * See https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go.
 */
export type PropertyValue =
  null | boolean | number | string | Unknown | Secret | readonly PropertyValue[] | PropertyMap;

/** An object of property values. Assets, archives and resource references stay the objects that they are on the wire. */
export interface PropertyMap {
  readonly [key: string]: PropertyValue;
}

/** A value that is not known yet, because it comes from a resource that a preview does not create. */
export class Unknown {
  readonly sentinel: string;
  constructor(sentinel: string) {
    this.sentinel = sentinel;
  }
}

/** A value that the engine encrypts in its state and hides on the screen. */
export class Secret {
  readonly value: PropertyValue;
  constructor(value: PropertyValue) {
    this.value = value;
  }
}

/** The key that marks an object as something other than a plain object. */
export const signatureKey = "4dabf18193072939515e22adb298388d";

const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknownSentinels: ReadonlySet<string> = new Set([
  unknownString,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/** The unknown value that the stand-in itself gives: the output of a command that has not run yet. */
export const unknown = new Unknown(unknownString);

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}

/** Whether the value is an object with keys (an asset or an archive is one too). */
export function isMap(value: PropertyValue | undefined): value is PropertyMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Unknown)
  );
}

/** Whether the value is a list. `Array.isArray` alone does not narrow a readonly array. */
export function isList(value: PropertyValue | undefined): value is readonly PropertyValue[] {
  return Array.isArray(value);
}

/** The value without the secret wrapping around it; what is wrapped deeper inside stays so. */
export function reveal(value: PropertyValue | undefined): PropertyValue | undefined {
  return value instanceof Secret ? reveal(value.value) : value;
}

/** Reads a message's properties. A null property is an unset one. */
export function fromStruct(struct: structPb.Struct | undefined): PropertyMap {
  return struct === undefined ? {} : decodeMap(struct.toJavaScript());
}

/** Writes properties into a message. */
export function toStruct(properties: PropertyMap): structPb.Struct {
  return structPb.Struct.fromJavaScript({ ...encodeMap(properties) });
}

function decodeMap(json: JsonObject): PropertyMap {
  return Object.fromEntries(
    Object.entries(json)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, decode(value)]),
  );
}

function isJsonList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

function decode(json: Json): PropertyValue {
  if (typeof json === "string") return unknownSentinels.has(json) ? new Unknown(json) : json;
  if (isJsonList(json)) return json.map(decode);
  if (typeof json !== "object" || json === null) return json;
  if (json[signatureKey] === secretSignature) return new Secret(decode(json["value"] ?? null));
  if (json[signatureKey] === outputSignature) return decodeOutput(json);
  return decodeMap(json);
}

/** An output value is an unknown when it carries no value; its dependencies mean nothing to a provider. */
function decodeOutput(json: JsonObject): PropertyValue {
  const value = "value" in json ? decode(json["value"] ?? null) : unknown;
  return json["secret"] === true ? new Secret(value) : value;
}

function encodeMap(properties: PropertyMap): JsonObject {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, encode(value)]));
}

function encode(value: PropertyValue): Json {
  if (value instanceof Unknown) return value.sentinel;
  if (value instanceof Secret) return { [signatureKey]: secretSignature, value: encode(value.value) };
  if (isList(value)) return value.map(encode);
  return isMap(value) ? encodeMap(value) : value;
}
