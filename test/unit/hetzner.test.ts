import { describe, expect, it } from "vitest";
import { hetznerObjections, hetznerWarnings } from "../../components/host/hetzner/checks.ts";
import type { Wanted } from "../../components/host/hetzner/wanted.ts";
import { hetznerAccess } from "../../components/host/hetzner/access.ts";
import type { Found, Server, ServerType, Volume } from "../../components/host/hetzner/found.ts";
import { powerChange } from "../../components/host/hetzner/graceful-stop.ts";
import { hetznerLabels, hetznerNames } from "../../components/host/hetzner/names.ts";
import { deployAddress } from "../../components/host/hetzner/shape.ts";

const now = new Date("2026-11-21T00:00:00Z");

type Offer = ServerType["locations"][number];
const offer = (name: string, change: Partial<Offer> = {}): Offer => ({ name, deprecation: null, ...change });
const ending = (unavailable_after: string) => ({ deprecation: { unavailable_after } });

const type = (name: string, change: Partial<ServerType> = {}): ServerType => ({
  name,
  architecture: "x86",
  cores: 2,
  memory: 4,
  disk: 40,
  locations: [offer("fsn1"), offer("hel1")],
  ...change,
});

const serverTypes = [
  type("cx23"),
  type("cx33", { memory: 8, disk: 80, cores: 4 }),
  type("cx13", { memory: 2, disk: 20 }),
  type("cax11", { architecture: "arm" }),
  type("ash1", { locations: [offer("ash")] }),
  type("old", { locations: [offer("fsn1", ending("2026-11-20T23:59:59Z"))] }),
  type("ageing", { locations: [offer("fsn1", ending("2027-01-31T23:59:59Z"))] }),
  type("rare", { locations: [offer("fsn1", { available: false })] }),
];

const names = hetznerNames("openclaw", "prod");

const server = (change: Partial<Server> = {}): Server => ({
  id: 42,
  name: names.server,
  status: "running",
  server_type: { name: "cx23", architecture: "x86" },
  primary_disk_size: 40,
  labels: { ...hetznerLabels(names, {}), "openclaw-rebuild": "0" },
  volumes: [],
  ...change,
});

const volume = (change: Partial<Volume> = {}): Volume => ({
  id: 7,
  name: names.volume,
  size: 20,
  location: { name: "fsn1" },
  server: null,
  labels: hetznerLabels(names, {}),
  ...change,
});

const found = (change: Partial<Found> = {}): Found => ({
  serverTypes,
  images: [
    { name: "debian-13", architecture: "x86" },
    { name: "debian-13", architecture: "arm" },
  ],
  server: undefined,
  isDeployed: false,
  volume: undefined,
  adopted: undefined,
  network: undefined,
  ...change,
});

const wanted = (change: Partial<Wanted> = {}): Wanted => ({
  names,
  size: "cx23",
  region: "fsn1",
  image: "debian-13",
  rebuild: 0,
  memoryMiB: 2048,
  ...change,
});

const deployed = { isDeployed: true, server: server(), volume: volume({ server: 42 }) };

/** The objections as lines, `key: got → allowed [value]`. */
const objections = (what: Partial<Found>, to: Partial<Wanted>): string[] =>
  hetznerObjections(found(what), wanted(to), now).map(
    ({ path, got, allowed, value }) => `${path.join(".")}: ${got} → ${allowed} [${value ?? "remove"}]`,
  );

const here = "what fsn1 has now: cx23, cx33 [cx23]";

describe("a configuration that Hetzner Cloud can do", () => {
  it.each<[string, Partial<Found>, Partial<Wanted>]>([
    ["a new stack", {}, {}],
    ["a new stack on arm", {}, { size: "cax11" }],
    ["a deployed one", deployed, {}],
    ["a bigger type", deployed, { size: "cx33" }],
    [
      "a type that is gone, for a server that has it",
      { ...deployed, server: server({ server_type: { name: "old", architecture: "x86" } }) },
      { size: "old" },
    ],
    ["another architecture, with a rebuild", deployed, { size: "cax11", rebuild: 1 }],
    ["a smaller disk, with a rebuild", { ...deployed, server: server({ primary_disk_size: 80 }) }, { rebuild: 1 }],
    ["an image that is gone, for a server that exists", { ...deployed, images: [] }, {}],
    ["a bigger volume", deployed, { sizeGb: 21 }],
    ["a volume to adopt", { adopted: volume() }, { adopt: 7 }],
    [
      "one that another stack left",
      { adopted: volume({ name: "openclaw-old-data", labels: hetznerLabels(hetznerNames("openclaw", "old"), {}) }) },
      { adopt: 7 },
    ],
    [
      "one that somebody permits",
      { adopted: volume({ name: "mine", labels: { "managed-by": "pulumi-openclaw" } }) },
      { adopt: 7 },
    ],
    [
      "one that was adopted, and somebody took its labels",
      { isDeployed: true, server: server(), adopted: volume({ server: 42, labels: {} }) },
      { adopt: 7 },
    ],
    [
      "a volume that was adopted",
      { isDeployed: true, server: server(), adopted: volume({ server: 42 }) },
      { adopt: 7 },
    ],
    [
      "a server of the same name that is somebody else's",
      { server: server({ labels: {}, server_type: { name: "cax11", architecture: "arm" } }) },
      {},
    ],
    ["a stack whose server was deleted", { isDeployed: true, volume: volume() }, {}],
  ])("%s", (_, what, to) => {
    expect(objections(what, to)).toEqual([]);
  });
});

