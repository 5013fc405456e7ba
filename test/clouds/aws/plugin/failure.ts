import type { PropertyMap } from "../../../../toolchain/provider/properties.ts";

/** A refusal of AWS, worded as the published plugin, which calls AWS with its SDK for Go version 2. */
export class AwsFailure extends Error {
  override readonly name = "AwsFailure";
  /** `InvalidVpcID.NotFound` */
  readonly code: string;
  readonly reason: string;

  constructor(code: string, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/** A resource that was made, but could not be finished: Pulumi keeps it and tries to update it the next time. */
export class UnfinishedResource extends Error {
  override readonly name = "UnfinishedResource";
  readonly id: string;
  readonly state: PropertyMap;

  constructor(id: string, state: PropertyMap, cause: unknown) {
    super(messageOf(cause), { cause });
    this.id = id;
    this.state = state;
  }
}

/** Whether AWS refused with one of the codes. */
export function isCode(error: unknown, ...codes: readonly string[]): error is AwsFailure {
  return error instanceof AwsFailure && codes.includes(error.code);
}

/** What the answer is, or undefined when AWS refuses with one of the codes. */
export async function unless<T>(codes: readonly string[], ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isCode(error, ...codes)) return undefined;
    throw error;
  }
}

/** Says what was tried, in front of why it failed, as upstream does. */
export async function doing<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`${what}: ${messageOf(error)}`, { cause: error });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the SDK's errors have in common. */
interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** Translates an error of the SDK for JavaScript. Errors that a service's model names are worded without `api error`. */
export function awsFailure(service: string, operation: string, error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const { $metadata } = error as SdkError; // a narrowing that only a look at the property can make
  const begin = `operation error ${service}: ${operation}`;
  if ($metadata?.httpStatusCode === undefined) return new Error(`${begin}, ${error.message}`, { cause: error });
  const { httpStatusCode, requestId = "" } = $metadata;
  const modelled = error.constructor.name === error.name;
  const api = `${modelled ? "" : "api error "}${error.name}: ${error.message}`;
  const http = `https response error StatusCode: ${httpStatusCode}, RequestID: ${requestId}`;
  return new AwsFailure(error.name, error.message, `${begin}, ${http}, ${api}`);
}
