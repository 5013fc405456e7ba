import { EC2, type IpPermission } from "@aws-sdk/client-ec2";
import { doing, isCode, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { blockSet, flag, number, output, region, tags, text, texts, textSet, type Schema } from "../schema.ts";
import type { StateMap, Values } from "../values.ts";
import { minutes, retryWhile } from "../wait.ts";
import { tagsAtCreation, tagsOf, updateTags } from "./tags.ts";

const service = ({ account }: Context) => account.client("ec2", EC2);
const gone = ["InvalidGroup.NotFound", "InvalidGroupId.Malformed", "InvalidSecurityGroupID.NotFound"];

const ruleSchema: Schema = {
  cidrBlocks: texts(),
  description: text(),
  fromPort: number({ required: true }),
  ipv6CidrBlocks: texts(),
  prefixListIds: texts(),
  protocol: text({ required: true }),
  securityGroups: textSet(),
  self: flag({ default: false }),
  toPort: number({ required: true }),
};

/**
 * Source: internal/service/ec2/vpc_security_group.go; pulumi-aws sets the description, which upstream requires. AWS lets a new
 * group send everywhere; upstream takes that rule away, and what `egress` says comes in its place.
 */
export const securityGroup: ResourceType = {
  schema: {
    arn: output(),
    description: text({ default: "Managed by Pulumi", forceNew: true }),
    egress: blockSet(ruleSchema, { computed: true }),
    ingress: blockSet(ruleSchema, { computed: true }),
    name: text({ computed: true, forceNew: true, conflictsWith: ["namePrefix"] }),
    namePrefix: text({ computed: true, forceNew: true }),
    ownerId: output(),
    revokeRulesOnDelete: flag({ default: false }),
    vpcId: text({ computed: true, forceNew: true }),
    ...region,
    ...tags,
  },
  autoName: { property: "name", longest: 255 },
  create: async (inputs, context) => {
    const ec2 = service(context);
    const name = inputs.required("name");
    const { GroupId: id = "" } = await doing(`creating Security Group (${name})`, () =>
      ec2.createSecurityGroup({
        GroupName: name,
        Description: inputs.text("description"),
        VpcId: inputs.text("vpcId"),
        ...tagsAtCreation("security-group", inputs),
      }),
    );
    context.made(id);
    const everywhere: IpPermission = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
    await unless(["InvalidPermission.NotFound"], () =>
      ec2.revokeSecurityGroupEgress({ GroupId: id, IpPermissions: [everywhere] }),
    );
    await setRules(id, undefined, inputs, context);
    return id;
  },
  read: async (id, _, context) => {
    const found = await doing(`reading Security Group (${id})`, () =>
      unless(gone, () => service(context).describeSecurityGroups({ GroupIds: [id] })),
    );
    const seen = found?.SecurityGroups?.[0];
    return (
      seen && {
        arn: `arn:aws:ec2:${context.account.region}:${seen.OwnerId ?? ""}:security-group/${id}`,
        description: seen.Description,
        egress: rulesOf(seen.IpPermissionsEgress, id),
        ingress: rulesOf(seen.IpPermissions, id),
        name: seen.GroupName,
        namePrefix: "",
        ownerId: seen.OwnerId,
        vpcId: seen.VpcId,
        ...tagsOf(seen.Tags),
      }
    );
  },
  update: async (id, inputs, context) => {
    if (context.changed("egress", "ingress")) await setRules(id, context.old, inputs, context);
    await updateTags(service(context), id, inputs, context);
  },
  /** What still uses the group, such as an interface that AWS is about to delete, is waited for. */
  delete: async (id, _, context) => {
    await doing(`deleting Security Group (${id})`, () =>
      retryWhile(
        (error) => isCode(error, "DependencyViolation", "InvalidGroup.InUse"),
        () => unless(gone, () => service(context).deleteSecurityGroup({ GroupId: id })),
        { timeoutMs: context.timeoutMs(minutes(15)), signal: context.signal },
      ),
    );
  },
};

async function setRules(GroupId: string, old: Values | undefined, inputs: Values, context: Context): Promise<void> {
  const ec2 = service(context);
  const permissions = (values: Values | undefined, name: string) =>
    (values?.blocks(name) ?? []).map((rule) => permissionOf(rule, GroupId));
  const steps = [
    [
      permissions(old, "ingress"),
      (IpPermissions: IpPermission[]) => ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions }),
    ],
    [
      permissions(old, "egress"),
      (IpPermissions: IpPermission[]) => ec2.revokeSecurityGroupEgress({ GroupId, IpPermissions }),
    ],
    [
      permissions(inputs, "ingress"),
      (IpPermissions: IpPermission[]) => ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions }),
    ],
    [
      permissions(inputs, "egress"),
      (IpPermissions: IpPermission[]) => ec2.authorizeSecurityGroupEgress({ GroupId, IpPermissions }),
    ],
  ] as const;
  for (const [rules, apply] of steps) if (rules.length > 0) await apply(rules);
}

function permissionOf(rule: Values, self: string): IpPermission {
  const Description = rule.text("description");
  const groups = [...rule.texts("securityGroups"), ...(rule.flag("self") === true ? [self] : [])];
  const every = rule.text("protocol") === "-1";
  return {
    IpProtocol: rule.required("protocol"),
    ...(!every && { FromPort: rule.number("fromPort"), ToPort: rule.number("toPort") }),
    IpRanges: rule.texts("cidrBlocks").map((CidrIp) => ({ CidrIp, Description })),
    Ipv6Ranges: rule.texts("ipv6CidrBlocks").map((CidrIpv6) => ({ CidrIpv6, Description })),
    PrefixListIds: rule.texts("prefixListIds").map((PrefixListId) => ({ PrefixListId, Description })),
    UserIdGroupPairs: groups.map((GroupId) => ({ GroupId, Description })),
  };
}

function rulesOf(permissions: readonly IpPermission[] | undefined, self: string): StateMap[] {
  return (permissions ?? []).map((permission) => {
    const groups = (permission.UserIdGroupPairs ?? []).map(({ GroupId }) => GroupId ?? "");
    const described = [
      ...(permission.IpRanges ?? []),
      ...(permission.Ipv6Ranges ?? []),
      ...(permission.PrefixListIds ?? []),
      ...(permission.UserIdGroupPairs ?? []),
    ];
    return {
      cidrBlocks: permission.IpRanges?.map(({ CidrIp }) => CidrIp),
      description: described.find(({ Description }) => Description !== undefined)?.Description ?? "",
      fromPort: Math.max(permission.FromPort ?? 0, 0),
      ipv6CidrBlocks: permission.Ipv6Ranges?.map(({ CidrIpv6 }) => CidrIpv6),
      prefixListIds: permission.PrefixListIds?.map(({ PrefixListId }) => PrefixListId),
      protocol: permission.IpProtocol,
      securityGroups: groups.filter((group) => group !== self),
      self: groups.includes(self),
      toPort: Math.max(permission.ToPort ?? 0, 0),
    };
  });
}
