/** What Hetzner sells. Names and shapes are real ones; ids are, where they are known; prices are the simulation's own. */

export interface Location {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly country: string;
  readonly city: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly network_zone: string;
}

export interface Deprecation {
  readonly announced: string;
  readonly unavailable_after: string;
}

/** A server type where it is sold. */
export interface Offer {
  readonly location: string;
  /** EUR a month, net. */
  readonly monthly: number;
  deprecation: Deprecation | null;
  /** Whether it can be ordered now: supply changes daily. */
  available: boolean;
}

export interface ServerType {
  readonly id: number;
  readonly name: string;
  readonly category: string;
  readonly architecture: "x86" | "arm";
  readonly cpu: "shared" | "dedicated";
  readonly cores: number;
  /** GiB */
  readonly memory: number;
  /** GB */
  readonly disk: number;
  readonly offers: readonly Offer[];
}

export interface Image {
  readonly id: number;
  readonly name: string;
  readonly flavor: "debian" | "ubuntu";
  readonly version: string;
  readonly architecture: "x86" | "arm";
  readonly deprecated: string | null;
}

/** What can be ordered; a test may change supply and deprecations. */
export interface Catalog {
  readonly locations: readonly Location[];
  readonly serverTypes: readonly ServerType[];
  readonly images: readonly Image[];
}

/** EUR a month, net. */
export const prices = { primaryIpv4: 0.5, primaryIpv6: 0, volumePerGb: 0.044 } as const;

const place = (id: number, name: string, city: string, country: string, network_zone: string): Location => ({
  ...{ id, name, description: `${city} DC Park 1`, country, city, latitude: 50.1, longitude: 12.3, network_zone },
});

const europe = ["fsn1", "nbg1", "hel1"];
const america = ["ash", "hil"];
const everywhere = [...europe, ...america, "sin"];
/** What became of the older generation at the end of 2025. */
const gone: Deprecation = { announced: "2025-10-16T06:00:00Z", unavailable_after: "2025-12-31T23:59:59Z" };

function serverType(
  [id, name, category]: readonly [number, string, string],
  [cores, memory, disk]: readonly [number, number, number],
  monthly: number,
  locations: readonly string[],
  deprecatedIn: readonly string[] = [],
): ServerType {
  const offer = (location: string): Offer => {
    const deprecated = deprecatedIn.includes(location);
    return { location, monthly, deprecation: deprecated ? gone : null, available: !deprecated };
  };
  const architecture = name.startsWith("cax") ? "arm" : "x86";
  const cpu = name.startsWith("ccx") ? "dedicated" : "shared";
  return { id, name, category, architecture, cpu, cores, memory, disk, offers: locations.map(offer) };
}

const image = (id: number, name: string, architecture: "x86" | "arm", deprecated: string | null = null): Image => {
  const [flavor, version] = name.split("-") as ["debian" | "ubuntu", string]; // the names below have that form
  return { id, name, flavor, version, architecture, deprecated };
};

/** A fresh catalog: tests change theirs. */
export function catalog(): Catalog {
  return {
    locations: [
      place(1, "fsn1", "Falkenstein", "DE", "eu-central"),
      place(2, "nbg1", "Nuremberg", "DE", "eu-central"),
      place(3, "hel1", "Helsinki", "FI", "eu-central"),
      place(4, "ash", "Ashburn, VA", "US", "us-east"),
      place(5, "hil", "Hillsboro, OR", "US", "us-west"),
      place(6, "sin", "Singapore", "SG", "ap-southeast"),
    ],
    serverTypes: [
      serverType([22, "cpx11", "Regular Performance"], [2, 2, 40], 4.99, america),
      serverType([23, "cpx21", "Regular Performance"], [3, 4, 80], 9.49, [...europe, ...america], europe),
      serverType([45, "cax11", "Cost-Optimized"], [2, 4, 40], 4.49, europe),
      serverType([93, "cax21", "Cost-Optimized"], [4, 8, 80], 7.99, europe),
      serverType([96, "ccx13", "General Purpose"], [2, 8, 80], 15.99, everywhere),
      serverType([104, "cx22", "Cost-Optimized"], [2, 4, 40], 3.79, europe, europe),
      serverType([109, "cpx22", "Regular Performance"], [2, 4, 80], 7.99, [...europe, "sin"]),
      serverType([114, "cx23", "Cost-Optimized"], [2, 4, 40], 3.99, europe),
      serverType([115, "cx33", "Cost-Optimized"], [4, 8, 80], 6.49, europe),
    ],
    images: [
      image(310557660, "debian-13", "x86"),
      image(310557664, "debian-13", "arm"),
      image(161547269, "ubuntu-24.04", "x86"),
      image(161547270, "ubuntu-24.04", "arm"),
      image(15512617, "ubuntu-20.04", "x86", "2025-05-02T00:00:00Z"),
    ],
  };
}
