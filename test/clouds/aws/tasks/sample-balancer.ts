/** A load balancer before a service of a {@link sampleAccount}: https with a certificate, http redirected to it. */
import { ImportCertificateCommand } from "@aws-sdk/client-acm";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeTargetHealthCommand,
  ModifyTargetGroupAttributesCommand,
  type TargetHealth,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { readFileSync } from "node:fs";
import { certificateFor } from "../../machines/certificate.ts";
import type { Account } from "./account.ts";
import { letIn, type SampleAccount } from "./sample-account.ts";

/** What was made. */
export interface SampleBalancer {
  readonly dnsName: string;
  readonly targetGroup: string;
}

/** Makes it, open to everybody. @param domain of the certificate */
export async function sampleBalancer(
  account: Account,
  sample: SampleAccount,
  domain: string,
  port: number,
): Promise<SampleBalancer> {
  const { elb, acm } = account;
  for (const open of [80, 443]) await letIn(account, sample.group.balancer, open, "0.0.0.0/0");
  const create = { Name: "gw", Subnets: [...sample.subnets], SecurityGroups: [sample.group.balancer] };
  const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand(create));
  const { LoadBalancerArn = "", DNSName = "" } = LoadBalancers?.[0] ?? {};
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({
      ...{ Name: "gw", Protocol: "HTTP", Port: port, VpcId: sample.vpc, TargetType: "ip", HealthCheckPath: "/healthz" },
      ...{ HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 2, HealthyThresholdCount: 2 },
    }),
  );
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? "";
  const Attributes = [{ Key: "deregistration_delay.timeout_seconds", Value: "10" }];
  await elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }));
  const { certificate, key } = await certificateFor(domain);
  const files = { Certificate: readFileSync(certificate), PrivateKey: readFileSync(key) };
  const { CertificateArn } = await acm.send(new ImportCertificateCommand(files));
  await elb.send(
    new CreateListenerCommand({
      ...{ LoadBalancerArn, Protocol: "HTTPS", Port: 443, Certificates: [{ CertificateArn }] },
      DefaultActions: [{ Type: "forward", TargetGroupArn }],
    }),
  );
  const redirect = { Protocol: "HTTPS", Port: "443", StatusCode: "HTTP_301" } as const;
  await elb.send(
    new CreateListenerCommand({
      ...{ LoadBalancerArn, Protocol: "HTTP", Port: 80 },
      DefaultActions: [{ Type: "redirect", RedirectConfig: redirect }],
    }),
  );
  return { dnsName: DNSName, targetGroup: TargetGroupArn };
}

/** The health of the group's targets. */
export async function targetHealth({ elb }: Account, TargetGroupArn: string): Promise<readonly TargetHealth[]> {
  const { TargetHealthDescriptions = [] } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
  return TargetHealthDescriptions.map(({ TargetHealth: health = {} }) => health);
}
