/** The private network that a server is to join. */
import { z } from "zod";
import { HetznerError, type HetznerApi } from "./api.ts";
import type { HetznerObjection } from "./wanted.ts";

const network = z.object({
  name: z.string(),
  subnets: z.array(z.object({ type: z.string(), network_zone: z.string() })),
});

/** What Hetzner Cloud knows of a wanted network. */
export interface FoundNetwork {
  readonly id: number;
  /** Undefined when there is none with this id. */
  readonly network: z.output<typeof network> | undefined;
  /** Zone of the wanted location; undefined when there is no such location. */
  readonly zone: string | undefined;
}

/** Two requests. @throws HetznerError */
export async function lookAtNetwork(api: HetznerApi, id: number, region: string): Promise<FoundNetwork> {
  const locations = z.object({ locations: z.array(z.object({ network_zone: z.string() })) });
  const [found, where] = await Promise.all([
    api.get(`/networks/${String(id)}`, z.object({ network })).catch((error: unknown) => {
      if (error instanceof HetznerError && error.status === 404) return undefined;
      throw error;
    }),
    api.get(`/locations?name=${encodeURIComponent(region)}`, locations),
  ]);
  return { id, network: found?.network, zone: where.locations[0]?.network_zone };
}

/** What speaks against `host.networkId`. Pure. */
export function networkObjections(found: FoundNetwork | undefined, region: string): HetznerObjection[] {
  if (found === undefined) return [];
  const object = (got: string, allowed: string): HetznerObjection[] => [
    { path: ["host", "networkId"], got: `${String(found.id)}, ${got}`, allowed, value: undefined },
  ];
  if (found.network === undefined) {
    return object(
      "which Hetzner Cloud does not have",
      "the id of a private network in the project of the API token, or nothing",
    );
  }
  const { name, subnets } = found.network;
  // Of an unknown location something else is said.
  if (found.zone === undefined) return [];
  if (subnets.some(({ type, network_zone: zone }) => type !== "vswitch" && zone === found.zone)) return [];
  return object(
    `the network ${name}, which has no subnet in ${found.zone}, where ${region} is`,
    `a network with a subnet of ${found.zone}: hcloud network add-subnet ${name} --type cloud --network-zone ${found.zone}`,
  );
}
