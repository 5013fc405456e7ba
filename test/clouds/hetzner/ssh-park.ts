/** A park whose machines are only written down, but for an SSH server with the host key of their user data. */
import { parse } from "yaml";
import { fakeSshHost, type FakeSshHost } from "../../support/fake-ssh-host.ts";
import type { ServerBoot } from "./park.ts";
import { recordedPark, type RecordedPark } from "./recorded-park.ts";

/** See the file's comment. */
export interface SshPark extends RecordedPark {
  /** By the id of the server. */
  readonly hosts: ReadonlyMap<number, FakeSshHost>;
}

/** @param network of its own for each test file: they run side by side, and its hosts listen on port 22 */
export function sshPark(network: string): SshPark {
  const recorded = recordedPark(network);
  const hosts = new Map<number, FakeSshHost>();
  const close = async (id: number): Promise<void> => {
    await hosts.get(id)?.[Symbol.asyncDispose]();
    hosts.delete(id);
  };
  return Object.assign(Object.create(recorded) as RecordedPark, {
    hosts,
    bootServer: async (boot: ServerBoot) => {
      const { ssh_keys: keys } = parse(boot.userData) as { ssh_keys: { ed25519_private: string } };
      await recorded.bootServer(boot);
      hosts.set(boot.id, await fakeSshHost(boot.ipv4 ?? "", 22, keys.ed25519_private));
    },
    destroy: async (id: number) => {
      await close(id);
      await recorded.destroy(id);
    },
    [Symbol.asyncDispose]: async () => {
      for (const id of [...hosts.keys()]) await close(id);
    },
  });
}
