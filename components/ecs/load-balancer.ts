/** The gateway's door to the internet: HTTPS only, at its own name. */
import { Certificate } from "@pulumi/aws/acm/certificate.js";
import { CertificateValidation } from "@pulumi/aws/acm/certificateValidation.js";
import { Listener } from "@pulumi/aws/lb/listener.js";
import { LoadBalancer as ApplicationLoadBalancer } from "@pulumi/aws/lb/loadBalancer.js";
import { TargetGroup } from "@pulumi/aws/lb/targetGroup.js";
import { Record } from "@pulumi/aws/route53/record.js";
import * as pulumi from "@pulumi/pulumi";

/** TLS 1.2 without CBC ciphers, and 1.3: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html */
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06";

/** Longest that a WebSocket may be silent; OpenClaw's own tick comes every 30 s. */
const idleSeconds = 3600;

/**
 * The target group's own port, which no request goes to: ECS registers each task with its container's port, and health checks go
 * there too. Another one would be another target group (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html;
 * terraform-provider-aws, `aws_lb_target_group`: a change of `port` replaces).
 */
const nominalPort = 18_789;

/** Arguments of {@link LoadBalancer}. */
export interface LoadBalancerArgs {
  readonly domain: string;
  /** Hosted zone that holds the domain. @default - no certificate and no address are made there */
  readonly zoneId?: string | undefined;
  /** @default - one that is validated through `zoneId` */
  readonly certificateArn?: string | undefined;
  readonly vpcId: pulumi.Input<string>;
  /** Its own, in two zones. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly securityGroupId: pulumi.Input<string>;
  /** @default false */
  readonly deletionProtection?: boolean;
  /** @default - no access logs */
  readonly accessLogsBucket?: string | undefined;
  readonly tags: (suffix: string) => globalThis.Record<string, string>;
}

/** See the file's comment. */
export class LoadBalancer extends pulumi.ComponentResource {
  /** AWS's own name of it. */
  public readonly dnsName: pulumi.Output<string>;
  public readonly targetGroupArn: pulumi.Output<string>;
  /** What metrics call it. */
  public readonly arnSuffix: pulumi.Output<string>;
  /** What metrics call its target group. */
  public readonly targetGroupArnSuffix: pulumi.Output<string>;
  /** A service can be registered once these are there. */
  public readonly listeners: readonly pulumi.Resource[];

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw:ecs:LoadBalancer", name, {}, opts);
    const child = { parent: this };
    const { zoneId, domain } = args;

    const balancer = new ApplicationLoadBalancer(
      `${name}-alb`,
      {
        loadBalancerType: "application",
        internal: false,
        subnets: [...args.subnetIds],
        securityGroups: [args.securityGroupId],
        idleTimeout: idleSeconds,
        dropInvalidHeaderFields: true,
        enableDeletionProtection: args.deletionProtection ?? false,
        ...(args.accessLogsBucket === undefined
          ? {}
          : { accessLogs: { enabled: true, bucket: args.accessLogsBucket } }),
        tags: args.tags("load-balancer"),
      },
      child,
    );
    const targets = new TargetGroup(
      `${name}-alb`,
      {
        vpcId: args.vpcId,
        targetType: "ip",
        port: nominalPort,
        protocol: "HTTP",
        // One gateway, which gets SIGTERM only when this is over.
        deregistrationDelay: 15,
        // Health checks carry no X-Forwarded-For: from a trusted proxy, the gateway refuses that everywhere but here.
        healthCheck: {
          path: "/healthz",
          matcher: "200",
          protocol: "HTTP",
          interval: 15,
          timeout: 5,
          healthyThreshold: 2,
          unhealthyThreshold: 5,
        },
        tags: args.tags("load-balancer"),
      },
      child,
    );
    const https = new Listener(
      `${name}-https`,
      {
        loadBalancerArn: balancer.arn,
        port: 443,
        protocol: "HTTPS",
        sslPolicy: tlsPolicy,
        certificateArn: args.certificateArn ?? validated(),
        defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
        tags: args.tags("https"),
      },
      child,
    );
    const redirect = new Listener(
      `${name}-http`,
      {
        loadBalancerArn: balancer.arn,
        port: 80,
        protocol: "HTTP",
        defaultActions: [{ type: "redirect", redirect: { port: "443", protocol: "HTTPS", statusCode: "HTTP_301" } }],
        tags: args.tags("http"),
      },
      child,
    );
    if (zoneId !== undefined) {
      new Record(
        `${name}-address`,
        {
          ...{ zoneId, name: domain, type: "A" },
          aliases: [{ name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: false }],
        },
        child,
      );
    }
    this.dnsName = balancer.dnsName;
    this.targetGroupArn = targets.arn;
    this.arnSuffix = balancer.arnSuffix;
    this.targetGroupArnSuffix = targets.arnSuffix;
    this.listeners = [https, redirect];
    this.registerOutputs({ dnsName: this.dnsName, targetGroupArn: this.targetGroupArn });

    /** @returns ARN of a certificate that AWS has validated */
    function validated(): pulumi.Output<string> {
      if (zoneId === undefined) throw new pulumi.RunError("a load balancer needs a hosted zone, or a certificate");
      const certificate = new Certificate(
        `${name}-certificate`,
        { domainName: domain, validationMethod: "DNS", tags: args.tags("certificate") },
        child,
      );
      const option = certificate.domainValidationOptions.apply(([first]) => ({
        name: first?.resourceRecordName ?? "",
        type: first?.resourceRecordType ?? "",
        value: first?.resourceRecordValue ?? "",
      }));
      const proof = new Record(
        `${name}-validation`,
        {
          zoneId,
          name: option.name,
          type: option.type,
          records: [option.value],
          ttl: 300,
          // The same for every certificate of this domain in this account.
          allowOverwrite: true,
        },
        child,
      );
      return new CertificateValidation(
        `${name}-certificate`,
        { certificateArn: certificate.arn, validationRecordFqdns: [proof.fqdn] },
        child,
      ).certificateArn;
    }
  }
}
