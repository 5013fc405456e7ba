/**
 * What moto says of load balancers otherwise than AWS: the default scheme, attributes that were never set, the TLS policy
 * of listeners without TLS. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
 */
import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { hole, type Hole } from "../account.ts";

/** An Application Load Balancer's, as AWS makes it. */
const balancerAttributes = {
  "access_logs.s3.bucket": "",
  "access_logs.s3.enabled": "false",
  "access_logs.s3.prefix": "",
  "client_keep_alive.seconds": "3600",
  "connection_logs.s3.bucket": "",
  "connection_logs.s3.enabled": "false",
  "connection_logs.s3.prefix": "",
  "deletion_protection.enabled": "false",
  "idle_timeout.timeout_seconds": "60",
  "ipv6.deny_all_igw_traffic": "false",
  "load_balancing.cross_zone.enabled": "true",
  "routing.http.desync_mitigation_mode": "defensive",
  "routing.http.drop_invalid_header_fields.enabled": "false",
  "routing.http.preserve_host_header.enabled": "false",
  "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
  "routing.http.xff_client_port.enabled": "false",
  "routing.http.xff_header_processing.mode": "append",
  "routing.http2.enabled": "true",
  "waf.fail_open.enabled": "false",
  "zonal_shift.config.enabled": "false",
} as const;

type Attributes = { readonly Attributes?: elbv2.LoadBalancerAttribute[] | undefined };
type Listeners = { readonly Listeners?: elbv2.Listener[] | undefined };

const withDefaults = ({ Attributes: set = [] }: Attributes): Attributes => {
  const own = set.filter(({ Key: key }) => key !== "load_balancing.cross_zone.enabled");
  const all = {
    ...balancerAttributes,
    ...Object.fromEntries(own.map(({ Key: key = "", Value: value }) => [key, value])),
  };
  return { Attributes: Object.entries(all).map(([Key, Value]) => ({ Key, Value })) };
};

const withoutTls = ({ Listeners: all, ...rest }: Listeners): Listeners => ({
  ...rest,
  Listeners: all?.map(({ SslPolicy: policy, ...listener }) =>
    listener.Protocol === "HTTPS" ? { ...listener, SslPolicy: policy } : listener,
  ),
});

export const loadBalancerHoles: Hole = (account) => ({
  "elbv2.CreateLoadBalancer": hole<elbv2.CreateLoadBalancerInput>((input, _, operation) =>
    account(operation).ask("elbv2", "CreateLoadBalancer", { Scheme: "internet-facing", ...input }),
  ),
  "elbv2.DescribeLoadBalancerAttributes": hole<object, Attributes>(async (_, forward) => withDefaults(await forward())),
  "elbv2.ModifyLoadBalancerAttributes": hole<object, Attributes>(async (_, forward) => withDefaults(await forward())),
  "elbv2.CreateListener": hole<object, Listeners>(async (_, forward) => withoutTls(await forward())),
  "elbv2.ModifyListener": hole<object, Listeners>(async (_, forward) => withoutTls(await forward())),
  "elbv2.DescribeListeners": hole<object, Listeners>(async (_, forward) => withoutTls(await forward())),
});
