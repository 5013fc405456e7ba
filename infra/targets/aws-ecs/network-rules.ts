/** Faults between the keys of `network`. Pure. */
import { removeCommand, setCommand, shown, type Fault, type KeyPath } from "../../config-faults.ts";
import type { AwsEcsConfig } from "../aws-ecs.ts";

const example = "subnet-0123456789abcdef0";
/** Of which no two are alike. */
const exampleOf = (index: number): string => `${example.slice(0, -1)}${String(index)}`;

function adoptedFaults({ network, access }: AwsEcsConfig): Fault[] {
  const faults: Fault[] = [];
  const least = (name: "taskSubnetIds" | "loadBalancerSubnetIds", number: number, what: string): void => {
    const path: KeyPath = ["network", name];
    const ids = new Set(network[name]);
    if (ids.size >= number && ids.size === network[name].length) return;
    const got = network[name].length === 0 ? "nothing" : shown(network[name], false);
    const missing = Array.from({ length: Math.max(1, number - ids.size) }, (_, index) => ids.size + index);
    const type = missing.map((index) => setCommand([...path, index], exampleOf(index))).join(" && ");
    faults.push({ path, got, allowed: `${String(number)} or more different subnets ${what}`, type });
  };
  least("taskSubnetIds", 2, "beside openclaw:network.vpcId");
  if (access.mode === "https") least("loadBalancerSubnetIds", 2, "beside openclaw:network.vpcId with mode https");
  if (access.mode === "tunnel" && network.loadBalancerSubnetIds.length > 0) {
    const path = ["network", "loadBalancerSubnetIds"];
    const got = shown(network.loadBalancerSubnetIds, false);
    faults.push({ path, got, allowed: "nothing without openclaw:access.mode https", type: removeCommand(path) });
  }
  for (const id of network.loadBalancerSubnetIds.filter((other) => network.taskSubnetIds.includes(other))) {
    const path = ["network", "loadBalancerSubnetIds", network.loadBalancerSubnetIds.indexOf(id)];
    faults.push({
      path,
      got: `${shown(id, false)}, which is in network.taskSubnetIds too`,
      allowed: "subnets for the load balancer alone: the gateway trusts every address in them",
      type: setCommand(path, example),
    });
  }
  if (network.zones.length > 0) {
    const path = ["network", "zones"];
    const allowed = "nothing beside openclaw:network.vpcId: its subnets have zones";
    faults.push({ path, got: shown(network.zones, false), allowed, type: removeCommand(path) });
  }
  return faults;
}

function ownFaults({ network }: AwsEcsConfig): Fault[] {
  const faults: Fault[] = [];
  for (const name of ["taskSubnetIds", "loadBalancerSubnetIds"] as const) {
    if (network[name].length === 0) continue;
    const path = ["network", name];
    const type = `${removeCommand(path)}, or ${setCommand(["network", "vpcId"], "vpc-0123456789abcdef0")}`;
    faults.push({ path, got: shown(network[name], false), allowed: "nothing without openclaw:network.vpcId", type });
  }
  const [one, other] = network.zones;
  if (network.zones.length > 0 && (other === undefined || one === other)) {
    const path = ["network", "zones"];
    const allowed = "two different availability zones, or none";
    const another = `${(one ?? "").slice(0, -1)}${one?.endsWith("a") === true ? "b" : "a"}`;
    const type = `${setCommand([...path, 1], another)}, or ${removeCommand(path)}`;
    faults.push({ path, got: shown(network.zones, false), allowed, type });
  }
  return faults;
}

/** See the file's comment. */
export const networkFaults = (config: AwsEcsConfig): Fault[] =>
  config.network.vpcId === undefined ? ownFaults(config) : adoptedFaults(config);
