import {
  ElasticLoadBalancingV2,
  ProtocolEnum,
  type TargetGroup,
  TargetGroupIpAddressTypeEnum,
  TargetTypeEnum,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { doing, isCode, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { block, flag, number, output, region, tags, text } from "../schema.ts";
import { tagList, updateTags } from "../tags.ts";
import type { Values } from "../values.ts";
import { minutes, retryWhile } from "../wait.ts";
import { attributesOf, nameText, tagsOfArn, type Attribute } from "./attributes.ts";

const service = ({ account }: Context) => account.client("elbv2", ElasticLoadBalancingV2);
const gone = ["TargetGroupNotFoundException", "TargetGroupNotFound"];

const attributes: Readonly<Record<string, Attribute>> = {
  deregistrationDelay: ["deregistration_delay.timeout_seconds", "number"],
  loadBalancingAlgorithmType: ["load_balancing.algorithm.type", "text"],
  slowStart: ["slow_start.duration_seconds", "number"],
};
const stickiness: Readonly<Record<string, Attribute>> = {
  cookieDuration: ["stickiness.lb_cookie.duration_seconds", "number"],
  enabled: ["stickiness.enabled", "flag"],
  type: ["stickiness.type", "text"],
};

/** Source: internal/service/elbv2/target_group.go. What only network load balancers and functions have is left out. */
export const targetGroup: ResourceType = {
  schema: {
    arn: output(),
    arnSuffix: output(),
    deregistrationDelay: number({ default: 300, range: [0, 3600] }),
    healthCheck: block(
      {
        enabled: flag({ default: true }),
        healthyThreshold: number({ default: 3, range: [2, 10] }),
        interval: number({ default: 30, range: [5, 300] }),
        matcher: text({ computed: true }),
        path: text({
          computed: true,
          matches: [/^\/.{0,1023}$/, "must begin with / and have at most 1024 characters"],
        }),
        port: text({ default: "traffic-port" }),
        protocol: text({ default: "HTTP", oneOf: ["HTTP", "HTTPS", "TCP"] }),
        timeout: number({ computed: true, range: [2, 120] }),
        unhealthyThreshold: number({ default: 3, range: [2, 10] }),
      },
      { computed: true },
    ),
    ipAddressType: text({ computed: true, forceNew: true, oneOf: Object.values(TargetGroupIpAddressTypeEnum) }),
    loadBalancerArns: output("textSet"),
    loadBalancingAlgorithmType: text({
      ...{ computed: true, oneOf: ["round_robin", "least_outstanding_requests", "weighted_random"] },
    }),
    name: text({ computed: true, forceNew: true, conflictsWith: ["namePrefix"], matches: nameText }),
    namePrefix: text({ computed: true, forceNew: true }),
    port: number({ forceNew: true, range: [1, 65_535] }),
    protocol: text({ forceNew: true, oneOf: Object.values(ProtocolEnum) }),
    protocolVersion: text({ computed: true, forceNew: true, oneOf: ["GRPC", "HTTP1", "HTTP2"] }),
    slowStart: number({ default: 0 }),
    stickiness: block(
      {
        cookieDuration: number({ default: 86_400, range: [0, 604_800] }),
        cookieName: text(),
        enabled: flag({ default: true }),
        type: text({ required: true, oneOf: ["lb_cookie", "app_cookie"] }),
      },
      { computed: true },
    ),
    targetType: text({ default: "instance", forceNew: true, oneOf: Object.values(TargetTypeEnum) }),
    vpcId: text({ forceNew: true }),
    ...region,
    ...tags,
  },
  autoName: { property: "name", longest: 32 },
  create: async (inputs, context) => {
    const elb = service(context);
    const name = inputs.required("name");
    const { TargetGroups: [made] = [] } = await doing(`creating ELBv2 Target Group (${name})`, () =>
      elb.createTargetGroup({
        Name: name,
        IpAddressType: inputs.choice("ipAddressType", TargetGroupIpAddressTypeEnum),
        Port: inputs.number("port"),
        Protocol: inputs.choice("protocol", ProtocolEnum),
        ProtocolVersion: inputs.text("protocolVersion"),
        TargetType: inputs.choice("targetType", TargetTypeEnum),
        VpcId: inputs.text("vpcId"),
        ...healthCheckOf(inputs),
        Tags: tagList(inputs.table("tagsAll")),
      }),
    );
    const id = made?.TargetGroupArn ?? "";
    context.made(id);
    await setAttributes(id, inputs, context);
    return id;
  },
  read: async (id, _, context) => {
    const elb = service(context);
    const seen = await doing(`reading ELBv2 Target Group (${id})`, () => find(id, context));
    if (seen === undefined) return undefined;
    const { Attributes } = await elb.describeTargetGroupAttributes({ TargetGroupArn: id });
    return {
      arn: id,
      arnSuffix: id.slice(id.lastIndexOf(":") + 1),
      healthCheck: {
        enabled: seen.HealthCheckEnabled,
        healthyThreshold: seen.HealthyThresholdCount,
        interval: seen.HealthCheckIntervalSeconds,
        matcher: seen.Matcher?.HttpCode ?? "",
        path: seen.HealthCheckPath ?? "",
        port: seen.HealthCheckPort,
        protocol: seen.HealthCheckProtocol,
        timeout: seen.HealthCheckTimeoutSeconds,
        unhealthyThreshold: seen.UnhealthyThresholdCount,
      },
      ipAddressType: seen.IpAddressType ?? "ipv4",
      loadBalancerArns: seen.LoadBalancerArns ?? [],
      name: seen.TargetGroupName,
      namePrefix: "",
      port: seen.Port,
      protocol: seen.Protocol,
      protocolVersion: seen.ProtocolVersion ?? "HTTP1",
      stickiness: { cookieName: "", ...attributesOf(stickiness).toState(Attributes) },
      targetType: seen.TargetType,
      vpcId: seen.VpcId,
      ...attributesOf(attributes).toState(Attributes),
      ...(await tagsOfArn(elb, id)),
    };
  },
  update: async (id, inputs, context) => {
    const elb = service(context);
    await doing(`modifying ELBv2 Target Group (${id})`, async () => {
      if (context.changed("healthCheck")) await elb.modifyTargetGroup({ TargetGroupArn: id, ...healthCheckOf(inputs) });
      if (context.changed(...Object.keys(attributes), "stickiness")) await setAttributes(id, inputs, context);
    });
    await updateTags(inputs, context, {
      remove: (TagKeys) => elb.removeTags({ ResourceArns: [id], TagKeys }),
      set: (set) => elb.addTags({ ResourceArns: [id], Tags: tagList(set) }),
    });
  },
  /** A listener that is about to go holds it. */
  delete: async (id, _, context) => {
    await doing(`deleting ELBv2 Target Group (${id})`, () =>
      retryWhile(
        (error) => isCode(error, "ResourceInUse", "ResourceInUseException"),
        () => unless(gone, () => service(context).deleteTargetGroup({ TargetGroupArn: id })),
        { timeoutMs: minutes(2), signal: context.signal },
      ),
    );
  },
};

async function find(arn: string, context: Context): Promise<TargetGroup | undefined> {
  const found = await unless(gone, () => service(context).describeTargetGroups({ TargetGroupArns: [arn] }));
  return found?.TargetGroups?.[0];
}

function healthCheckOf(inputs: Values) {
  const check = inputs.block("healthCheck");
  const matcher = check?.text("matcher");
  return (
    check && {
      HealthCheckEnabled: check.flag("enabled"),
      HealthCheckIntervalSeconds: check.number("interval"),
      HealthCheckPath: check.text("path"),
      HealthCheckPort: check.text("port"),
      HealthCheckProtocol: check.choice("protocol", ProtocolEnum),
      HealthCheckTimeoutSeconds: check.number("timeout"),
      HealthyThresholdCount: check.number("healthyThreshold"),
      UnhealthyThresholdCount: check.number("unhealthyThreshold"),
      ...(matcher !== undefined && { Matcher: { HttpCode: matcher } }),
    }
  );
}

async function setAttributes(TargetGroupArn: string, inputs: Values, context: Context): Promise<void> {
  const sticky = inputs.block("stickiness");
  const Attributes = [
    ...attributesOf(attributes).toAws(inputs),
    ...(sticky === undefined ? [] : attributesOf(stickiness).toAws(sticky)),
  ];
  await doing(`modifying ELBv2 Target Group (${TargetGroupArn}) attributes`, () =>
    service(context).modifyTargetGroupAttributes({ TargetGroupArn, Attributes }),
  );
}
