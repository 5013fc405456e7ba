/** Tasks that run: containers of the tests' engine in networks that are the account's VPCs, behind its load balancers. */
import type { SecurityGroupRule } from "@aws-sdk/client-ec2";
import { rmSync } from "node:fs";
import type { Account } from "../account.ts";
import { resolveName } from "../balancers/names.ts";
import { Balancers } from "../balancers/balancers.ts";
import type { Park } from "../park.ts";
import type { Timings } from "../timings.ts";
import { fileSystemDirectory } from "./file-systems.ts";
import { inbound, readRules, type Member } from "./security-groups.ts";
import { FargateTask } from "./task.ts";
import { vpcNetworks } from "./vpc.ts";
import type { Guarded, World } from "./world.ts";

/** Options of {@link fargatePark}. */
export interface FargateParkOptions {
  readonly account: (region: string) => Account;
  readonly timings: Timings;
  /** Where load balancers are looked for. */
  readonly region: string;
  /** Images beside OpenClaw's, by the reference that task definitions name. @default none */
  readonly images?: ReadonlyMap<string, string>;
}

/** See the file's comment. */
export interface FargatePark extends Park {
  /** The address of this computer that a name stands for: a load balancer's, or one of Route 53 that leads to it. */
  readonly resolve: (name: string) => Promise<string | undefined>;
  /** Looks at the account's load balancers and rules at once, instead of with the next tick. */
  readonly look: () => Promise<void>;
  /** A zone fails with everything in it: its tasks end at once, its NAT gateways lead nowhere, nothing starts in it. */
  readonly loseZone: (zone: string) => void;
  /** What is on a file system. It is gone with the park. */
  readonly fileSystem: (id: string) => string;
}

const isGuarded = (member: Member | Guarded): member is Guarded => "apply" in member;

/** Makes a park. The engine runs: see `machineEngine`. */
export function fargatePark(options: FargateParkOptions): FargatePark {
  const { account, timings, region, images = new Map<string, string>() } = options;
  const balancers = new Balancers(timings.targetSecondMs);
  const members = new Set<Member | Guarded>();
  const applied = new WeakMap<Member, string>();
  const vpcs = vpcNetworks();
  const tasks = new Set<FargateTask>();
  const fileSystems = new Set<string>();
  const lostZones = new Set<string>();
  let rules: readonly SecurityGroupRule[] = [];

  const guard = async (): Promise<void> => {
    for (const member of members) {
      if (!isGuarded(member)) continue;
      const wanted = inbound(rules, member, [...members]);
      const text = JSON.stringify(wanted);
      if (applied.get(member) === text) continue;
      applied.set(member, text);
      await member.apply(wanted).catch((error: unknown) => {
        if (members.has(member)) throw error; // else it left meanwhile
      });
    }
  };
  const world: World = {
    ...{ account, timings, images, lostZones },
    targets: {
      register: (...target) => {
        balancers.register(...target);
      },
      deregister: (...target) => balancers.deregister(...target),
      of: (group) => balancers.of(group),
    },
    vpc: vpcs.get,
    rules: async (of) => {
      rules = await readRules(of);
      return rules;
    },
    join: async (of, member) => {
      members.add(member);
      rules = await readRules(of);
      await guard();
    },
    leave: (member) => {
      members.delete(member);
    },
  };

  let looking = Promise.resolve();
  const look = (): Promise<void> => {
    looking = looking.then(async () => {
      const here = account(region);
      await balancers.look(world, here);
      if (members.size > 0) rules = await readRules(here);
      await guard();
    });
    return looking;
  };
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const tick = (): void => {
    void look().catch((error: unknown) => {
      looking = Promise.resolve();
      if (!closed) console.error(error);
    });
  };

  return {
    look,
    resolve: (name) => resolveName(account(region), (of) => balancers.resolve(of), name),
    targets: (group) => balancers.of(group),
    loseZone: (zone) => {
      lostZones.add(zone);
      for (const task of tasks) {
        if (task.state().zone === zone)
          task.kill({ code: "TerminationNotice", reason: "Your task was stopped because its host is gone" });
      }
    },
    fileSystem: (id) => {
      fileSystems.add(id);
      return fileSystemDirectory(id);
    },
    begin: () => {
      timer = setInterval(tick, timings.networkMs);
    },
    start: (order, changed) => {
      for (const { efsVolumeConfiguration: efs } of order.definition.volumes ?? [])
        if (efs?.fileSystemId !== undefined) fileSystems.add(efs.fileSystemId);
      const task = new FargateTask(order, world, changed);
      tasks.add(task);
      void task.stopped.then(() => tasks.delete(task));
      return task;
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      clearInterval(timer);
      await looking.catch(() => undefined); // it was told already
      for (const task of tasks) task.kill();
      await Promise.all([...tasks].map((task) => task.stopped));
      await balancers.close();
      await vpcs.remove();
      for (const id of fileSystems) rmSync(fileSystemDirectory(id), { recursive: true, force: true });
    },
  };
}