describe("a configuration that Hetzner Cloud cannot do", () => {
  it.each<[string, Partial<Found>, Partial<Wanted>, string[]]>([
    [
      "a type that there is not",
      {},
      { size: "cx99" },
      ['host.size: "cx99", which Hetzner Cloud does not have → what fsn1 has now: cax11, cx23, cx33 [cax11]'],
    ],
    [
      "a type that the region does not have",
      {},
      { size: "ash1" },
      [`host.size: "ash1", which is not sold in fsn1 → ${here}`],
    ],
    [
      "a type that is not sold any more",
      {},
      { size: "old" },
      [`host.size: "old", which is not sold in fsn1 any more → ${here}`],
    ],
    ["a type that is sold out", {}, { size: "rare" }, [`host.size: "rare", which is sold out in fsn1 now → ${here}`]],
    [
      "a region that there is not",
      {},
      { region: "mars1" },
      ['host.region: "mars1", which Hetzner Cloud does not have → ash, fsn1, hel1 [ash]'],
    ],
    [
      "a type without the memory for the container",
      {},
      { size: "cx13" },
      [`host.size: "cx13" with 2 GB for a container of 2048 MiB and the host's own 768 MiB → ${here}`],
    ],
    ["more processors than the type has", {}, { cpus: 4 }, ["gateway.cpus: 4 → at most 2: a cx23 has no more [2]"]],
    [
      "another architecture",
      deployed,
      { size: "cax11" },
      [
        'host.size: "cax11" (arm) for a server that is cx23 (x86) → types of x86; the other architecture needs a new server: raise openclaw:host.rebuild to 1 too [cx23]',
      ],
    ],
    [
      "a smaller disk",
      { ...deployed, server: server({ primary_disk_size: 80, server_type: { name: "cx33", architecture: "x86" } }) },
      {},
      [
        'host.size: "cx23" with a disk of 40 GB for a server whose disk has 80 GB → types with 80 GB or more: disks do not shrink; a new server may be smaller: raise openclaw:host.rebuild to 1 too [cx33]',
      ],
    ],
    [
      "an image for the other architecture only",
      { images: [{ name: "debian-13", architecture: "x86" }] },
      { size: "cax11" },
      [
        'host.image: "debian-13", which Hetzner Cloud does not have for arm → an image that Hetzner Cloud offers for new servers; a newer version of this program may know one [remove]',
      ],
    ],
    [
      "a deprecated image",
      { images: [{ name: "debian-12", architecture: "x86", deprecated: "2025-05-02T00:00:00Z" }] },
      { image: "debian-12" },
      [
        'host.image: "debian-12", which is deprecated there → an image that Hetzner Cloud offers for new servers; a newer version of this program may know one [remove]',
      ],
    ],
    [
      "another region than the data's",
      deployed,
      { region: "hel1" },
      [
        'host.region: "hel1" for a server of the data volume openclaw-prod-data (7), which is in fsn1 → fsn1: a server is where its data is, and a volume does not move [fsn1]',
      ],
    ],
    [
      "a smaller volume",
      deployed,
      { sizeGb: 10 },
      ["data.sizeGb: 10 → 20 or more: that is the size of openclaw-prod-data (7), and volumes only grow [20]"],
    ],
    [
      "a volume that was kept, in another region",
      { volume: volume({ location: { name: "hel1" } }) },
      {},
      [
        "data.adopt: nothing, and there is a volume openclaw-prod-data (7, 20 GB in hel1) already: an earlier stack's, whose state was kept → its id: this stack then goes on with that state; or another name for the stack [7]",
        'host.region: "fsn1" for a server of the data volume openclaw-prod-data (7), which is in hel1 → hel1: a server is where its data is, and a volume does not move [hel1]',
      ],
    ],
    [
      "a volume that there is not",
      {},
      { adopt: 8 },
      ["data.adopt: 8 → the id of a volume in the project of the API token [remove]"],
    ],
    [
      "a volume of another server",
      { adopted: volume({ server: 43 }) },
      { adopt: 7 },
      [
        "data.adopt: 7, which is attached to the server 43 → a volume that no other server uses: destroy its stack first [remove]",
      ],
    ],
    [
      "another volume for a stack that has one",
      { ...deployed, adopted: volume({ id: 8 }) },
      { adopt: 8 },
      [
        "data.adopt: 8 for a stack that has its data on openclaw-prod-data (7) → nothing here: a new stack adopts [remove]",
      ],
    ],
    [
      "another volume for a stack whose own somebody renamed and detached",
      { ...deployed, volume: volume({ name: "renamed" }), adopted: volume({ id: 8, name: "other" }) },
      { adopt: 8 },
      ["data.adopt: 8 for a stack that has its data on renamed (7) → nothing here: a new stack adopts [remove]"],
    ],
    [
      "the volume of a stack that is not destroyed",
      { adopted: volume({ name: "openclaw-old-data" }), adoptedOwner: "openclaw-old" },
      { adopt: 7 },
      [
        "data.adopt: 7, which is the volume of openclaw-old, a stack that is not destroyed: its SSH key openclaw-old-deploy is there → a volume that no other stack has: destroy that stack first [remove]",
      ],
    ],
    [
      "a volume that this program did not make",
      { adopted: volume({ name: "photos", labels: { team: "a" } }) },
      { adopt: 7 },
      [
        "data.adopt: 7, a volume without the label managed-by=pulumi-openclaw: this program did not make it → a volume that holds OpenClaw's state, or nothing. If this one does, say so: hcloud volume add-label 7 managed-by=pulumi-openclaw [remove]",
      ],
    ],
    [
      "another volume than the one that was kept",
      { volume: volume(), adopted: volume({ id: 8, name: "other" }) },
      { adopt: 8 },
      [
        "data.adopt: 8, and there is a volume openclaw-prod-data (7) already: an earlier stack's of this name → 7; or another name for the stack [7]",
      ],
    ],
    [
      "several at once",
      { ...deployed },
      { size: "cx99", region: "hel1", sizeGb: 10 },
      [
        'host.size: "cx99", which Hetzner Cloud does not have → what hel1 has now: cx23, cx33 [cx23]',
        'host.region: "hel1" for a server of the data volume openclaw-prod-data (7), which is in fsn1 → fsn1: a server is where its data is, and a volume does not move [fsn1]',
        "data.sizeGb: 10 → 20 or more: that is the size of openclaw-prod-data (7), and volumes only grow [20]",
      ],
    ],
  ])("%s", (_, what, to, lines) => {
    expect(objections(what, to)).toEqual(lines);
  });
});

