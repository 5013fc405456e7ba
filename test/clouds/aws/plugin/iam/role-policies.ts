import { IAM } from "@aws-sdk/client-iam";
import { doing, unless } from "../failure.ts";
import { policyText, samePolicy } from "../policy-json.ts";
import type { Context, ResourceType } from "../resource.ts";
import { text } from "../schema.ts";
import type { Values } from "../values.ts";

const service = ({ account }: Context) => account.client("iam", IAM);
const gone = ["NoSuchEntityException", "NoSuchEntity"];

/** Source: internal/service/iam/role_policy.go. Its id is `<role>:<policy>`. */
export const rolePolicy: ResourceType = {
  schema: {
    name: text({
      computed: true,
      forceNew: true,
      conflictsWith: ["namePrefix"],
      matches: [/^[\w+=,.@-]{1,128}$/, "must be a policy's name"],
    }),
    namePrefix: text({ computed: true, forceNew: true }),
    policy: text({ required: true, matches: policyText, same: samePolicy }),
    role: text({ required: true, forceNew: true }),
  },
  autoName: { property: "name", longest: 255 },
  create: async (inputs, context) => {
    await put(inputs, context);
    return `${inputs.required("role")}:${inputs.required("name")}`;
  },
  read: async (id, state, context) => {
    const [RoleName = "", PolicyName = ""] = id.split(":");
    const found = await doing(`reading IAM Role Policy (${id})`, () =>
      unless(gone, () => service(context).getRolePolicy({ RoleName, PolicyName })),
    );
    if (found === undefined) return undefined;
    const policy = decodeURIComponent(found.PolicyDocument ?? "");
    const recorded = state.text("policy") ?? "";
    return {
      name: PolicyName,
      namePrefix: "",
      policy: samePolicy(recorded, policy) ? recorded : policy,
      role: RoleName,
    };
  },
  update: async (_, inputs, context) => {
    await put(inputs, context);
  },
  delete: async (id, _, context) => {
    const [RoleName = "", PolicyName = ""] = id.split(":");
    await doing(`deleting IAM Role Policy (${id})`, () =>
      unless(gone, () => service(context).deleteRolePolicy({ RoleName, PolicyName })),
    );
  },
};

async function put(inputs: Values, context: Context): Promise<void> {
  const [RoleName, PolicyName] = [inputs.required("role"), inputs.required("name")];
  await doing(`putting IAM Role (${RoleName}) Policy (${PolicyName})`, () =>
    service(context).putRolePolicy({ RoleName, PolicyName, PolicyDocument: inputs.required("policy") }),
  );
}

/** Source: internal/service/iam/role_policy_attachment.go. */
export const rolePolicyAttachment: ResourceType = {
  schema: { policyArn: text({ required: true, forceNew: true }), role: text({ required: true, forceNew: true }) },
  create: async (inputs, context) => {
    const [RoleName, PolicyArn] = [inputs.required("role"), inputs.required("policyArn")];
    await doing(`attaching IAM Policy (${PolicyArn}) to IAM Role (${RoleName})`, () =>
      service(context).attachRolePolicy({ RoleName, PolicyArn }),
    );
    return `${RoleName}/${PolicyArn}`;
  },
  read: async (id, state, context) => {
    const [RoleName, policyArn] = partsOf(id, state);
    const found = await doing(`reading IAM Role Policy Attachment (${id})`, () =>
      unless(gone, () => service(context).listAttachedRolePolicies({ RoleName })),
    );
    const attached = found?.AttachedPolicies?.some(({ PolicyArn }) => PolicyArn === policyArn) === true;
    return attached ? { policyArn, role: RoleName } : undefined;
  },
  delete: async (id, state, context) => {
    const [RoleName, PolicyArn] = partsOf(id, state);
    await doing(`detaching IAM Policy (${PolicyArn}) from IAM Role (${RoleName})`, () =>
      unless(gone, () => service(context).detachRolePolicy({ RoleName, PolicyArn })),
    );
  },
};

/** `<role>/<policy's ARN>`, also what an import is given. */
function partsOf(id: string, state: Values): readonly [string, string] {
  const slash = id.indexOf("/");
  return [state.text("role") ?? id.slice(0, slash), state.text("policyArn") ?? id.slice(slash + 1)];
}
