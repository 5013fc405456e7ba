/** A task's interface: an address in a subnet, held by a container that the others share it with, and a firewall before it. */
import { createFirewall } from "../../../machines/firewall.ts";
import { ownTable, runLabel } from "../../../machines/run-label.ts";
import type { TaskOrder } from "../park.ts";
import { engine, removeContainer } from "./engine-api.ts";
import { smallImage } from "./small-image.ts";
import { TaskFault } from "./fault.ts";
import { subnetOf } from "./vpc.ts";
import type { Guarded, World } from "./world.ts";

/** What carries {@link runLabel} in the engine's API. */
export const label = runLabel.split("=") as [string, string]; // a key and its value

/** The interface: an address of one of the subnets, guarded by the task's groups. */
export async function joinNetwork(order: TaskOrder, world: World) {
  const account = world.account(order.region);
  const { subnets = [], securityGroups = [] } = order.network;
  const all = await Promise.all(subnets.map((id) => subnetOf(account, id)));
  const there = all.filter(({ AvailabilityZone: zone = "" }) => !world.lostZones.has(zone));
  const subnet = there[Math.floor(Math.random() * there.length)];
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
  if (subnet === undefined)
    throw new TaskFault(
      "Capacity is unavailable at this time. Please try again later or in a different availability zone",
    );
  const vpc = await world.vpc(account, subnet.VpcId ?? "");
  const address = vpc.allocate(subnet);
  // Its name is another one at every start, as its address is.
  const hostname = `ip-${address.replaceAll(".", "-")}.${order.region}.compute.internal`;
  const { Id: id } = await engine<{ Id: string }>("POST", `/containers/create?name=ecs-${order.id}`, {
    Image: await smallImage(),
    Cmd: ["tail", "-f", "/dev/null"],
    Hostname: hostname,
    Labels: Object.fromEntries([label]),
    HostConfig: { NetworkMode: vpc.network, Init: true, Dns: ["127.0.0.1"], DnsOptions: ["attempts:1", "timeout:1"] },
    NetworkingConfig: { EndpointsConfig: { [vpc.network]: { IPAMConfig: { IPv4Address: address } } } },
  });
  // IPv6 is not simulated: an address of nobody.
  const firewall = await createFirewall(ownTable(`task_${order.id}`), address, ["fd83:ffff::1"]);
  const member: Guarded = { address, groups: securityGroups, apply: firewall.set };
  const leave = async (): Promise<void> => {
    world.leave(member);
    await removeContainer(id);
    await firewall.remove();
    vpc.release(address);
  };
  try {
    await firewall.set([]);
    await engine("POST", `/containers/${id}/start`);
    await world.join(account, member);
  } catch (error) {
    await leave();
    throw error;
  }
  return { account, subnet, vpc, member, id, leave };
}
