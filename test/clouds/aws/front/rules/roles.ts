/** IAM. moto checks the grammar of permission policies itself, not that of trust policies. */
import type * as iam from "@aws-sdk/client-iam";
import { rule, type Rules } from "../account.ts";
import { AwsError } from "../handler.ts";

/** Services that the stacks' roles are for. */
const services = new Set(["backup", "ecs", "ecs-tasks", "ec2", "events", "scheduler", "lambda"]);

const malformed = (message: string): AwsError => new AwsError("MalformedPolicyDocument", message, 400);

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
function checkTrust(text: string): void {
  let document: { Statement?: unknown };
  try {
    document = JSON.parse(text) as typeof document; // whatever it is: its members are looked at
  } catch {
    throw malformed("This policy contains invalid Json");
  }
  const statements = [document.Statement ?? []].flat() as {
    Principal?: unknown;
    Action?: unknown;
    Resource?: unknown;
  }[];
  if (statements.length === 0) throw malformed("Missing required field Statement");
  for (const { Principal: principal, Action: action, Resource: resource } of statements) {
    if (resource !== undefined) throw malformed("Has prohibited field Resource");
    if (principal === undefined) throw malformed("Missing required field Principal");
    const alien = [action]
      .flat()
      .map(String)
      .find((each) => !each.startsWith("sts:"));
    if (alien !== undefined) throw malformed("AssumeRole policy may only specify STS AssumeRole actions.");
    const named = [(principal as { Service?: unknown }).Service ?? []].flat().map(String);
    const unknown = named.find(
      (each) => !each.endsWith(".amazonaws.com") || !services.has(each.slice(0, -".amazonaws.com".length)),
    );
    if (unknown !== undefined) throw malformed(`Invalid principal in policy: "SERVICE":"${unknown}"`);
  }
}

const trust = rule<iam.CreateRoleRequest>(({ AssumeRolePolicyDocument: text = "" }) => {
  checkTrust(text);
});
const changedTrust = rule<iam.UpdateAssumeRolePolicyRequest>(({ PolicyDocument: text = "" }) => {
  checkTrust(text);
});

const characters = (text: string): number => decodeURIComponent(text).replaceAll(/\s/gu, "").length;

/** All inline policies of a role: 10,240 characters without white space. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const size = rule<iam.PutRolePolicyRequest>(
  async ({ RoleName = "", PolicyName, PolicyDocument: text = "" }, account) => {
    const there = await account
      .ask<iam.ListRolePoliciesResponse>("iam", "ListRolePolicies", { RoleName })
      .catch(() => ({ PolicyNames: [] })); // moto says that there is no such role
    const others = (there.PolicyNames ?? []).filter((each) => each !== PolicyName);
    const documents = others.map((each) =>
      account.ask<iam.GetRolePolicyResponse>("iam", "GetRolePolicy", { RoleName, PolicyName: each }),
    );
    const texts = (await Promise.all(documents)).map(({ PolicyDocument = "" }) => PolicyDocument);
    if ([text, ...texts].reduce((sum, each) => sum + characters(each), 0) > 10_240)
      throw new AwsError("LimitExceeded", `Maximum policy size of 10240 bytes exceeded for role ${RoleName}`, 409);
  },
);

export const roleRules: Rules = {
  "iam.CreateRole": [trust],
  "iam.UpdateAssumeRolePolicy": [changedTrust],
  "iam.PutRolePolicy": [size],
};
