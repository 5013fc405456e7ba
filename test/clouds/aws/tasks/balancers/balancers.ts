/** The load balancers of the account, kept as the account has them. */
import type { Account } from "../account.ts";
import type { TargetState } from "../park.ts";
import type { World } from "../fargate/world.ts";
import { createBalancer, type Balancer } from "./balancer.ts";
import { readBalancers, readGroups } from "./settings.ts";
import { TargetGroupState } from "./target-group.ts";

/** See the file's comment. */
export class Balancers {
  readonly #groups = new Map<string, TargetGroupState>();
  readonly #balancers = new Map<string, Balancer>();
  readonly #names = new Map<string, string>();
  readonly #targetSecondMs: number;

  constructor(targetSecondMs: number) {
    this.#targetSecondMs = targetSecondMs;
  }

  #group(arn: string): TargetGroupState {
    const found = this.#groups.get(arn) ?? new TargetGroupState(this.#targetSecondMs);
    this.#groups.set(arn, found);
    return found;
  }

  register(group: string, address: string, port: number): void {
    this.#group(group).register(address, port);
  }

  deregister(group: string, address: string, port: number): Promise<void> {
    return this.#group(group).deregister(address, port);
  }

  of(group: string): readonly TargetState[] {
    return this.#groups.get(group)?.states() ?? [];
  }

  /** The address that a load balancer's DNS name stands for. */
  resolve(name: string): string | undefined {
    return this.#names.get(name.toLowerCase());
  }

  /** Makes what is new, changes what changed, removes what is gone. */
  async look(world: World, account: Account): Promise<void> {
    const balancers = await readBalancers(account);
    for (const settings of balancers) {
      const arn = settings.balancer.LoadBalancerArn ?? "";
      const known = this.#balancers.get(arn);
      if (known !== undefined) {
        await known.update(settings);
        continue;
      }
      const made = await createBalancer(world, account, settings, (group) => this.#group(group));
      this.#balancers.set(arn, made);
      this.#names.set((settings.balancer.DNSName ?? "").toLowerCase(), made.address);
    }
    const there = new Set(balancers.map(({ balancer }) => balancer.LoadBalancerArn));
    for (const [arn, balancer] of this.#balancers) {
      if (there.has(arn)) continue;
      this.#balancers.delete(arn);
      for (const [name, address] of this.#names) if (address === balancer.address) this.#names.delete(name);
      await balancer.close();
    }
    for (const settings of await readGroups(account)) {
      const state = this.#group(settings.group.TargetGroupArn ?? "");
      state.settings = settings;
      state.from = (settings.group.LoadBalancerArns ?? []).flatMap((arn) => this.#balancers.get(arn)?.nodes ?? []);
    }
  }

  async close(): Promise<void> {
    for (const group of this.#groups.values()) group.close();
    for (const balancer of this.#balancers.values()) await balancer.close();
    this.#balancers.clear();
  }
}
