/** A target group: its targets, their health, and how they leave. */
import { setTimeout as sleep } from "node:timers/promises";
import type { TargetState } from "../park.ts";
import { check, initial, judge, type Health } from "./health.ts";
import type { GroupSettings } from "./settings.ts";

interface Target {
  readonly address: string;
  readonly port: number;
  health: Health;
  /** Connections of the load balancer to it. */
  connections: number;
  readonly gone: AbortController;
}

/** See the file's comment. */
export class TargetGroupState {
  /** Undefined until the account was read. */
  settings: GroupSettings | undefined;
  /** Addresses that the load balancers of the group check from. */
  from: readonly string[] = [];
  readonly #targets: Target[] = [];
  readonly #secondMs: number;

  constructor(secondMs: number) {
    this.#secondMs = secondMs;
  }

  states(): readonly TargetState[] {
    return this.#targets.map(({ address, port, health }) => ({ address, port, health }));
  }

  register(address: string, port: number): void {
    const target: Target = { address, port, health: initial, connections: 0, gone: new AbortController() };
    this.#targets.push(target);
    void this.#watch(target);
  }

  async #watch(target: Target): Promise<void> {
    let streak = 0;
    let passed: boolean | undefined;
    while (!target.gone.signal.aborted) {
      const { group } = this.settings ?? {};
      const [from] = this.from;
      if (group === undefined || from === undefined) {
        await sleep(50);
        continue;
      }
      const finding = await check(group, from, target.address, target.port, this.#secondMs);
      streak = finding.passed === passed ? streak + 1 : 1;
      passed = finding.passed;
      if (target.health.State !== "draining") target.health = judge(target.health, streak, finding, group);
      const wait = (group.HealthCheckIntervalSeconds ?? 30) * this.#secondMs;
      await sleep(wait, undefined, { signal: target.gone.signal }).catch(() => undefined); // it left
    }
  }

  /** Resolves when nobody is connected any more, or the delay is over. */
  async deregister(address: string, port: number): Promise<void> {
    const target = this.#targets.find((one) => one.address === address && one.port === port);
    if (target === undefined) return;
    target.health = {
      ...{ State: "draining", Reason: "Target.DeregistrationInProgress" },
      Description: "Target deregistration is in progress",
    };
    const delay = Number(this.settings?.attributes["deregistration_delay.timeout_seconds"] ?? 300);
    const deadline = Date.now() + delay * this.#secondMs;
    while (target.connections > 0 && Date.now() < deadline) await sleep(20);
    target.gone.abort();
    this.#targets.splice(this.#targets.indexOf(target), 1);
  }

  /** Who gets the next request. Without a healthy target all of them may: a load balancer fails open. */
  choose(): (Pick<Target, "address" | "port"> & { readonly used: () => () => void }) | undefined {
    const there = this.#targets.filter(({ health }) => health.State !== "draining");
    const target = there.find(({ health }) => health.State === "healthy") ?? there[0];
    if (target === undefined) return undefined;
    const used = (): (() => void) => {
      target.connections += 1;
      let left = false;
      return () => {
        if (!left) target.connections -= 1;
        left = true;
      };
    };
    return { address: target.address, port: target.port, used };
  }

  close(): void {
    for (const { gone } of this.#targets) gone.abort();
  }
}
