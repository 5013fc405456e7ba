import {
  ElasticLoadBalancingV2,
  IpAddressType,
  type LoadBalancer,
  LoadBalancerTypeEnum,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { doing, isCode, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { block, flag, number, output, region, tags, text, textSet } from "../schema.ts";
import { tagList, updateTags } from "../tags.ts";
import { Values } from "../values.ts";
import { minutes, retryWhile, waitFor, waitUntilGone } from "../wait.ts";
import { attributesOf, nameText, tagsOfArn, type Attribute } from "./attributes.ts";

const service = ({ account }: Context) => account.client("elbv2", ElasticLoadBalancingV2);
const gone = ["LoadBalancerNotFoundException", "LoadBalancerNotFound"];

/** The attributes of an application load balancer, by property (load_balancer.go loadBalancerAttributes). */
const attributes: Readonly<Record<string, Attribute>> = {
  clientKeepAlive: ["client_keep_alive.seconds", "number"],
  desyncMitigationMode: ["routing.http.desync_mitigation_mode", "text"],
  dropInvalidHeaderFields: ["routing.http.drop_invalid_header_fields.enabled", "flag"],
  enableDeletionProtection: ["deletion_protection.enabled", "flag"],
  enableHttp2: ["routing.http2.enabled", "flag"],
  enableTlsVersionAndCipherSuiteHeaders: ["routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "flag"],
  enableWafFailOpen: ["waf.fail_open.enabled", "flag"],
  enableXffClientPort: ["routing.http.xff_client_port.enabled", "flag"],
  idleTimeout: ["idle_timeout.timeout_seconds", "number"],
  preserveHostHeader: ["routing.http.preserve_host_header.enabled", "flag"],
  xffHeaderProcessingMode: ["routing.http.xff_header_processing.mode", "text"],
};

const logAttributes: Readonly<Record<string, Attribute>> = {
  bucket: ["access_logs.s3.bucket", "text"],
  enabled: ["access_logs.s3.enabled", "flag"],
  prefix: ["access_logs.s3.prefix", "text"],
};
const off = new Values({ enabled: false });

/** Source: internal/service/elbv2/load_balancer.go; the name's length is pulumi-aws's. Other logs, pools and mappings are left out. */
export const loadBalancer: ResourceType = {
  schema: {
    accessLogs: block({ bucket: text({ required: true }), enabled: flag({ default: false }), prefix: text() }),
    arn: output(),
    arnSuffix: output(),
    clientKeepAlive: number({ default: 3600, range: [60, 604_800] }),
    desyncMitigationMode: text({ default: "defensive", oneOf: ["monitor", "defensive", "strictest"] }),
    dnsName: output(),
    dropInvalidHeaderFields: flag({ default: false }),
    enableDeletionProtection: flag({ default: false }),
    enableHttp2: flag({ default: true }),
    enableTlsVersionAndCipherSuiteHeaders: flag({ default: false }),
    enableWafFailOpen: flag({ default: false }),
    enableXffClientPort: flag({ default: false }),
    idleTimeout: number({ default: 60 }),
    internal: flag({ computed: true, forceNew: true }),
    ipAddressType: text({ computed: true, oneOf: Object.values(IpAddressType) }),
    loadBalancerType: text({ default: "application", forceNew: true, oneOf: Object.values(LoadBalancerTypeEnum) }),
    name: text({ computed: true, forceNew: true, conflictsWith: ["namePrefix"], matches: nameText }),
    namePrefix: text({ computed: true, forceNew: true }),
    preserveHostHeader: flag({ default: false }),
    securityGroups: textSet({ computed: true }),
    subnets: textSet({ computed: true }),
    vpcId: output(),
    xffHeaderProcessingMode: text({ default: "append", oneOf: ["append", "preserve", "remove"] }),
    zoneId: output(),
    ...region,
    ...tags,
  },
  autoName: { property: "name", longest: 32 },
  create: async (inputs, context) => {
    const elb = service(context);
    const name = inputs.required("name");
    const { LoadBalancers: [made] = [] } = await doing(`creating ELBv2 Load Balancer (${name})`, () =>
      elb.createLoadBalancer({
        Name: name,
        Type: inputs.choice("loadBalancerType", LoadBalancerTypeEnum),
        Scheme: inputs.flag("internal") === true ? "internal" : "internet-facing",
        IpAddressType: inputs.choice("ipAddressType", IpAddressType),
        SecurityGroups: inputs.texts("securityGroups"),
        Subnets: inputs.texts("subnets"),
        Tags: tagList(inputs.table("tagsAll")),
      }),
    );
    const id = made?.LoadBalancerArn ?? "";
    context.made(id);
    await doing(`waiting for ELBv2 Load Balancer (${id}) create`, () =>
      waitFor({
        look: async () => {
          const seen = await find(id, context);
          return seen && { state: seen.State?.Code ?? "", value: seen };
        },
        ...{ target: ["active", "active_impaired"], pending: ["provisioning", "failed"] },
        ...{ timeoutMs: context.timeoutMs(minutes(10)), signal: context.signal },
      }),
    );
    const logs = inputs.block("accessLogs");
    const Attributes = [
      ...attributesOf(attributes).toAws(inputs),
      ...(logs === undefined ? [] : attributesOf(logAttributes).toAws(logs)),
    ];
    await doing(`modifying ELBv2 Load Balancer (${id}) attributes`, () =>
      elb.modifyLoadBalancerAttributes({ LoadBalancerArn: id, Attributes }),
    );
    return id;
  },
  read: async (id, state, context) => {
    const elb = service(context);
    const seen = await doing(`reading ELBv2 Load Balancer (${id})`, () => find(id, context));
    if (seen === undefined) return undefined;
    const { Attributes } = await elb.describeLoadBalancerAttributes({ LoadBalancerArn: id });
    const logs = attributesOf(logAttributes).toState(Attributes);
    return {
      // Switched off without the program saying so, it is no difference.
      accessLogs: logs["enabled"] === true || state.has("accessLogs") ? logs : undefined,
      arn: id,
      arnSuffix: id.replace(/^.*:loadbalancer\//, ""),
      dnsName: seen.DNSName,
      internal: seen.Scheme === "internal",
      ipAddressType: seen.IpAddressType ?? "ipv4",
      loadBalancerType: seen.Type,
      name: seen.LoadBalancerName,
      namePrefix: "",
      securityGroups: seen.SecurityGroups ?? [],
      subnets: seen.AvailabilityZones?.map(({ SubnetId }) => SubnetId) ?? [],
      vpcId: seen.VpcId,
      zoneId: seen.CanonicalHostedZoneId,
      ...attributesOf(attributes).toState(Attributes),
      ...(await tagsOfArn(elb, id)),
    };
  },
  update: async (id, inputs, context) => {
    const elb = service(context);
    const changed = Object.keys(attributes).filter((name) => context.changed(name));
    const logs = inputs.block("accessLogs") ?? off;
    await doing(`modifying ELBv2 Load Balancer (${id})`, async () => {
      if (changed.length > 0 || context.changed("accessLogs")) {
        const Attributes = [
          ...attributesOf(attributes).toAws(inputs, changed),
          ...(context.changed("accessLogs") ? attributesOf(logAttributes).toAws(logs) : []),
        ];
        await elb.modifyLoadBalancerAttributes({ LoadBalancerArn: id, Attributes });
      }
      if (context.changed("securityGroups")) {
        await elb.setSecurityGroups({ LoadBalancerArn: id, SecurityGroups: inputs.texts("securityGroups") });
      }
      if (context.changed("subnets")) await elb.setSubnets({ LoadBalancerArn: id, Subnets: inputs.texts("subnets") });
      if (context.changed("ipAddressType")) {
        await elb.setIpAddressType({
          LoadBalancerArn: id,
          IpAddressType: inputs.choice("ipAddressType", IpAddressType),
        });
      }
    });
    await updateTags(inputs, context, {
      remove: (TagKeys) => elb.removeTags({ ResourceArns: [id], TagKeys }),
      set: (set) => elb.addTags({ ResourceArns: [id], Tags: tagList(set) }),
    });
  },
  delete: async (id, _, context) => {
    const time = { timeoutMs: context.timeoutMs(minutes(10)), signal: context.signal };
    await doing(`deleting ELBv2 Load Balancer (${id})`, () =>
      retryWhile(
        (error) => isCode(error, "ResourceInUse", "ResourceInUseException"),
        () => unless(gone, () => service(context).deleteLoadBalancer({ LoadBalancerArn: id })),
        time,
      ),
    );
    await waitUntilGone(async () => (await find(id, context))?.LoadBalancerArn, time);
  },
};

async function find(arn: string, context: Context): Promise<LoadBalancer | undefined> {
  const found = await unless(gone, () => service(context).describeLoadBalancers({ LoadBalancerArns: [arn] }));
  return found?.LoadBalancers?.[0];
}
