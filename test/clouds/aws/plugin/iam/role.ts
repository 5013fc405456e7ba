import { IAM, type Role } from "@aws-sdk/client-iam";
import { doing, isCode, unless } from "../failure.ts";
import { policyText, samePolicy } from "../policy-json.ts";
import type { Context, ResourceType } from "../resource.ts";
import { blockSet, flag, number, output, tags, text, textSet } from "../schema.ts";
import { tagList, tagState, updateTags } from "../tags.ts";
import { minutes, retryWhile } from "../wait.ts";

const service = ({ account }: Context) => account.client("iam", IAM);
const gone = ["NoSuchEntityException", "NoSuchEntity"];

/** Source: internal/service/iam/role.go; the name's length is pulumi-aws's. Exclusive policies of the role are only read. */
export const role: ResourceType = {
  schema: {
    arn: output(),
    assumeRolePolicy: text({ required: true, matches: policyText, same: samePolicy }),
    createDate: output(),
    description: text({ matches: [/^[\s\S]{0,1000}$/, "must be at most 1000 characters"] }),
    forceDetachPolicies: flag({ default: false }),
    inlinePolicies: { ...blockSet({}), output: true },
    managedPolicyArns: textSet({ computed: true }),
    maxSessionDuration: number({ default: 3600, range: [3600, 43_200] }),
    name: text({
      computed: true,
      forceNew: true,
      conflictsWith: ["namePrefix"],
      matches: [/^[\w+=,.@-]{1,64}$/, "must be a role's name of at most 64 characters"],
    }),
    namePrefix: text({ computed: true, forceNew: true }),
    path: text({ default: "/", forceNew: true }),
    permissionsBoundary: text(),
    uniqueId: output(),
    ...tags,
  },
  autoName: { property: "name", longest: 64 },
  create: async (inputs, context) => {
    const name = inputs.required("name");
    await doing(`creating IAM Role (${name})`, () =>
      retryWhile(
        (error) =>
          isCode(error, "MalformedPolicyDocumentException") && error.reason.includes("Invalid principal in policy"),
        () =>
          service(context).createRole({
            RoleName: name,
            Path: inputs.text("path"),
            AssumeRolePolicyDocument: inputs.required("assumeRolePolicy"),
            Description: inputs.text("description"),
            MaxSessionDuration: inputs.number("maxSessionDuration"),
            PermissionsBoundary: inputs.text("permissionsBoundary"),
            Tags: tagList(inputs.table("tagsAll")),
          }),
        { timeoutMs: minutes(2), signal: context.signal },
      ),
    );
    return name;
  },
  read: async (id, state, context) => {
    const iam = service(context);
    const seen = await doing(`reading IAM Role (${id})`, () => find(id, context));
    if (seen === undefined) return undefined;
    const { AttachedPolicies = [] } = await iam.listAttachedRolePolicies({ RoleName: id });
    const policy = decodeURIComponent(seen.AssumeRolePolicyDocument ?? "");
    const recorded = state.text("assumeRolePolicy") ?? "";
    return {
      arn: seen.Arn,
      assumeRolePolicy: samePolicy(recorded, policy) ? recorded : policy,
      createDate: seen.CreateDate?.toISOString().replace(/\.\d+Z$/, "Z"),
      description: seen.Description ?? "",
      managedPolicyArns: AttachedPolicies.map(({ PolicyArn }) => PolicyArn),
      maxSessionDuration: seen.MaxSessionDuration ?? 3600,
      name: seen.RoleName,
      namePrefix: "",
      path: seen.Path,
      permissionsBoundary: seen.PermissionsBoundary?.PermissionsBoundaryArn ?? "",
      uniqueId: seen.RoleId,
      ...tagState(seen.Tags),
    };
  },
  update: async (RoleName, inputs, context) => {
    const iam = service(context);
    const { changed } = context;
    await doing(`updating IAM Role (${RoleName})`, async () => {
      const PolicyDocument = inputs.required("assumeRolePolicy");
      if (changed("assumeRolePolicy")) await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument });
      if (changed("description", "maxSessionDuration")) {
        const [Description, MaxSessionDuration] = [
          inputs.text("description") ?? "",
          inputs.number("maxSessionDuration"),
        ];
        await iam.updateRole({ RoleName, Description, MaxSessionDuration });
      }
      const PermissionsBoundary = inputs.text("permissionsBoundary");
      if (changed("permissionsBoundary")) {
        if (PermissionsBoundary === undefined) await iam.deleteRolePermissionsBoundary({ RoleName });
        else await iam.putRolePermissionsBoundary({ RoleName, PermissionsBoundary });
      }
    });
    await updateTags(inputs, context, {
      remove: (TagKeys) => iam.untagRole({ RoleName, TagKeys }),
      set: (set) => iam.tagRole({ RoleName, Tags: tagList(set) }),
    });
  },
  delete: async (RoleName, state, context) => {
    const iam = service(context);
    if (state.flag("forceDetachPolicies") === true) await detachAll(iam, RoleName);
    await doing(`deleting IAM Role (${RoleName})`, () => unless(gone, () => iam.deleteRole({ RoleName })));
  },
};

async function find(RoleName: string, context: Context): Promise<Role | undefined> {
  return (await unless(gone, () => service(context).getRole({ RoleName })))?.Role;
}

async function detachAll(iam: IAM, RoleName: string): Promise<void> {
  const attached = await unless(gone, () => iam.listAttachedRolePolicies({ RoleName }));
  for (const { PolicyArn } of attached?.AttachedPolicies ?? []) await iam.detachRolePolicy({ RoleName, PolicyArn });
  const inline = await unless(gone, () => iam.listRolePolicies({ RoleName }));
  for (const PolicyName of inline?.PolicyNames ?? []) await iam.deleteRolePolicy({ RoleName, PolicyName });
}
