/**
 * Resource policies of EFS: who may mount. Small on purpose: what it does not know, it refuses loudly.
 *
 * Facts: IAM User Guide, "Policy evaluation logic"; Amazon EFS User Guide, "Using IAM to control file system access".
 */

/** A request to a resource. */
export interface AccessRequest {
  /** The role's ARN; undefined for an anonymous client. */
  readonly principal: string | undefined;
  readonly action: string;
  readonly conditions: Readonly<Record<string, string>>;
}

type Values = string | readonly string[];

interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: string | Readonly<Record<string, Values>>;
  readonly Action: Values;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Values | boolean>>>>;
}

const list = (values: Values | boolean | undefined): readonly string[] =>
  values === undefined ? [] : typeof values === "object" ? values : [String(values)];

const matches = (pattern: string, value: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll("*", ".*")}$`, "i").test(value);

function isMeant({ Principal: principal }: Statement, asked: string | undefined): boolean {
  const named = typeof principal === "string" ? [principal] : list(principal?.["AWS"]);
  return named.some((one) => {
    if (one === "*") return true;
    if (asked === undefined) return false;
    const account = asked.split(":")[4] ?? "";
    return one === asked || one === account || one === `arn:aws:iam::${account}:root`;
  });
}

function holds(
  operator: string,
  key: string,
  wanted: readonly string[],
  conditions: AccessRequest["conditions"],
): boolean {
  const value = conditions[key];
  if (operator.endsWith("IfExists") && value === undefined) return true;
  switch (operator.replace(/IfExists$/, "")) {
    case "Bool":
    case "StringEquals":
    case "ArnEquals":
      return value !== undefined && wanted.includes(value);
    case "StringLike":
    case "ArnLike":
      return value !== undefined && wanted.some((one) => matches(one, value));
    case "StringNotEquals":
      return value === undefined || !wanted.includes(value);
    default:
      throw new Error(`the condition ${operator} of a file system policy is not simulated`);
  }
}

const applies = (statement: Statement, { principal, action, conditions }: AccessRequest): boolean =>
  isMeant(statement, principal) &&
  list(statement.Action).some((pattern) => matches(pattern, action)) &&
  Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holds(operator, key, list(wanted), conditions)),
  );

/** What a policy says about a request. @param document JSON */
export function judge(document: string, request: AccessRequest): "allowed" | "denied" | "not mentioned" {
  const { Statement: given } = JSON.parse(document) as { Statement: Statement | readonly Statement[] }; // the policy's form
  const statements = (Array.isArray(given) ? given : [given]) as readonly Statement[]; // one, or a list
  const effects = statements.filter((statement) => applies(statement, request)).map(({ Effect }) => Effect);
  return effects.includes("Deny") ? "denied" : effects.includes("Allow") ? "allowed" : "not mentioned";
}