it("warns of a type whose end is announced", () => {
  expect(hetznerWarnings(found(), wanted({ size: "ageing" }), now)).toEqual([
    "the server type ageing is sold in fsn1 until 2027-01-31T23:59:59Z: a server that is replaced later needs another openclaw:host.size",
  ]);
  expect(hetznerWarnings(found(), wanted(), now)).toEqual([]);
});

describe("the power of a server", () => {
  it.each<[string, Server | undefined, { size?: string; rebuild?: number }, string]>([
    ["none", undefined, {}, "none"],
    ["nothing to change", server(), {}, "none"],
    ["another type", server(), { size: "cx33" }, "stop"],
    ["a rebuild", server(), { rebuild: 1 }, "stop"],
    ["another type, off already", server({ status: "off" }), { size: "cx33" }, "none"],
    ["off, nothing to change", server({ status: "off" }), {}, "start"],
    ["somebody else's", server({ labels: {}, status: "off" }), { size: "cx33" }, "none"],
  ])("%s", (_, of, to, change) => {
    expect(powerChange(of, { names, size: "cx23", rebuild: 0, ...to })).toBe(change);
  });
});

describe("names", () => {
  it("are those of host names, whatever the stack is called", () => {
    expect(hetznerNames("openclaw", "Prod_1.eu")).toEqual({
      server: "openclaw-prod-1-eu",
      volume: "openclaw-prod-1-eu-data",
      firewall: "openclaw-prod-1-eu-firewall",
      deployKey: "openclaw-prod-1-eu-deploy",
      ipv4: "openclaw-prod-1-eu-ipv4",
      ipv6: "openclaw-prod-1-eu-ipv6",
    });
  });

  it("refuse a stack whose own is too long", () => {
    expect(() => hetznerNames("openclaw", "a".repeat(42))).toThrow(
      `the name of the stack, ${"a".repeat(42)}, makes names that are too long for Hetzner Cloud; allowed: 41 characters`,
    );
  });

  it("stand in labels that no tag replaces", () => {
    expect(hetznerLabels(names, { team: "a", "managed-by": "me" })).toEqual({
      team: "a",
      "managed-by": "pulumi-openclaw",
      "openclaw-stack": "openclaw-prod",
    });
  });
});

it("asks where the provider does: its configuration, then the environment, then Hetzner", () => {
  expect(hetznerAccess({}, { HCLOUD_TOKEN: "v" })).toEqual({ token: "v", endpoint: "https://api.hetzner.cloud/v1" });
  const variables = { HCLOUD_TOKEN: "v", HCLOUD_ENDPOINT: "http://e/v1/" };
  expect(hetznerAccess({}, variables)).toEqual({ token: "v", endpoint: "http://e/v1" });
  const providers = { "hcloud:token": "c", "hcloud:endpoint": "http://c/v1" };
  expect(hetznerAccess(providers, variables)).toEqual({ token: "c", endpoint: "http://c/v1" });
});

it("connects by IPv6 only where IPv4 is not let in", () => {
  expect(deployAddress(["2001:db8::/48", "203.0.113.7/32"])).toBe("ipv4");
  expect(deployAddress(["2001:db8::/48"])).toBe("ipv6");
});
