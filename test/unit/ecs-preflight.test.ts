/** What speaks against a configuration once AWS was asked: each fault exactly. */
import { describe, expect, it } from "vitest";
import { awsObjections } from "../../components/ecs/preflight/checks.ts";
import type { Found, FoundFileSystem } from "../../components/ecs/preflight/found.ts";
import { regionObjections } from "../../components/ecs/preflight/place-checks.ts";
import type { Wanted } from "../../components/ecs/preflight/wanted.ts";

const owner = "openclaw/prod";
const certificateArn = "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef";

const found: Found = {
  place: { partition: "aws", account: "123456789012", region: "eu-central-1" },
  zones: ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
  vpcs: [{ id: "vpc-default", cidrs: ["172.31.0.0/16"], owner: undefined }],
  dnsHostnames: undefined,
  subnets: [],
  fileSystems: [],
  deployed: undefined,
  certificate: undefined,
  zone: undefined,
};
const wanted: Wanted = {
  owner,
  region: "eu-central-1",
  access: {},
  network: { cidr: "10.71.0.0/24", zones: [], taskSubnetIds: [], loadBalancerSubnetIds: [] },
};
const fileSystem: FoundFileSystem = {
  id: "fs-1",
  encrypted: true,
  performanceMode: "generalPurpose",
  throughputMode: "bursting",
  mountTargets: 0,
  oneZone: false,
  tags: { "openclaw-stack": owner },
};
const subnet = (id: string, change: object = {}) => ({
  ...{ id, vpcId: "vpc-1", zone: `eu-central-1${id.at(-1) ?? ""}`, cidr: "10.0.0.0/27", freeAddresses: 27 },
  ...change,
});
const subnets = [subnet("task-a"), subnet("task-b"), subnet("alb-a"), subnet("alb-b")];
const adopting: Wanted = {
  ...wanted,
  network: {
    ...{ cidr: "10.71.0.0/24", zones: [], vpcId: "vpc-1" },
    ...{ taskSubnetIds: ["task-a", "task-b"], loadBalancerSubnetIds: ["alb-a", "alb-b"] },
  },
};
const adoptable: Found = {
  ...found,
  vpcs: [{ id: "vpc-1", cidrs: ["10.0.0.0/16"], owner: undefined }],
  dnsHostnames: true,
  subnets,
};
const domain = "openclaw.example.com";
const issued = { status: "ISSUED", names: ["*.example.com"] };

/** This stack, in a network of its own. */
const zones = ["eu-central-1b", "eu-central-1a"];
const deployed = { vpcId: "vpc-2", zones, fileSystemId: "fs-1", directory: "/openclaw" };
const ownVpc = { id: "vpc-2", cidrs: ["10.71.0.0/24"], owner };

/** The same, when its `destroy` was interrupted after the file system. */
const destroyed = { ...deployed, fileSystemId: undefined, directory: undefined };
/** What its own outputs say of it. */
const recorded = { id: "fs-1", region: "eu-central-1", account: "123456789012", isToGo: false };

const told = (there: Partial<Found>, want: Partial<Wanted> = {}): string[] =>
  [...regionObjections({ ...wanted, ...want }), ...awsObjections({ ...found, ...there }, { ...wanted, ...want })].map(
    ({ path, name, got, allowed, value }) => `${name ?? path.join(".")}: ${got} | ${allowed} | ${value ?? "remove"}`,
  );

describe("nothing speaks against", () => {
  it.each<[string, Partial<Found>, Partial<Wanted>]>([
    ["a first stack in an empty account", {}, {}],
    ["its own network", { vpcs: [{ id: "vpc-2", cidrs: ["10.71.0.0/24"], owner }] }, {}],
    ["a deployed stack's file system", { fileSystems: [{ ...fileSystem, mountTargets: 2 }], deployed }, {}],
    ["one that was left half-way", { fileSystems: [fileSystem], deployed }, {}],
    ["its own file system by name", { fileSystems: [{ ...fileSystem, mountTargets: 2 }], deployed }, { adopt: "fs-1" }],
    ["one that was left half-way, by an up", { fileSystems: [fileSystem], deployed }, { recorded }],
    [
      "what an interrupted destroy left, by name",
      { fileSystems: [fileSystem], deployed: destroyed },
      { recorded, adopt: "fs-1" },
    ],
    [
      "an up that was interrupted before it knew its file system",
      { fileSystems: [fileSystem], deployed: destroyed },
      {},
    ],
    [
      "what was to be deleted with the stack, and was",
      { deployed: destroyed },
      { recorded: { ...recorded, isToGo: true } },
    ],
    ["its own place", { fileSystems: [{ ...fileSystem, mountTargets: 2 }], deployed }, { recorded }],
    ["its own network, in its zones", { vpcs: [ownVpc], deployed }, { network: { ...wanted.network, zones } }],
    ["the network that it is in", { ...adoptable, deployed: { ...deployed, vpcId: "vpc-1" } }, adopting],
    ["an adopted one, before and after", { fileSystems: [fileSystem] }, { adopt: "fs-1" }],
    [
      "another stack's that nothing mounts",
      { fileSystems: [{ ...fileSystem, tags: { "openclaw-stack": "openclaw/old" } }] },
      { adopt: "fs-1" },
    ],
    ["a network that exists", adoptable, adopting],
    ["a wildcard certificate", { certificate: issued }, { access: { domain, certificateArn } }],
    [
      "the zone above the domain",
      { zone: { name: "example.com", isPrivate: false } },
      { access: { domain, zoneId: "Z1" } },
    ],
  ])("%s", (_, there, want) => {
    expect(told(there, want)).toEqual([]);
  });
});

