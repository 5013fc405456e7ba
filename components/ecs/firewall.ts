/** Who may connect to whom: security groups, by reference to each other. */
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import * as pulumi from "@pulumi/pulumi";
import { SecurityGroupEgressRule } from "@pulumi/aws/vpc/securityGroupEgressRule.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";

/** Arguments of {@link Firewall}. */
export interface FirewallArgs {
  readonly vpcId: pulumi.Input<string>;
  /** Of the gateway. */
  readonly port: number;
  /** Who may reach the load balancer, sorted out before; undefined when there is none. */
  readonly loadBalancerCidrs?: readonly string[] | undefined;
  /** Whether there will be interface endpoints. */
  readonly endpoints: boolean;
  readonly tags: (suffix: string) => Record<string, string>;
}

/** The groups and the rules between them; a group without rules lets nothing in and nothing out. */
export class Firewall extends pulumi.ComponentResource {
  /** Of the task. */
  public readonly taskGroupId: pulumi.Output<string>;
  /** Of the mount targets. */
  public readonly fileSystemGroupId: pulumi.Output<string>;
  /** Of the load balancer; undefined when there is none. */
  public readonly loadBalancerGroupId: pulumi.Output<string> | undefined;
  /** Of the endpoints; undefined when there are none. */
  public readonly endpointGroupId: pulumi.Output<string> | undefined;
  /** By the stack's tags on these, a deployment is found. */
  public readonly groups: readonly pulumi.Resource[];
  /** The rules: connections work once these are there. */
  public readonly rules: readonly pulumi.Resource[];

  constructor(name: string, args: FirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw:ecs:Firewall", name, {}, opts);
    const child = { parent: this };
    const rules: pulumi.Resource[] = [];

    const group = (suffix: string, description: string): SecurityGroup =>
      new SecurityGroup(
        `${name}-${suffix}`,
        { vpcId: args.vpcId, description, tags: args.tags(suffix) },
        // Groups that name each other, or that something still uses, cannot be deleted first.
        child,
      );
    /** One way from group to group: let out there, let in here. */
    const way = (suffix: string, from: SecurityGroup, to: SecurityGroup, port: number, out: boolean): void => {
      const ports = { ipProtocol: "tcp", fromPort: port, toPort: port };
      rules.push(
        new SecurityGroupIngressRule(
          `${name}-${suffix}`,
          { securityGroupId: to.id, referencedSecurityGroupId: from.id, ...ports },
          child,
        ),
      );
      if (!out) return;
      rules.push(
        new SecurityGroupEgressRule(
          `${name}-${suffix}`,
          { securityGroupId: from.id, referencedSecurityGroupId: to.id, ...ports },
          child,
        ),
      );
    };

    const task = group("task", "OpenClaw: task of the gateway");
    const fileSystem = group("file-system", "OpenClaw: mount targets of the state");
    // Channels, model providers and what an agent browses are anywhere.
    rules.push(
      new SecurityGroupEgressRule(
        `${name}-internet`,
        { securityGroupId: task.id, cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" },
        child,
      ),
    );
    way("state", task, fileSystem, 2049, false);

    const { loadBalancerCidrs } = args;
    const loadBalancer =
      loadBalancerCidrs === undefined ? undefined : group("load-balancer", "OpenClaw: load balancer");
    if (loadBalancer !== undefined) {
      for (const cidr of loadBalancerCidrs ?? []) {
        for (const port of [443, 80]) {
          const label = cidr.replaceAll(/[./]/g, "-");
          rules.push(
            new SecurityGroupIngressRule(
              `${name}-${String(port)}-${label}`,
              { securityGroupId: loadBalancer.id, cidrIpv4: cidr, ipProtocol: "tcp", fromPort: port, toPort: port },
              child,
            ),
          );
        }
      }
      // By its port: the rules for another one are made before the task that listens there, and these go when it is proven.
      way(`gateway-${String(args.port)}`, loadBalancer, task, args.port, true);
    }
    const endpoint = args.endpoints ? group("endpoint", "OpenClaw: endpoints of AWS services") : undefined;
    if (endpoint !== undefined) way("endpoint", task, endpoint, 443, false);

    this.taskGroupId = task.id;
    this.fileSystemGroupId = fileSystem.id;
    this.loadBalancerGroupId = loadBalancer?.id;
    this.endpointGroupId = endpoint?.id;
    this.groups = [task, fileSystem];
    this.rules = rules;
    this.registerOutputs({ taskGroupId: this.taskGroupId, fileSystemGroupId: this.fileSystemGroupId });
  }
}
