/**
 * What a role may do, by its own policies. moto's enforcement reads neither resources nor conditions, and it has no
 * policy simulator; the libraries that have one are not under a licence that this project can take.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 *
 * Everything that it does not know it refuses loudly: policy variables, other operators of conditions, other elements.
 */
import type * as iam from "@aws-sdk/client-iam";
import type { Account } from "./account.ts";

/** What somebody wants to do. */
export interface AccessRequest {
  /** `secretsmanager:GetSecretValue` */
  readonly action: string;
  /** The resource's ARN, or `*` for actions that have none. */
  readonly resource: string;
  /** Condition keys and their values: `aws:SecureTransport` is `true`. */
  readonly conditions: Readonly<Record<string, string>>;
}

type Values = string | readonly string[];
type Condition = Readonly<Record<string, Readonly<Record<string, Values | boolean>>>>;

interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action?: Values;
  readonly NotAction?: Values;
  readonly Resource?: Values;
  readonly NotResource?: Values;
  readonly Condition?: Condition;
}

const elements = new Set(["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"]);

const list = (values: Values | boolean | undefined): readonly string[] =>
  values === undefined ? [] : typeof values === "object" ? values : [String(values)];

/** `*` is any text, `?` one character. */
function like(pattern: string, value: string, flags = "su"): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\/]/gu, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, flags).test(value);
}

/** ARNs are compared part by part: a `*` does not go beyond a colon, but in the last part. */
function arnLike(pattern: string, value: string): boolean {
  const parts = (arn: string): string[] => {
    const all = arn.split(":");
    return [...all.slice(0, 5), all.slice(5).join(":")];
  };
  const values = parts(value);
  return parts(pattern).every((part, index) => like(part, values[index] ?? ""));
}

const comparisons: Readonly<Record<string, (wanted: string, value: string) => boolean>> = {
  StringEquals: (wanted, value) => wanted === value,
  StringLike: (wanted, value) => like(wanted, value),
  ArnEquals: arnLike,
  ArnLike: arnLike,
  Bool: (wanted, value) => wanted.toLowerCase() === value.toLowerCase(),
};

/** Keys are all met, values of one key any. A negated operator holds where the key is absent. */
function holds(operator: string, key: string, wanted: readonly string[], request: AccessRequest): boolean {
  const known = Object.keys(request.conditions).find((each) => each.toLowerCase() === key.toLowerCase());
  const value = known === undefined ? undefined : request.conditions[known];
  if (operator === "Null") return wanted.includes(String(value === undefined));
  const plain = operator.replace(/IfExists$/u, "");
  const negated = /^(?:String|Arn)Not/u.test(plain);
  const compare = comparisons[plain.replace(/^(String|Arn)Not/u, "$1")];
  if (compare === undefined) throw new Error(`the condition operator ${operator} is not simulated`);
  if (value === undefined) return negated || operator !== plain;
  return wanted.some((each) => compare(each, value)) !== negated;
}

function applies(statement: Statement, request: AccessRequest): boolean {
  const alien = Object.keys(statement).find((element) => !elements.has(element));
  if (alien !== undefined) throw new Error(`the policy element ${alien} is not simulated`);
  const { Action: actions, NotAction: notActions, Resource: resources, NotResource: notResources } = statement;
  const isAction = (pattern: string): boolean => like(pattern, request.action, "isu");
  if (actions === undefined ? list(notActions).some(isAction) : !list(actions).some(isAction)) return false;
  const variable = /\$\{[^}]*\}/u.exec(JSON.stringify(statement))?.[0];
  if (variable !== undefined) throw new Error(`the policy variable ${variable} is not simulated`);
  const isResource = (pattern: string): boolean => pattern === "*" || arnLike(pattern, request.resource);
  return (
    (resources === undefined ? !list(notResources).some(isResource) : list(resources).some(isResource)) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => holds(operator, key, list(wanted), request)),
    )
  );
}

/** What policies say about a request: a Deny wins. @param documents JSON */
export function evaluate(documents: readonly string[], request: AccessRequest): "allowed" | "denied" | "not mentioned" {
  const effects = documents.flatMap((document) => {
    const { Statement: given } = JSON.parse(document) as { Statement: Statement | Statement[] }; // IAM took it
    return [given]
      .flat()
      .filter((statement) => applies(statement, request))
      .map(({ Effect: effect }) => effect);
  });
  return effects.includes("Deny") ? "denied" : effects.includes("Allow") ? "allowed" : "not mentioned";
}

/** The documents of a role's inline and attached policies. @throws AwsError `NoSuchEntity` without such a role */
export async function policiesOf({ ask }: Account, roleArn: string): Promise<readonly string[]> {
  const RoleName = roleArn.split("/").at(-1);
  const { PolicyNames: names = [] } = await ask<iam.ListRolePoliciesResponse>("iam", "ListRolePolicies", { RoleName });
  const inline = names.map(async (PolicyName) => {
    const found = await ask<iam.GetRolePolicyResponse>("iam", "GetRolePolicy", { RoleName, PolicyName });
    return decodeURIComponent(found.PolicyDocument ?? "");
  });
  const { AttachedPolicies: attached = [] } = await ask<iam.ListAttachedRolePoliciesResponse>(
    "iam",
    "ListAttachedRolePolicies",
    { RoleName },
  );
  const managed = attached.map(async ({ PolicyArn }) => {
    const { Policy: policy } = await ask<iam.GetPolicyResponse>("iam", "GetPolicy", { PolicyArn });
    const VersionId = policy?.DefaultVersionId;
    const found = await ask<iam.GetPolicyVersionResponse>("iam", "GetPolicyVersion", { PolicyArn, VersionId });
    return decodeURIComponent(found.PolicyVersion?.Document ?? "");
  });
  return Promise.all([...inline, ...managed]);
}
