/** What a stack costs a month, from a dated table of prices. Pure. */

/**
 * List prices of us-east-1 in USD, without traffic and capacity units; other regions cost up to half as much again.
 *
 * AWS's own pages could not be read where this was written. Each number was compared, in November 2026, with public texts that
 * quote them; the newest that names the number stands beside it. The two without a date are the least sure.
 */
const prices = {
  asOf: "2026-11",
  region: "us-east-1",
  /** https://aws.amazon.com/fargate/pricing/ (Linux, x86): factualminds.com "Amazon Fargate & ECS Task Pricing", 2026-06-17 */
  vcpuHour: 0.04048,
  /** As above. */
  memoryGiBHour: 0.004445,
  /** https://aws.amazon.com/elasticloadbalancing/pricing/: awsnegotiations.com "Elastic Load Balancer Cost", May 2026 */
  loadBalancerHour: 0.0225,
  /** https://aws.amazon.com/vpc/pricing/: zacfukuda.com "NAT Gateway vs VPC Endpoint", 2026-06-01; api-evangelist/amazon-vpc, 2026-09-20 (Ohio) */
  natHour: 0.045,
  /** https://aws.amazon.com/vpc/pricing/: ChiefGyk3D/Clouds-Against-Humanity "AWS Cost Lesson", from AWS's price list files, 2026-10-16 */
  publicAddressHour: 0.005,
  /** An hour and zone; https://aws.amazon.com/privatelink/pricing/: zacfukuda.com, as above */
  endpointHour: 0.01,
  /** https://aws.amazon.com/secrets-manager/pricing/: hivebook.wiki "AWS Secrets Manager", no date */
  secretMonth: 0.4,
  /** https://aws.amazon.com/cloudwatch/pricing/ (standard resolution; the first ten of an account are free): c3x.dev "aws_cloudwatch_metric_alarm", no date */
  alarmMonth: 0.1,
  /** As above (the first ten of an account are free): signoz.io "CloudWatch Pricing Without the Confusion", 2026-02-15 */
  metricMonth: 0.3,
} as const;

const hoursAMonth = 730;

/** What is paid for by the hour or the month, whether it is used or not. */
export interface CostArgs {
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly loadBalancer: boolean;
  /** The stack makes a NAT gateway. */
  readonly nat: boolean;
  /** The task has a public address. */
  readonly publicTask: boolean;
  /** Interface endpoints times zones. */
  readonly endpoints: number;
  readonly secrets: number;
  readonly alarms: number;
  /** Metrics that are not AWS's own. */
  readonly metrics: number;
}

/** An estimate. */
export interface MonthlyCost {
  readonly currency: "USD";
  /** Rounded to whole dollars. */
  readonly amount: number;
  /** By what it is for, to the cent. */
  readonly items: Readonly<Record<string, number>>;
  /** What the amount is, and is not. */
  readonly note: string;
}

/** The fixed monthly cost of a stack. */
export function monthlyCost(args: CostArgs): MonthlyCost {
  const hourly = (perHour: number): number => perHour * hoursAMonth;
  const all = {
    task: hourly(args.cpus * prices.vcpuHour + (args.memoryMiB / 1024) * prices.memoryGiBHour),
    loadBalancer: args.loadBalancer ? hourly(prices.loadBalancerHour + 2 * prices.publicAddressHour) : 0,
    nat: args.nat ? hourly(prices.natHour + prices.publicAddressHour) : 0,
    publicAddress: args.publicTask ? hourly(prices.publicAddressHour) : 0,
    endpoints: hourly(args.endpoints * prices.endpointHour),
    secrets: args.secrets * prices.secretMonth,
    alarms: args.alarms * prices.alarmMonth,
    metrics: args.metrics * prices.metricMonth,
  };
  const items = Object.fromEntries(
    Object.entries(all).flatMap(([name, cost]) => (cost === 0 ? [] : [[name, Math.round(cost * 100) / 100]])),
  );
  const amount = Math.round(Object.values(all).reduce((sum, cost) => sum + cost, 0));
  const note = `list prices of ${prices.region}, ${prices.asOf}; traffic, load balancer capacity, stored data, backups and logs come on top`;
  return { currency: "USD", amount, items, note };
}
