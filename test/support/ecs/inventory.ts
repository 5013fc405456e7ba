/** How much of everything an account holds, what hangs on other things too: two stacks of one configuration have the same. */
import type { AwsClients } from "../../clouds/aws/clients.ts";
import { leftovers } from "../../clouds/aws/plugin/leftovers.ts";

type Items = readonly unknown[] | undefined;

/** What AWS lists of one thing only, of all those things together. */
async function each<T>(owners: readonly T[] | undefined, of: (owner: T) => Promise<Items>): Promise<unknown[]> {
  return (await Promise.all((owners ?? []).map(of))).flatMap((items) => items ?? []);
}

/** What is not among the {@link leftovers}, because it goes with what it hangs on; but for versions of secrets, which AWS forgets. */
async function hanging({ backup, ec2, efs, elbv2, events, iam, sns }: AwsClients) {
  const { RouteTables = [] } = await ec2.describeRouteTables({});
  const { SecurityGroupRules = [] } = await ec2.describeSecurityGroupRules({});
  const { FileSystems } = await efs.describeFileSystems({});
  const { LoadBalancers } = await elbv2.describeLoadBalancers({});
  const { BackupPlansList } = await backup.listBackupPlans({});
  const { Rules } = await events.listRules({});
  const { Roles } = await iam.listRoles({});
  return {
    routeTables: RouteTables,
    routes: RouteTables.flatMap(({ Routes }) => Routes),
    associations: RouteTables.flatMap(({ Associations }) => Associations),
    rulesIn: SecurityGroupRules.filter(({ IsEgress }) => IsEgress === false),
    rulesOut: SecurityGroupRules.filter(({ IsEgress }) => IsEgress === true),
    accessPoints: (await efs.describeAccessPoints({})).AccessPoints,
    mountTargets: await each(FileSystems, async (id) => (await efs.describeMountTargets(id)).MountTargets),
    policies: await each(FileSystems, async ({ FileSystemId }) => [
      (await efs.describeFileSystemPolicy({ FileSystemId })).Policy,
    ]),
    listeners: await each(LoadBalancers, async (balancer) => (await elbv2.describeListeners(balancer)).Listeners),
    selections: await each(
      BackupPlansList,
      async ({ BackupPlanId }) => (await backup.listBackupSelections({ BackupPlanId })).BackupSelectionsList,
    ),
    targetsOfRules: await each(Rules, async ({ Name }) => (await events.listTargetsByRule({ Rule: Name })).Targets),
    rolePolicies: await each(Roles, async (role) => (await iam.listRolePolicies(role)).PolicyNames),
    managedPolicies: await each(Roles, async (role) => (await iam.listAttachedRolePolicies(role)).AttachedPolicies),
    subscriptions: (await sns.listSubscriptions({})).Subscriptions,
  } satisfies Record<string, Items>;
}

/** By what it is; see the file's comment. */
export async function inventory(aws: AwsClients): Promise<Readonly<Record<string, number>>> {
  const all = Object.entries<Items>({ ...(await leftovers(aws)), ...(await hanging(aws)) });
  return Object.fromEntries(all.map(([name, items]) => [name, items?.length ?? 0]));
}
