/**
 * Stacks at Hetzner Cloud without what runs on hosts: the real Pulumi, the real provider, the simulated API in front of
 * machines that are only written down, and in place of each an SSH server that boots at once.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { startHetznerCloud, type HetznerCloud } from "../clouds/hetzner/hetzner-cloud.ts";
import { sshPark, type SshPark } from "../clouds/hetzner/ssh-park.ts";
import { hetzner } from "../unit/bad-configurations.ts";
import { deployer, type Deployer } from "./deployer.ts";
import { hetznerStack, type HetznerStack } from "./hetzner-stack.ts";

/** In place of what runs on hosts. */
const stub = `
import * as pulumi from "@pulumi/pulumi";
export class ContainerGateway extends pulumi.ComponentResource {
  constructor(name, args, opts) {
    super("openclaw:container:Gateway", name, {}, opts);
    this.token = pulumi.secret("token");
    this.url = args.host.ready.id.apply(() => "http://127.0.0.1:" + args.spec.port + "/");
    this.releaseId = pulumi.all([args.host.identity, args.host.data]).apply(([identity, { device, sizeGb }]) => [identity, device, sizeGb].join(" "));
    this.downtimeSeconds = pulumi.output(undefined);
    this.registerOutputs({});
  }
}
`;

/** See the file's comment. */
export interface HetznerWithoutHosts extends AsyncDisposable {
  readonly clone: Deployer;
  readonly cloud: HetznerCloud;
  readonly park: SshPark;
  readonly newStack: (name: string) => Promise<HetznerStack>;
}

/** @param network first two numbers of the servers' addresses, such as `127.77`: of its own for each test file */
export async function hetznerWithoutHosts(network: string): Promise<HetznerWithoutHosts> {
  const clone = deployer("hetzner");
  writeFileSync(join(clone.checkout, "components/container/container-gateway.ts"), stub);
  const park = sshPark(network);
  const cloud = await startHetznerCloud({ park });
  return {
    ...{ clone, cloud, park },
    newStack: (name) =>
      hetznerStack(clone, cloud, name, {
        poll: { pollInterval: "1ms" },
        allowedCidr: "127.0.0.0/8",
        authorizedKey: hetzner.ssh.authorizedKeys[0] ?? "",
      }),
    [Symbol.asyncDispose]: async () => {
      expect(cloud.violations).toEqual([]);
      await cloud[Symbol.asyncDispose]();
      await park[Symbol.asyncDispose]();
      clone.remove();
    },
  };
}

/** The only one on a shelf of the cloud. @throws Error when there is none, or several */
export function only<T>(shelf: ReadonlyMap<number, T>): T {
  const [item, ...rest] = shelf.values();
  if (item === undefined || rest.length > 0) throw new Error(`${String(shelf.size)} of them`);
  return item;
}

/** What `cloud.exists()` tells of a stack of this name that is deployed. */
export const everythingOf = (stack: string) => ({
  servers: [`openclaw-${stack}`],
  volumes: [`openclaw-${stack}-data`],
  firewalls: [`openclaw-${stack}-firewall`],
  primaryIps: [`openclaw-${stack}-ipv4`, `openclaw-${stack}-ipv6`],
  sshKeys: [`openclaw-${stack}-deploy`],
  networks: [],
  placementGroups: [],
});

/** What it tells of an empty project. */
export const nothingAtAll = {
  ...{ servers: [], volumes: [], firewalls: [], primaryIps: [], sshKeys: [], networks: [], placementGroups: [] },
};
