/** Requests of AWS clients, read from HTTP. */
import type { IncomingMessage } from "node:http";
import type { RawRequest } from "../moto.ts";
import { AwsError } from "./handler.ts";

/** A request and who signed it. */
export interface SignedRequest {
  readonly raw: RawRequest;
  readonly accessKeyId: string;
  readonly region: string;
}

/**
 * Reads a request. Signatures are not checked: any key is an account's.
 *
 * @throws AwsError `MissingAuthenticationToken` for a request without one
 */
export async function readRequest(message: IncomingMessage): Promise<SignedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer); // no encoding is set
  const credential = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\/aws4_request/u.exec(
    message.headers.authorization ?? "",
  );
  const [, accessKeyId, region, service] = credential ?? [];
  if (accessKeyId === undefined || region === undefined || service === undefined) {
    throw new AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
  }
  const headers = Object.entries(message.headers).map(([name, value]) => [name, String(value)] as const);
  const body = Buffer.concat(chunks).toString("base64");
  const { method = "", url = "" } = message;
  return { raw: { service, method, url, headers, body }, accessKeyId, region };
}
