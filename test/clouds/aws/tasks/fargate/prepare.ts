/** What a task needs before its containers start: an interface, routes, secrets, log streams, volumes, images. */
import { randomBytes } from "node:crypto";
import type { TaskOrder, TaskState } from "../park.ts";
import type { FargateContainer } from "./container.ts";
import { checkRegistry, mayPull } from "./ecr.ts";
import { pull } from "./images.ts";
import { logStream, type LogStream } from "./log-stream.ts";
import { joinNetwork, label } from "./network-interface.ts";
import { checkRoles } from "./roles.ts";
import { reach } from "./routes.ts";
import { resolveSecrets } from "./secrets.ts";
import { identityOf } from "./users.ts";
import { taskVolumes } from "./volumes.ts";
import type { World } from "./world.ts";

/** A task's place. */
export interface PreparedTask {
  /** Makes a container. @throws TaskFault */
  readonly create: (container: FargateContainer) => Promise<void>;
  /** Who ECS Exec's commands are in a container; undefined is root. */
  readonly execUser: (container: string) => string | undefined;
  readonly release: () => Promise<void>;
}

/** What a container is given besides its definition. */
interface Provision {
  readonly secrets: Readonly<Record<string, string>>;
  readonly logs: LogStream;
}

/** See the file's comment. @throws TaskFault */
export async function preparePlace(
  order: TaskOrder,
  world: World,
  placed: (place: Pick<TaskState, "address" | "subnet" | "zone" | "interfaceId">) => void,
): Promise<PreparedTask> {
  const joined = await joinNetwork(order, world);
  const { account, subnet, vpc, member } = joined;
  const volumes = taskVolumes(order);
  const execUsers = new Map<string, string>();
  const provisions = new Map<string, Provision>();
  const release = async (): Promise<void> => {
    await volumes.release();
    await joined.leave();
  };
  try {
    const place = { vpc: vpc.id, subnet: subnet.SubnetId ?? "", region: order.region };
    const interfaceId = `eni-${randomBytes(8).toString("hex")}0`;
    placed({ address: member.address, subnet: place.subnet, zone: subnet.AvailabilityZone, interfaceId });
    await checkRoles(account, order);
    const rules = await world.rules(account);
    const outside = await reach(account, place, order.network, rules, world.lostZones);
    for (const container of order.definition.containerDefinitions ?? []) {
      await checkRegistry(account, order, container);
      const secrets = await resolveSecrets(account, order, container, outside.service("secretsmanager"));
      provisions.set(container.name ?? "", { secrets, logs: await logStream(account, order, container) });
    }
    await volumes.mount(account, order, { member, rules, ...place });
    const create = async (container: FargateContainer): Promise<void> => {
      const { definition } = container;
      const { name = "", image: reference = "" } = definition;
      const pulled = mayPull(account, order, reference).then(() =>
        pull(reference, world.images, outside.internet, order),
      );
      const { image, digest } = await pulled.catch((error: unknown) => {
        container.failed(error instanceof Error ? error.message : String(error));
        throw error;
      });
      const user = await identityOf(image, definition.user);
      if (volumes.areIdentified(definition)) execUsers.set(name, `${String(user.uid)}:${String(user.gid)}`);
      const provision = provisions.get(name);
      if (provision === undefined) throw new Error(`the container ${name} is not of this task`);
      const own = {
        ...{ label, networkOf: joined.id, image, secrets: provision.secrets },
        command: order.commands.get(name),
      };
      await container.create(order, { ...own, volumes: await volumes.of(definition, user) }, provision.logs, digest);
    };
    return { create, release, execUser: (container) => execUsers.get(container) };
  } catch (error) {
    await release();
    throw error;
  }
}
