/** What a task needs before its containers start: an interface, routes, secrets, log streams, volumes, images. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createFirewall } from "../../../machines/firewall.ts";
import { cache } from "../../../machines/places.ts";
import { ownName, ownTable, runLabel } from "../../../machines/run-label.ts";
import type { TaskOrder, TaskState } from "../park.ts";
import type { FargateContainer } from "./container.ts";
import { engine, removeContainer } from "./engine-api.ts";
import { mountFileSystem, type MountedFileSystem } from "./file-systems.ts";
import { pull } from "./images.ts";
import { logStream } from "./log-stream.ts";
import { checkRoles } from "./roles.ts";
import { reach } from "./routes.ts";
import { resolveSecrets } from "./secrets.ts";
import { smallImage } from "./small-image.ts";
import { identityOf } from "./users.ts";
import { subnetOf } from "./vpc.ts";
import type { Guarded, World } from "./world.ts";

/** A task's place. */
export interface PreparedTask {
  /** Makes a container. @throws TaskFault */
  readonly create: (container: FargateContainer) => Promise<void>;
  /** Who ECS Exec's commands are in a container; undefined is root. */
  readonly execUser: (container: string) => string | undefined;
  readonly release: () => Promise<void>;
}

const [labelKey = "", labelValue = ""] = runLabel.split("=");

/** The interface: an address of one of the subnets, guarded by the task's groups. */
async function joinNetwork(order: TaskOrder, world: World) {
  const account = world.account(order.region);
  const { subnets = [], securityGroups = [] } = order.network;
  const subnet = await subnetOf(account, subnets[Math.floor(Math.random() * subnets.length)] ?? "");
  const vpc = await world.vpc(account, subnet.VpcId ?? "");
  const address = vpc.allocate(subnet);
  // Its name is another one at every start, as its address is.
  const hostname = `ip-${address.replaceAll(".", "-")}.${order.region}.compute.internal`;
  const { Id: id } = await engine<{ Id: string }>("POST", `/containers/create?name=ecs-${order.id}`, {
    Image: await smallImage(),
    Cmd: ["tail", "-f", "/dev/null"],
    Hostname: hostname,
    Labels: { [labelKey]: labelValue },
    HostConfig: { NetworkMode: vpc.network, Init: true, Dns: ["127.0.0.1"], DnsOptions: ["attempts:1", "timeout:1"] },
    NetworkingConfig: { EndpointsConfig: { [vpc.network]: { IPAMConfig: { IPv4Address: address } } } },
  });
  // IPv6 is not simulated: an address of nobody.
  const firewall = await createFirewall(ownTable(`task_${order.id}`), address, ["fd83:ffff::1"]);
  await firewall.set([]);
  await engine("POST", `/containers/${id}/start`);
  const member: Guarded = { address, groups: securityGroups, apply: firewall.set };
  await world.join(account, member);
  return {
    ...{ account, subnet, vpc, member, id },
    leave: async () => {
      world.leave(member);
      await removeContainer(id);
      await firewall.remove();
      vpc.release(address);
    },
  };
}

/** See the file's comment. @throws TaskFault */
export async function preparePlace(
  order: TaskOrder,
  world: World,
  placed: (place: Pick<TaskState, "address" | "subnet" | "zone" | "interfaceId">) => void,
): Promise<PreparedTask> {
  const joined = await joinNetwork(order, world);
  const { account, subnet, vpc, member } = joined;
  const files = mkdtempSync(join(cache, `${ownName("machine", `task-${order.id.slice(0, 8)}`)}-`));
  const mounted = new Map<string, MountedFileSystem>();
  const users = new Map<string, string>();
  const release = async (): Promise<void> => {
    for (const fileSystem of mounted.values()) await fileSystem.unmount();
    await joined.leave();
    rmSync(files, { recursive: true, force: true });
  };
  try {
    await checkRoles(account, order);
    const place = { vpc: vpc.id, subnet: subnet.SubnetId ?? "", region: order.region };
    const interfaceId = `eni-${randomBytes(8).toString("hex")}0`;
    placed({ address: member.address, subnet: place.subnet, zone: subnet.AvailabilityZone, interfaceId });
    const rules = await world.rules(account);
    const outside = await reach(account, place, order.network, rules);
    const containers = order.definition.containerDefinitions ?? [];
    const secrets = new Map<string, Readonly<Record<string, string>>>();
    const logs = new Map<string, Awaited<ReturnType<typeof logStream>>>();
    for (const container of containers) {
      const { name = "" } = container;
      secrets.set(name, await resolveSecrets(account, order, container, outside.service("secretsmanager")));
      logs.set(name, await logStream(account, order, container));
    }
    for (const { name = "", efsVolumeConfiguration: efs } of order.definition.volumes ?? []) {
      const client = { member, vpc: place.vpc, subnet: place.subnet, rules };
      if (efs !== undefined) mounted.set(name, await mountFileSystem(account, order, efs, client));
      // Ephemeral storage belongs to root.
      else mkdirSync(join(files, name), { mode: 0o755 });
    }
    const create = async (container: FargateContainer): Promise<void> => {
      const { name = "", image: reference = "", user, mountPoints = [] } = container.definition;
      const { image, digest } = await pull(reference, world.images, outside.internet, order).catch((error: unknown) => {
        container.failed(error instanceof Error ? error.message : String(error));
        throw error;
      });
      const identity = await identityOf(image, user);
      const volumes = new Map<string, { path: string; readOnly: boolean }>();
      for (const { sourceVolume = "" } of mountPoints) {
        const efs = mounted.get(sourceVolume);
        const path = efs === undefined ? join(files, sourceVolume) : await efs.directory(identity);
        volumes.set(sourceVolume, { path, readOnly: efs?.readOnly ?? false });
        if (efs?.identity !== undefined) users.set(name, `${String(identity.uid)}:${String(identity.gid)}`);
      }
      const found = logs.get(name);
      if (found === undefined) return;
      await container.create(
        order,
        {
          ...{ label: [labelKey, labelValue] as const, networkOf: joined.id, image, volumes },
          ...{ secrets: secrets.get(name) ?? {}, command: order.commands.get(name) },
        },
        found,
        digest,
      );
    };
    return { create, release, execUser: (container) => users.get(container) };
  } catch (error) {
    await release();
    throw error;
  }
}
