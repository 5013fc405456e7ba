/** The answer to a request that AWS's model of the service refuses. */
import type { ParsedRequest } from "../moto.ts";
import { AwsError } from "./handler.ts";

/** How each service calls a member that does not satisfy its model. @default `ValidationException`, most JSON services' */
const codes: Readonly<Record<string, string>> = {
  backup: "InvalidParameterValueException",
  cloudwatch: "ValidationError",
  ec2: "InvalidParameterValue",
  ecs: "InvalidParameterException",
  elbv2: "ValidationError",
  iam: "ValidationError",
  logs: "InvalidParameterException",
  route53: "InvalidInput",
  sns: "InvalidParameter",
  sts: "ValidationError",
};

/** And one that is not there. */
const missing: Readonly<Record<string, string>> = { backup: "MissingParameterValueException", ec2: "MissingParameter" };

/**
 * Refuses what the model refuses: required members, enumerations, patterns, lengths and ranges.
 * Stricter than AWS in one thing: a member that the model does not have is refused, where AWS drops it silently,
 * because whoever sent it believes that it does something.
 *
 * @throws AwsError with all faults
 */
export function checkModel({ service, operation, faults, unknown }: ParsedRequest): void {
  if (unknown.length > 0) {
    throw new AwsError("UnknownMember", `${operation} has no member ${unknown.map((path) => `'${path}'`).join(", ")}`);
  }
  const first = faults[0];
  if (first === undefined) return;
  const count = `${String(faults.length)} validation error${faults.length === 1 ? "" : "s"} detected: `;
  const code = codes[service] ?? "ValidationException";
  throw new AwsError(
    first.kind === "missing" ? (missing[service] ?? code) : code,
    count + faults.map(({ message }) => message).join("; "),
  );
}
