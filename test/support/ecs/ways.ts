/** Who may connect to whom in an account with one gateway, asked of the rules that the simulated network enforces. */
import { isIn, reaches, readRules } from "../../clouds/aws/tasks/fargate/security-groups.ts";
import { account } from "../../clouds/aws/tasks/account.ts";
import { region } from "../../clouds/aws/clients.ts";
import type { EcsDeployment } from "./ecs-deployment.ts";

/** Well-known ports, the gateway's, and one of nobody. */
const ports = [22, 53, 80, 443, 2049, 3306, 8080, 18_789, 18_790, 50_000];

/** Ports by way, `task → file system`; ways without one are left out. What the task may do on the internet is not among them. */
export async function ways({ aws, world, task }: EcsDeployment): Promise<Record<string, readonly number[]>> {
  const { LoadBalancers = [] } = await aws.elbv2.describeLoadBalancers({});
  const { FileSystems = [] } = await aws.efs.describeFileSystems({});
  const targets = await Promise.all(
    FileSystems.map(({ FileSystemId }) => aws.efs.describeMountTargets({ FileSystemId })),
  );
  const mounted = await Promise.all(
    targets
      .flatMap(({ MountTargets = [] }) => MountTargets)
      .map(({ MountTargetId }) => aws.efs.describeMountTargetSecurityGroups({ MountTargetId })),
  );
  const groups: Readonly<Record<string, readonly string[]>> = {
    "load balancer": LoadBalancers.flatMap(({ SecurityGroups = [] }) => SecurityGroups),
    task: task().order.network.securityGroups ?? [],
    "file system": mounted.flatMap(({ SecurityGroups = [] }) => SecurityGroups),
  };
  const rules = await readRules(account(world.aws, region));
  const outside = (name: string, port: number): boolean =>
    rules.some(
      ({ IsEgress, GroupId = "", CidrIpv4, FromPort = 0, ToPort = 65_535 }) =>
        IsEgress === false &&
        groups[name]?.includes(GroupId) === true &&
        CidrIpv4 !== undefined &&
        isIn(CidrIpv4, "198.51.100.7") &&
        FromPort <= port &&
        port <= ToPort,
    );
  // Addresses of nobody: what is asked is what the groups let through.
  const member = (name: string, number: number) => ({
    address: `192.0.2.${String(number)}`,
    groups: groups[name] ?? [],
  });
  const names = Object.keys(groups);
  const inside = names.flatMap((from) =>
    names.map(
      (to) =>
        [`${from} → ${to}`, ports.filter((port) => reaches(rules, member(from, 1), member(to, 2), port))] as const,
    ),
  );
  const all = [
    ...names.map((to) => [`internet → ${to}`, ports.filter((port) => outside(to, port))] as const),
    ...inside,
  ];
  return Object.fromEntries(all.filter(([, open]) => open.length > 0));
}
