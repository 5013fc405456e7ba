/** A network for one gateway: two zones, the task's subnets, and the load balancer's apart from them. */
import { Eip } from "@pulumi/aws/ec2/eip.js";
import { InternetGateway } from "@pulumi/aws/ec2/internetGateway.js";
import { NatGateway } from "@pulumi/aws/ec2/natGateway.js";
import { Route } from "@pulumi/aws/ec2/route.js";
import { RouteTable } from "@pulumi/aws/ec2/routeTable.js";
import { RouteTableAssociation } from "@pulumi/aws/ec2/routeTableAssociation.js";
import { Subnet } from "@pulumi/aws/ec2/subnet.js";
import { Vpc } from "@pulumi/aws/ec2/vpc.js";
import * as pulumi from "@pulumi/pulumi";
import { divide } from "./subnets.ts";

/** Where a gateway runs: a network made here, or one that exists. */
export interface GatewayNetwork {
  readonly vpcId: pulumi.Input<string>;
  /** One a zone, in two zones at least. */
  readonly taskSubnetIds: readonly pulumi.Input<string>[];
  /** Their zones, in their order. */
  readonly taskZones: readonly string[];
  /** In two zones; empty without a load balancer. */
  readonly loadBalancerSubnetIds: readonly pulumi.Input<string>[];
  /** Ranges of the load balancer's subnets, whose addresses the gateway trusts. */
  readonly loadBalancerCidrs: readonly string[];
  /** Route tables of the task's subnets; empty where they are not ours. */
  readonly taskRouteTableIds: readonly pulumi.Input<string>[];
  /** What lets the task reach the internet; there before the task is. */
  readonly ready: readonly pulumi.Resource[];
}

/** Arguments of {@link Network}. */
export interface NetworkArgs {
  /** IPv4, from /16 to /24. */
  readonly cidr: string;
  /** Two of them. */
  readonly zones: readonly [string, string];
  /** With `public`, the task's subnets lead to the internet gateway, and no NAT gateway is made. */
  readonly egress: "nat" | "public";
  /** Whether there will be a load balancer. */
  readonly loadBalancer: boolean;
  /** Tags of the resource with this suffix. */
  readonly tags: (suffix: string) => Record<string, string>;
}

/** See the file's comment. */
export class Network extends pulumi.ComponentResource implements GatewayNetwork {
  public readonly vpcId: pulumi.Output<string>;
  public readonly taskSubnetIds: readonly pulumi.Output<string>[];
  public readonly taskZones: readonly string[];
  public readonly loadBalancerSubnetIds: readonly pulumi.Output<string>[];
  public readonly loadBalancerCidrs: readonly string[];
  public readonly taskRouteTableIds: readonly pulumi.Output<string>[];
  public readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw:ecs:Network", name, {}, opts);
    const child = { parent: this };
    const subnets = divide(args.cidr);
    const tags = (suffix: string) => ({ tags: args.tags(suffix) });

    // Mount targets are found by name: EFS needs both, and the provider's default for host names is false.
    const vpc = new Vpc(
      `${name}-vpc`,
      { cidrBlock: args.cidr, enableDnsHostnames: true, enableDnsSupport: true, ...tags("vpc") },
      child,
    );
    const subnet = (suffix: string, cidrBlock: string, zone: number): Subnet =>
      new Subnet(
        `${name}-${suffix}`,
        { vpcId: vpc.id, cidrBlock, availabilityZone: args.zones[zone] ?? args.zones[0], ...tags(suffix) },
        child,
      );
    const routed = (suffix: string, table: RouteTable, to: Subnet): RouteTableAssociation =>
      new RouteTableAssociation(`${name}-${suffix}`, { routeTableId: table.id, subnetId: to.id }, child);

    const internet = new InternetGateway(`${name}-internet`, { vpcId: vpc.id, ...tags("internet") }, child);
    const publicTable = new RouteTable(`${name}-public`, { vpcId: vpc.id, ...tags("public") }, child);
    const publicRoute = new Route(
      `${name}-public`,
      { routeTableId: publicTable.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: internet.id },
      child,
    );

    const tasks = subnets.zones.map((zone, index) => subnet(`task-${String(index)}`, zone.tasks, index));
    const [taskTable, ways] = args.egress === "public" ? [publicTable, [publicRoute]] : natted();
    const associations = tasks.map((to, index) => routed(`task-${String(index)}`, taskTable, to));
    const balancers = !args.loadBalancer
      ? []
      : subnets.zones.map((zone, index) => subnet(`load-balancer-${String(index)}`, zone.loadBalancer, index));
    const balancerRoutes = balancers.map((to, index) => routed(`load-balancer-${String(index)}`, publicTable, to));

    this.vpcId = vpc.id;
    this.taskSubnetIds = tasks.map(({ id }) => id);
    this.taskZones = args.zones;
    this.loadBalancerSubnetIds = balancers.map(({ id }) => id);
    this.loadBalancerCidrs = args.loadBalancer ? subnets.zones.map(({ loadBalancer }) => loadBalancer) : [];
    this.taskRouteTableIds = [taskTable.id];
    this.ready = [publicRoute, ...ways, ...associations, ...balancerRoutes];
    this.registerOutputs({
      vpcId: this.vpcId,
      taskSubnetIds: this.taskSubnetIds,
      loadBalancerSubnetIds: this.loadBalancerSubnetIds,
    });

    /** The way out through one NAT gateway: in a lost zone it goes too, and two cost twice as much. */
    function natted(): [RouteTable, pulumi.Resource[]] {
      const natSubnet = subnet("nat", subnets.nat, 0);
      const natRoute = routed("nat", publicTable, natSubnet);
      const address = new Eip(`${name}-nat`, { domain: "vpc", ...tags("nat") }, { ...child, dependsOn: [internet] });
      const nat = new NatGateway(
        `${name}-nat`,
        { subnetId: natSubnet.id, allocationId: address.id, ...tags("nat") },
        { ...child, dependsOn: [publicRoute, natRoute] },
      );
      const table = new RouteTable(`${name}-task`, { vpcId: vpc.id, ...tags("task") }, child);
      const way = new Route(
        `${name}-task`,
        { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat.id },
        child,
      );
      return [table, [way]];
    }
  }
}
