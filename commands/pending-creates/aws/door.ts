/** The load balancer, its certificate and its name. */
import { ACM } from "@aws-sdk/client-acm";
import { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import { Route53 } from "@aws-sdk/client-route-53";
import { candidates, tagsOf, text, type Candidate, type Finder } from "./finder.ts";

async function tagged(elb: ElasticLoadBalancingV2, arn: string | undefined): Promise<Candidate[]> {
  if (arn === undefined) return [];
  const { TagDescriptions: [found] = [] } = await elb.describeTags({ ResourceArns: [arn] });
  return [{ id: arn, tags: tagsOf(found?.Tags) }];
}

/** See the file's comment. */
export const doorFinders: Readonly<Record<string, Finder>> = {
  "aws:lb/loadBalancer:LoadBalancer": {
    find: async (inputs, settings) => {
      const elb = new ElasticLoadBalancingV2(settings);
      const { LoadBalancers: [found] = [] } = await elb.describeLoadBalancers({ Names: [text(inputs, "name")] });
      return tagged(elb, found?.LoadBalancerArn);
    },
  },
  "aws:lb/targetGroup:TargetGroup": {
    find: async (inputs, settings) => {
      const elb = new ElasticLoadBalancingV2(settings);
      const { TargetGroups: [found] = [] } = await elb.describeTargetGroups({ Names: [text(inputs, "name")] });
      return tagged(elb, found?.TargetGroupArn);
    },
  },
  "aws:lb/listener:Listener": {
    find: async (inputs, settings) => {
      const { Listeners } = await new ElasticLoadBalancingV2(settings).describeListeners({
        LoadBalancerArn: text(inputs, "loadBalancerArn"),
      });
      const there = Listeners?.filter(({ Port }) => Port === inputs["port"]);
      return candidates(there, ({ ListenerArn }) => ListenerArn);
    },
  },
  "aws:acm/certificate:Certificate": {
    find: async (inputs, settings) => {
      const acm = new ACM(settings);
      const { CertificateSummaryList: all = [] } = await acm.listCertificates({});
      const named = all.filter(({ DomainName }) => DomainName === text(inputs, "domainName"));
      return Promise.all(
        named.map(async ({ CertificateArn = "" }) => {
          const { Tags } = await acm.listTagsForCertificate({ CertificateArn });
          return { id: CertificateArn, tags: tagsOf(Tags) };
        }),
      );
    },
  },
  "aws:route53/record:Record": {
    find: async (inputs, settings) => {
      // A record has no tags: an alias is the stack's when it leads to the stack's load balancer.
      const [wanted] = (inputs["aliases"] ?? []) as readonly { readonly name?: string }[]; // load-balancer.ts made it
      if (wanted?.name === undefined) return [];
      const [zone, name, type] = [text(inputs, "zoneId"), text(inputs, "name"), text(inputs, "type")];
      const { ResourceRecordSets: all = [] } = await new Route53(settings).listResourceRecordSets({
        HostedZoneId: zone,
        StartRecordName: name,
      });
      const plain = (given = ""): string =>
        given
          .toLowerCase()
          .replace(/^dualstack\./, "")
          .replace(/\.$/, "");
      const there = all.filter((each) => {
        const leads = plain(each.AliasTarget?.DNSName) === plain(wanted.name);
        return leads && each.Type === type && plain(each.Name) === plain(name);
      });
      return candidates(there, () => `${zone}_${name}_${type}`);
    },
  },
};
