/** What speaks against a configuration once Hetzner Cloud was asked, before anything is created. Pure. */
import { dataObjections } from "./data-checks.ts";
import type { Found } from "./found.ts";
import { networkObjections } from "./private-network.ts";
import { imageObjections, sizeObjections } from "./server-checks.ts";
import type { HetznerObjection, Wanted } from "./wanted.ts";

/** Everything that speaks against the configuration. */
export const hetznerObjections = (found: Found, wanted: Wanted, now: Date): HetznerObjection[] => [
  ...sizeObjections(found, wanted, now),
  ...imageObjections(found, wanted),
  ...dataObjections(found, wanted),
  ...networkObjections(found.network, wanted.region),
];

/** What will speak against it one day: the type's end is announced where the server is. */
export function hetznerWarnings(found: Found, wanted: Wanted, now: Date): string[] {
  const type = found.serverTypes.find(({ name }) => name === wanted.size);
  const until = type?.locations.find(({ name }) => name === wanted.region)?.deprecation?.unavailable_after;
  if (until === undefined || new Date(until) <= now) return [];
  return [
    `the server type ${wanted.size} is sold in ${wanted.region} until ${until}: a server that is replaced later needs another openclaw:host.size`,
  ];
}
