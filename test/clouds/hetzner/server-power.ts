/** What happens to a server's machine. */
import { rulesOf } from "./firewalls.ts";
import type { PrivateAddress, ServerBoot } from "./park.ts";
import { primaryIpOf } from "./primary-ips.ts";
import type { Project } from "./project.ts";
import type { Server } from "./records.ts";

function bootOf(project: Project, server: Server): ServerBoot {
  const ipv4 = primaryIpOf(project, server, "ipv4")?.ip;
  const ipv6 = primaryIpOf(project, server, "ipv6")?.ip;
  return {
    ...{ id: server.id, name: server.name, image: server.image.name, architecture: server.type.architecture },
    ...{ memoryGib: server.type.memory, userData: server.userData, rootKeys: server.sshKeys },
    volumes: volumesOf(project, server),
    rules: rulesOf(project, server.id),
    privateNets: privateAddresses(project, server),
    ...(ipv4 === undefined ? {} : { ipv4 }),
    ...(ipv6 === undefined ? {} : { ipv6 }),
  };
}

const privateAddresses = ({ networks }: Project, server: Server): readonly PrivateAddress[] =>
  server.privateNets.map(({ network, ip }) => ({ network, ip, range: networks.require(network).ip_range }));

/** Gives a server's machine the private addresses that the server has. */
export async function applyPrivateNets(project: Project, server: Server): Promise<void> {
  if (server.booted) await project.park.applyPrivateNets(server.id, privateAddresses(project, server));
}

/** The ids of the volumes that hang on a server. */
export function volumesOf({ volumes }: Project, server: Server): readonly number[] {
  return [...volumes.values()].filter((volume) => volume.server === server.id).map(({ id }) => id);
}

/** Switches it on: the first time, there is no machine yet. */
export async function switchOn(project: Project, server: Server): Promise<void> {
  server.status = "starting";
  if (server.booted) await project.park.start(server.id);
  else await project.park.bootServer(bootOf(project, server));
  server.booted = true;
  server.status = "running";
}

/** Pulls the plug. */
export async function switchOff({ park }: Project, server: Server): Promise<void> {
  server.status = "stopping";
  if (server.booted) await park.powerOff(server.id);
  server.status = "off";
}

/**
 * Sends the ACPI signal. The guest takes its time, or ignores it: the action that did this is over before.
 *
 * @param then what follows when the guest is through. @default nothing
 */
export function signalShutdown({ park }: Project, server: Server, then?: () => Promise<void>): void {
  if (server.status !== "running") return;
  const off = async (): Promise<void> => {
    if (server.status === "running") server.status = "off";
    await then?.();
  };
  park
    .shutdown(server.id)
    .then(off)
    .catch(() => undefined); // it was removed meanwhile
}

/** A fresh disk from an image: everything on the old one is gone. */
export async function rebuild(project: Project, server: Server): Promise<void> {
  server.status = "rebuilding";
  if (server.booted) await project.park.destroy(server.id);
  server.booted = false;
  await switchOn(project, server);
}
