/**
 * Policies of resources, and of roles about who may assume them: what they say to a principal. The rest of a statement is
 * what it is in a role's policy.
 *
 * Facts: IAM User Guide, "AWS JSON policy elements: Principal".
 */
import { evaluate, type AccessRequest } from "./iam.ts";

type Values = string | readonly string[];

interface Statement {
  readonly Principal?: string | Readonly<Record<string, Values>>;
}

const list = (values: Values | undefined): readonly string[] =>
  values === undefined ? [] : typeof values === "string" ? [values] : values;

function isMeant({ Principal: principal }: Statement, asked: string | undefined): boolean {
  const named =
    typeof principal === "string" ? [principal] : [...list(principal?.["AWS"]), ...list(principal?.["Service"])];
  const account = asked?.split(":")[4] ?? "-";
  return named.some((one) => one === "*" || one === asked || one === account || one === `arn:aws:iam::${account}:root`);
}

/**
 * What a policy says about a request.
 *
 * @param document JSON
 * @param principal the role's ARN, or a service of AWS, `events.amazonaws.com`; undefined for an anonymous client
 */
export function judge(document: string, principal: string | undefined, request: AccessRequest) {
  const { Statement: given } = JSON.parse(document) as { Statement: Statement | Statement[] }; // the policy's form
  const statements = [given]
    .flat()
    .filter((statement) => isMeant(statement, principal))
    .map((statement) => ({ ...statement, Principal: undefined })); // JSON leaves it out
  return evaluate([JSON.stringify({ Statement: statements })], request);
}

/**
 * Whether a service of AWS may assume a role.
 *
 * @param trust the role's own document, JSON
 * @param source the account, and the ARN of what the service does it for
 */
export const trusts = (trust: string, service: string, source: { account: string; arn: string }): boolean =>
  judge(trust, service, {
    ...{ action: "sts:AssumeRole", resource: "*" },
    conditions: { "aws:SourceAccount": source.account, "aws:SourceArn": source.arn },
  }) === "allowed";
