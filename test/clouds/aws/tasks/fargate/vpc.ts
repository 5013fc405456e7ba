/**
 * A VPC as a network of this computer: a bridge of the tests' engine with the VPC's own range, addresses taken from
 * the subnets' ranges. No way out: what a task asks of AWS or a registry is done for it, if its routes would allow it.
 */
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DescribeSubnetsCommand, DescribeVpcsCommand, type Subnet } from "@aws-sdk/client-ec2";
import { execa } from "execa";
import ipaddr from "ipaddr.js";
import { docker } from "../../../machines/engine.ts";
import { withLock } from "../../../machines/lock.ts";
import { runLabel } from "../../../machines/run-label.ts";
import type { Account } from "../account.ts";

/** See the file's comment. */
export interface Vpc {
  readonly id: string;
  /** Name of the engine's network. */
  readonly network: string;
  /** A free address of a subnet. */
  readonly allocate: (subnet: Subnet) => string;
  readonly release: (address: string) => void;
  /** Makes an address of the network this computer's own: what a load balancer asks targets from. */
  readonly own: (address: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** A subnet. @throws Error when there is none */
export async function subnetOf({ ec2 }: Account, id: string): Promise<Subnet> {
  const { Subnets: [subnet] = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] }));
  if (subnet === undefined) throw new Error(`there is no subnet ${id}`);
  return subnet;
}

const number = (address: string): number =>
  ipaddr.IPv4.parse(address)
    .toByteArray()
    .reduce((sum, byte) => sum * 256 + byte, 0);
const dotted = (value: number): string => [24, 16, 8, 0].map((bits) => String((value >>> bits) & 255)).join(".");

/** Two tests may have VPCs of the same range; this computer has each range once. */
const waitSeconds = 600;

/** Makes the bridge. `ocm`: the engine lets bridges of that name talk. */
async function createBridge(cidr: string): Promise<{ name: string; bridge: string }> {
  const deadline = Date.now() + waitSeconds * 1000;
  for (;;) {
    const bridge = `ocmv${String(randomInt(1_000_000_000))}`;
    const name = `openclaw-test-${bridge}`;
    const make = ["network", "create", "--driver=bridge", "--label", runLabel, "--subnet", cidr];
    const option = ["--opt", `com.docker.network.bridge.name=${bridge}`];
    const made = await withLock("network", () =>
      docker([...make, ...option, name]).catch((error: unknown) => String(error)),
    );
    if (!made.includes("overlap")) {
      if (/\s/.test(made.trim())) throw new Error(`the VPC ${cidr} could not be made: ${made}`);
      return { name, bridge };
    }
    if (Date.now() > deadline) throw new Error(`a network of this computer has the VPC's range ${cidr}: ${made}`);
    await sleep(500);
  }
}

/** Makes the network of a VPC of the account. */
async function createVpc({ ec2 }: Account, id: string): Promise<Vpc> {
  const { Vpcs: [vpc] = [] } = await ec2.send(new DescribeVpcsCommand({ VpcIds: [id] }));
  const { name, bridge } = await createBridge(vpc?.CidrBlock ?? "");
  const taken = new Set<string>();
  return {
    id,
    network: name,
    allocate: ({ CidrBlock = "" }) => {
      const [base = "", bits = "32"] = CidrBlock.split("/");
      const size = 2 ** (32 - Number(bits));
      for (let tried = 0; tried < 1000; tried += 1) {
        // AWS keeps the first four and the last one.
        const address = dotted(number(base) + randomInt(4, size - 1));
        if (taken.has(address)) continue;
        taken.add(address);
        return address;
      }
      throw new Error(`the subnet ${CidrBlock} has no free address`);
    },
    release: (address) => taken.delete(address),
    own: async (address) => {
      await execa("ip", ["address", "add", `${address}/32`, "dev", bridge]);
    },
    remove: async () => {
      await docker(["network", "rm", name]);
    },
  };
}

/** The networks of VPCs, each made when it is first asked for. */
export function vpcNetworks() {
  const made = new Map<string, Promise<Vpc>>();
  /** Of VPCs that were deleted: a new one may have the range of such a one. */
  const forget = async ({ ec2 }: Account): Promise<void> => {
    const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
    for (const [id, vpc] of made) {
      if (Vpcs.some(({ VpcId }) => VpcId === id)) continue;
      made.delete(id);
      await (await vpc).remove();
    }
  };
  return {
    get: (account: Account, id: string): Promise<Vpc> => {
      const vpc = made.get(id) ?? forget(account).then(() => createVpc(account, id));
      made.set(id, vpc);
      return vpc;
    },
    remove: async (): Promise<void> => {
      for (const vpc of made.values()) await (await vpc).remove();
    },
  };
}
