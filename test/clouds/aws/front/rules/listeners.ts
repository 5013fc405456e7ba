/** Listeners. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html */
import type * as acm from "@aws-sdk/client-acm";
import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { rule, type Account, type Rules } from "../account.ts";
import { AwsError } from "../handler.ts";
import { withStatus } from "../holes/certificates.ts";

const refuse = (code: string, message: string): never => {
  throw new AwsError(code, message);
};

async function checkCertificate(account: Account, arn: string): Promise<void> {
  const missing = `Certificate ARN '${arn}' is not valid`;
  if (arn.split(":")[3] !== account.region) refuse("CertificateNotFound", missing);
  let found: acm.DescribeCertificateResponse;
  try {
    found = await account.ask<acm.DescribeCertificateResponse>("acm", "DescribeCertificate", { CertificateArn: arn });
  } catch (error) {
    if (error instanceof AwsError) throw new AwsError("CertificateNotFound", missing);
    throw error;
  }
  const { Status: status } = await withStatus(account, new Set(), found.Certificate ?? {});
  if (status !== "ISSUED") {
    refuse(
      "UnsupportedCertificate",
      `The certificate '${arn}' must have a fully-qualified domain name, a supported signature, and a supported key size.`,
    );
  }
}

async function checkPolicy(account: Account, name: string): Promise<void> {
  const { SslPolicies: all = [] } = await account.ask<elbv2.DescribeSSLPoliciesOutput>("elbv2", "DescribeSSLPolicies");
  if (!all.some(({ Name: known }) => known === name)) refuse("SSLPolicyNotFound", `SSL policy '${name}' not found`);
}

const https = rule<elbv2.CreateListenerInput>(async (input, account) => {
  const { Protocol: protocol, Certificates: certificates = [], SslPolicy: policy, Port: port } = input;
  for (const { Type: type, RedirectConfig: redirect } of input.DefaultActions ?? []) {
    const {
      Protocol: to = "#{protocol}",
      Port: toPort = "#{port}",
      Host: host,
      Path: path,
      Query: query,
    } = redirect ?? {};
    const same = [protocol, "#{protocol}"].includes(to) && [String(port), "#{port}"].includes(toPort);
    if (type === "redirect" && same && (host ?? path ?? query) === undefined) {
      refuse("InvalidLoadBalancerAction", "The redirect configuration is not valid because it creates a loop.");
    }
  }
  const ask = { LoadBalancerArn: input.LoadBalancerArn };
  const { Listeners: others = [] } = await account.ask<elbv2.DescribeListenersOutput>(
    "elbv2",
    "DescribeListeners",
    ask,
  );
  // AWS answers with the one that is there when every setting is the same; the stacks here never ask for that.
  if (others.some(({ Port: other }) => other === port)) {
    refuse("DuplicateListener", `A listener already exists on port ${String(port)} of this load balancer`);
  }
  if (protocol !== "HTTPS") {
    if (policy !== undefined)
      refuse("ValidationError", `An SSL policy cannot be specified for ${protocol ?? ""} listeners`);
    return;
  }
  const arn = certificates[0]?.CertificateArn;
  if (arn === undefined) throw new AwsError("ValidationError", "A certificate must be specified for HTTPS listeners");
  await checkCertificate(account, arn);
  if (policy !== undefined) await checkPolicy(account, policy);
});

const changed = rule<elbv2.ModifyListenerInput>(
  async ({ Certificates: certificates = [], SslPolicy: policy }, account) => {
    for (const { CertificateArn: arn = "" } of certificates) await checkCertificate(account, arn);
    if (policy !== undefined) await checkPolicy(account, policy);
  },
);

/** https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html */
const certificateInUse = rule<acm.DeleteCertificateRequest>(async ({ CertificateArn: arn = "" }, account) => {
  const { LoadBalancers: balancers = [] } = await account.ask<elbv2.DescribeLoadBalancersOutput>(
    "elbv2",
    "DescribeLoadBalancers",
  );
  for (const { LoadBalancerArn: balancer } of balancers) {
    const ask = { LoadBalancerArn: balancer };
    const { Listeners: listeners = [] } = await account.ask<elbv2.DescribeListenersOutput>(
      "elbv2",
      "DescribeListeners",
      ask,
    );
    if (listeners.some(({ Certificates: all = [] }) => all.some(({ CertificateArn: used }) => used === arn))) {
      refuse("ResourceInUseException", `Certificate ${arn} in account ${arn.split(":")[4] ?? ""} is in use.`);
    }
  }
});

export const listenerRules: Rules = {
  "elbv2.CreateListener": [https],
  "elbv2.ModifyListener": [changed],
  "acm.DeleteCertificate": [certificateInUse],
};
