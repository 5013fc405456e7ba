/**
 * What takes AWS its time: things that were made are not available at once. moto's are.
 * https://docs.aws.amazon.com/efs/latest/ug/API_CreateMountTarget.html,
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html,
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerState.html
 */
import { AwsError, type Handlers, type Operation } from "./handler.ts";

type Thing = Readonly<Record<string, unknown>>;

interface Kind {
  readonly create: string;
  readonly describe: string;
  /** The member of both answers that holds the things: one, or a list. @default - the answer itself is the thing */
  readonly created?: string;
  readonly described: string;
  readonly id: string;
  /** What is shown until it is available. */
  readonly unsettled: Thing;
}

const creating = { LifeCycleState: "creating" };

const kinds: readonly Kind[] = [
  {
    ...{ create: "efs.CreateFileSystem", describe: "efs.DescribeFileSystems", described: "FileSystems" },
    ...{ id: "FileSystemId", unsettled: creating },
  },
  {
    ...{ create: "efs.CreateMountTarget", describe: "efs.DescribeMountTargets", described: "MountTargets" },
    ...{ id: "MountTargetId", unsettled: creating },
  },
  {
    ...{ create: "efs.CreateAccessPoint", describe: "efs.DescribeAccessPoints", described: "AccessPoints" },
    ...{ id: "AccessPointId", unsettled: creating },
  },
  {
    ...{ create: "ec2.CreateNatGateway", describe: "ec2.DescribeNatGateways", described: "NatGateways" },
    ...{ created: "NatGateway", id: "NatGatewayId", unsettled: { State: "pending" } },
  },
  {
    ...{ create: "ec2.CreateVpcEndpoint", describe: "ec2.DescribeVpcEndpoints", described: "VpcEndpoints" },
    ...{ created: "VpcEndpoint", id: "VpcEndpointId", unsettled: { State: "pending" } },
  },
  {
    ...{ create: "elbv2.CreateLoadBalancer", describe: "elbv2.DescribeLoadBalancers", described: "LoadBalancers" },
    ...{ created: "LoadBalancers", id: "LoadBalancerArn", unsettled: { State: { Code: "provisioning" } } },
  },
];

/** Layers over the answers of moto and of the holes. @param ms how long things take */
export function settling(ms: number): Handlers {
  const since = new Map<unknown, number>();
  const isSettled = (id: unknown): boolean => performance.now() - (since.get(id) ?? -Infinity) >= ms;
  const shown = (kind: Kind, thing: Thing): Thing =>
    isSettled(thing[kind.id]) || isGoing(thing) ? thing : { ...thing, ...kind.unsettled };

  const layer = (kind: Kind): Handlers => ({
    [kind.create]: async (operation, forward) => {
      refuseUnsettled(operation, isSettled);
      const answer = (await forward()) as Thing; // as the model says; so below
      const { created } = kind;
      const things = created === undefined ? [answer] : ([answer[created] ?? []].flat() as Thing[]);
      for (const thing of things) since.set(thing[kind.id], performance.now());
      if (created === undefined) return shown(kind, answer);
      const all = things.map((thing) => shown(kind, thing));
      return { ...answer, [created]: Array.isArray(answer[created]) ? all : all[0] };
    },
    [kind.describe]: async (_, forward) => {
      const answer = (await forward()) as Thing;
      const things = (answer[kind.described] ?? []) as readonly Thing[];
      return { ...answer, [kind.described]: things.map((thing) => shown(kind, thing)) };
    },
  });
  return ms === 0 ? {} : (Object.assign({}, ...kinds.map(layer)) as Handlers);
}

const isGoing = ({ State: state }: Thing): boolean => typeof state === "string" && /^delet/iu.test(state);

/** Nothing is made on a file system that is not there yet. */
function refuseUnsettled({ operation, input }: Operation, isSettled: (id: unknown) => boolean): void {
  const { FileSystemId: id } = input;
  if (!["CreateMountTarget", "CreateAccessPoint"].includes(operation) || isSettled(id)) return;
  const message = `File system '${String(id)}' is in an incorrect state: creating`;
  throw new AwsError("IncorrectFileSystemLifeCycleState", message, 409);
}
