/** A load balancer: its nodes in the subnets, its address outside, and its listeners. */
import { randomInt } from "node:crypto";
import { createFirewall, type Firewall } from "../../../machines/firewall.ts";
import { ownTable } from "../../../machines/run-label.ts";
import type { Account } from "../account.ts";
import { subnetOf } from "../fargate/vpc.ts";
import type { Guarded, World } from "../fargate/world.ts";
import { listen } from "./listener.ts";
import type { BalancerSettings } from "./settings.ts";
import type { TargetGroupState } from "./target-group.ts";

/** See the file's comment. */
export interface Balancer {
  /** Addresses of its nodes in the VPC: what targets see. */
  readonly nodes: readonly string[];
  /** Where clients connect to: of this computer's loopback when it faces the internet, else its first node. */
  readonly address: string;
  readonly update: (settings: BalancerSettings) => Promise<void>;
  readonly close: () => Promise<void>;
}

const second = 1000;

/** Makes the nodes and listens. */
export async function createBalancer(
  world: World,
  account: Account,
  first: BalancerSettings,
  group: (arn: string) => TargetGroupState,
): Promise<Balancer> {
  let settings = first;
  const { balancer } = first;
  const groups = balancer.SecurityGroups ?? [];
  const vpc = await world.vpc(account, balancer.VpcId ?? "");
  const nodes: string[] = [];
  for (const { SubnetId = "" } of balancer.AvailabilityZones ?? []) {
    const address = vpc.allocate(await subnetOf(account, SubnetId));
    await vpc.own(address);
    nodes.push(address);
  }
  const [from = ""] = nodes;
  const members = nodes.map((address) => ({ address, groups }));
  for (const member of members) await world.join(account, member);
  // Every address of 127/8 is this computer's: no need to make one, and nothing to take away.
  const outside = `127.83.${String(randomInt(1, 255))}.${String(randomInt(1, 255))}`;
  const address = balancer.Scheme === "internal" ? from : outside;
  const firewall: Firewall = await createFirewall(ownTable(`lb_${address}`), address, ["fd83:ffff::1"]);
  await firewall.set([]);
  const front: Guarded = { address, groups, apply: firewall.set };
  await world.join(account, front);

  const open = new Map<string, { key: string; close: () => void }>();
  const idleMs = (): number => Number(settings.attributes["idle_timeout.timeout_seconds"] ?? 60) * second;
  const update = async (now: BalancerSettings): Promise<void> => {
    settings = now;
    const wanted = new Map(now.listeners.map((each) => [each.listener.ListenerArn ?? "", each]));
    for (const [arn, { key, close }] of open) {
      if (keyOf(wanted.get(arn)) === key) continue;
      close();
      open.delete(arn);
    }
    for (const [arn, each] of wanted) {
      if (open.has(arn)) continue;
      const context = {
        ...{ from, group, idleMs },
        settings: () => settings.listeners.find(({ listener }) => listener.ListenerArn === arn) ?? each,
      };
      open.set(arn, { key: keyOf(each), close: await listen(context, address) });
    }
  };
  await update(first);
  return {
    ...{ nodes, address, update },
    close: async () => {
      for (const { close } of open.values()) close();
      for (const member of members) world.leave(member);
      for (const node of nodes) vpc.release(node);
      world.leave(front);
      await firewall.remove();
    },
  };
}

/** What a server is made of; the rest of a listener may change under it. */
const keyOf = (each: BalancerSettings["listeners"][number] | undefined): string =>
  JSON.stringify([each?.listener.Protocol, each?.listener.Port, each?.listener.SslPolicy]);
