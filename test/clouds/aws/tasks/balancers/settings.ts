/** Load balancers, listeners and target groups as the account has them. */
import { DescribeCertificateCommand } from "@aws-sdk/client-acm";
import {
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  type Listener,
  type LoadBalancer,
  type TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Account } from "../account.ts";

/** Attributes by their keys: `idle_timeout.timeout_seconds`. */
export type Attributes = Readonly<Record<string, string | undefined>>;

/** A listener with the names that its certificates are for. */
export interface ListenerSettings {
  readonly listener: Listener;
  readonly names: readonly string[];
}

/** A load balancer and everything that belongs to it. */
export interface BalancerSettings {
  readonly balancer: LoadBalancer;
  readonly attributes: Attributes;
  readonly listeners: readonly ListenerSettings[];
}

/** A target group and its attributes. */
export interface GroupSettings {
  readonly group: TargetGroup;
  readonly attributes: Attributes;
}

const record = (list: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined): Attributes =>
  Object.fromEntries((list ?? []).map(({ Key = "", Value }) => [Key, Value]));

async function certificateNames({ acm }: Account, { Certificates = [] }: Listener): Promise<readonly string[]> {
  const names: string[] = [];
  for (const { CertificateArn } of Certificates) {
    const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn }));
    names.push(...(Certificate?.SubjectAlternativeNames ?? [Certificate?.DomainName ?? ""]));
  }
  return [...new Set(names)];
}

/** Every load balancer of the region. */
export async function readBalancers(account: Account): Promise<readonly BalancerSettings[]> {
  const { elb } = account;
  const { LoadBalancers = [] } = await elb.send(new DescribeLoadBalancersCommand({}));
  const found: BalancerSettings[] = [];
  for (const balancer of LoadBalancers) {
    const { LoadBalancerArn } = balancer;
    const { Attributes } = await elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }));
    const { Listeners = [] } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn }));
    const listeners: ListenerSettings[] = [];
    for (const listener of Listeners) listeners.push({ listener, names: await certificateNames(account, listener) });
    found.push({ balancer, listeners, attributes: record(Attributes) });
  }
  return found;
}

/** Every target group of the region. */
export async function readGroups({ elb }: Account): Promise<readonly GroupSettings[]> {
  const { TargetGroups = [] } = await elb.send(new DescribeTargetGroupsCommand({}));
  const found: GroupSettings[] = [];
  for (const group of TargetGroups) {
    const ask = new DescribeTargetGroupAttributesCommand({ TargetGroupArn: group.TargetGroupArn });
    found.push({ group, attributes: record((await elb.send(ask)).Attributes) });
  }
  return found;
}