const objectionable: readonly (readonly [string, Partial<Found>, Partial<Wanted>])[] = [
  ["a zone of another region", {}, { network: { ...wanted.network, zones: ["eu-central-1a", "us-east-1a"] } }],
  ["a region of one zone", { zones: ["eu-central-1a"] }, {}],
  ["a range that overlaps", { vpcs: [{ id: "vpc-2", cidrs: ["10.71.0.0/16"], owner: "openclaw/dev" }] }, {}],
  ["a network that is not there", {}, adopting],
  ["a network without names", { ...adoptable, dnsHostnames: false }, adopting],
  ["a subnet that is not there", { ...adoptable, subnets: subnets.slice(1) }, adopting],
  [
    "a subnet of another network",
    { ...adoptable, subnets: [subnet("task-a", { vpcId: "vpc-2" }), ...subnets.slice(1)] },
    adopting,
  ],
  [
    "two subnets in one zone",
    { ...adoptable, subnets: [subnet("task-a", { zone: "eu-central-1b" }), ...subnets.slice(1)] },
    adopting,
  ],
  [
    "a subnet that is full",
    { ...adoptable, subnets: [...subnets.slice(0, 3), subnet("alb-b", { freeAddresses: 7 })] },
    adopting,
  ],
  [
    "a certificate of another region",
    {},
    { access: { domain, certificateArn: certificateArn.replace("eu-central-1", "us-east-1") } },
  ],
  ["a certificate that is not there", {}, { access: { domain, certificateArn } }],
  [
    "a certificate of another name",
    { certificate: { ...issued, names: ["*.other.com", "a.b.example.com"] } },
    { access: { domain, certificateArn } },
  ],
  [
    "a certificate that waits",
    { certificate: { ...issued, status: "PENDING_VALIDATION" } },
    { access: { domain, certificateArn } },
  ],
  [
    "a key of another region",
    {},
    { secretsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef" },
  ],
  ["a zone that is not there", {}, { access: { domain, zoneId: "Z1" } }],
  ["a zone of another domain", { zone: { name: "ample.com", isPrivate: false } }, { access: { domain, zoneId: "Z1" } }],
  ["a private zone", { zone: { name: "example.com", isPrivate: true } }, { access: { domain, zoneId: "Z1" } }],
  ["a file system that an earlier stack left", { fileSystems: [fileSystem] }, {}],
  ["a file system that an interrupted destroy left", { fileSystems: [fileSystem], deployed: destroyed }, { recorded }],
  [
    "one that it had adopted, and everything else is gone",
    { fileSystems: [{ ...fileSystem, tags: { "openclaw-stack": "openclaw/old" } }] },
    { recorded },
  ],
  ["a file system that somebody deleted", { deployed: destroyed }, { recorded }],
  ["a file system that is not there", { fileSystems: [fileSystem] }, { adopt: "fs-2" }],
  ["a file system in one zone", { fileSystems: [{ ...fileSystem, oneZone: true }] }, { adopt: "fs-1" }],
  ["a file system in plain text", { fileSystems: [{ ...fileSystem, encrypted: false }] }, { adopt: "fs-1" }],
  [
    "a file system in use",
    { fileSystems: [{ ...fileSystem, mountTargets: 1, tags: { "openclaw-stack": "openclaw/dev" } }] },
    { adopt: "fs-1" },
  ],
  [
    "another file system than its own",
    { fileSystems: [fileSystem, { ...fileSystem, id: "fs-2" }], deployed },
    { adopt: "fs-2" },
  ],
  ["another directory than its own", { fileSystems: [fileSystem], deployed }, { directory: "/other" }],
  [
    "another range, and other zones, than its own",
    { vpcs: [ownVpc], deployed },
    { network: { ...wanted.network, cidr: "10.72.0.0/24", zones: zones.toReversed() } },
  ],
  ["a network that exists instead of its own", { ...adoptable, vpcs: [...adoptable.vpcs, ownVpc], deployed }, adopting],
  [
    "another network than the one that it is in",
    { ...adoptable, vpcs: [...adoptable.vpcs, { ...ownVpc, owner: undefined }], deployed },
    adopting,
  ],
  [
    "a network of its own instead of the one that it is in",
    { ...adoptable, deployed: { ...deployed, vpcId: "vpc-1" } },
    {},
  ],
  ["another region than its own", {}, { recorded: { ...recorded, region: "eu-west-1" } }],
  ["another account than its own", { zones: [] }, { recorded: { ...recorded, account: "210987654321" } }],
  ["several faults at once", { zones: [], fileSystems: [fileSystem] }, { access: { domain, zoneId: "Z1" } }],
];

it("tells each fault exactly", async () => {
  const all = objectionable.map(([name, there, want]) => [`### ${name}`, ...told(there, want), ""].join("\n"));
  await expect(all.join("\n")).toMatchFileSnapshot("golden/ecs-preflight.txt");
});
