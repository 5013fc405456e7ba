/** Configurations of a stack on ECS that are refused; their messages are in `../golden/ecs-bad-configurations.txt`. "canary" stands for a secret. */
import type { BadConfiguration } from "../../support/raw-config.ts";

/** The least that a stack on ECS says. */
export const ecs = { target: "aws-ecs" };
/** What Pulumi's provider is told. */
export const region = { "aws:region": { value: "eu-central-1", isSecret: false } };

const certificate = "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef";
const subnet = (digit: string): string => `subnet-${digit.repeat(17)}`;
const https = { mode: "https", domain: "openclaw.example.com", zoneId: "Z0123456789ABCDEFGHIJ" };
/** A good configuration with a load balancer in a network that exists. */
export const adopted = {
  ...ecs,
  access: { mode: "https", domain: "openclaw.example.com", certificateArn: certificate },
  network: {
    vpcId: "vpc-0123456789abcdef0",
    taskSubnetIds: [subnet("1"), subnet("2")],
    loadBalancerSubnetIds: [subnet("3"), subnet("4")],
  },
};

const bad = (name: string, change: object): BadConfiguration => ({
  name,
  values: { ...ecs, ...change },
  providers: region,
});
const gateway = (name: string, change: object) => bad(name, { gateway: change });
const access = (name: string, change: object) => bad(name, { access: change });
const network = (name: string, change: object) => bad(name, { network: change });
const secrets = new Set(["secrets"]);

export const badConfigurations: readonly BadConfiguration[] = [
  { name: "no region anywhere", values: ecs },
  { name: "a region that is a zone", values: ecs, variables: { AWS_REGION: "eu-central-1a" } },
  {
    name: "keys of an account in the stack's file",
    values: ecs,
    providers: { ...region, "aws:secretKey": { value: "canary", isSecret: true } },
  },
  {
    name: "mistyped keys of AWS's provider, one of them a secret",
    values: ecs,
    providers: {
      ...region,
      "aws:profil": { value: "my team", isSecret: false },
      "aws:regin": { value: "us-east-1", isSecret: false },
      "aws:assumeRole": { value: "canary", isSecret: true },
    },
  },
  bad("keys that are nearly right", {
    gateway: { memoryMib: 4096, cpu: 2 },
    data: { backupdays: 7 },
    acess: { mode: "https" },
    Monitoring: { email: "me@example.com" },
  }),
  bad("a key that is nearly right, beside the right one", { gateway: { memory: 4096, memoryMiB: 4096 } }),
  bad("tags that are text", { tags: "team-a" }),
  {
    name: "a secret whose name is no variable's",
    values: { ...ecs, secrets: { "anthropic-key": "canary" } },
    secretKeys: secrets,
    providers: region,
  },
  gateway("a privileged port", { port: 80 }),
  access("a load balancer's protection without one", { deletionProtection: true }),
  access("a range that is a name", { ...https, allowedCidrs: ["office"] }),
  network("a network with one of its subnets", { vpcId: "vpc-0123456789abcdef0", taskSubnetIds: [subnet("1")] }),
  bad("a path without its slash", { data: { path: "openclaw" } }),
  gateway("two tasks", { desiredCount: 2 }),
  gateway("a quarter of a vCPU", { cpus: 0.25 }),
  gateway("three vCPU", { cpus: 3 }),
  gateway("cpus that are text", { cpus: "1024" }),
  gateway("memory that is too little", { memoryMiB: 1024 }),
  gateway("memory that no size of Fargate has", { memoryMiB: 3000 }),
  gateway("more memory than one vCPU goes with", { memoryMiB: 16_384 }),
  gateway("too little memory for eight vCPU", { cpus: 8, memoryMiB: 4096 }),
  gateway("packages", { image: { packages: ["ffmpeg"] } }),
  gateway("packages, with an image of ECR", {
    image: { packages: ["ffmpeg"], reference: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/openclaw:2026.9.6" },
  }),
  gateway("binaries", {
    image: { binaries: [{ name: "gog", url: "https://example.com/gog", sha256: "a".repeat(64) }] },
  }),
  gateway("image latest", { image: { reference: "ghcr.io/openclaw/openclaw:latest" } }),
  gateway("image of another version", { image: { reference: "ghcr.io/openclaw/openclaw:2026.9.5" } }),
  gateway("a key by its alias", { kmsKeyArn: "arn:aws:kms:eu-central-1:123456789012:alias/secrets" }),
  gateway("a step back, which only hosts have", { release: "0123456789ab" }),
  access("https without a domain", { mode: "https", zoneId: https.zoneId }),
  access("https without a zone and a certificate", { mode: "https", domain: https.domain }),
  access("https, and nothing else", { mode: "https" }),
  access("a domain without https", { domain: https.domain }),
  access("a certificate without https", { certificateArn: certificate }),
  access("ranges without https", { allowedCidrs: ["203.0.113.0/24"] }),
  access("a tunnel that ends nowhere", { exec: false }),
  access("a domain that is an address", { ...https, domain: "https://openclaw.example.com/" }),
  access("a domain of one label", { ...https, domain: "openclaw" }),
  access("a zone by its name", { ...https, zoneId: "example.com" }),
  access("a certificate of IAM", { ...https, certificateArn: "arn:aws:iam::123456789012:server-certificate/x" }),
  access("IPv6 ranges", { ...https, allowedCidrs: ["2001:db8::/32"] }),
  access("a range with bits outside its mask", { ...https, allowedCidrs: ["203.0.113.7/24"] }),
  access("a mode that is a host's", { mode: "tailscale" }),
  bad("trusted proxies of the user's own", { access: https, config: { gateway: { trustedProxies: ["10.0.0.0/8"] } } }),
  network("a network that is public", { cidr: "203.0.0.0/16" }),
  network("a network that is too small", { cidr: "10.0.0.0/25" }),
  network("a network that is too large", { cidr: "10.0.0.0/8" }),
  network("a network with bits outside its mask", { cidr: "10.0.0.1/24" }),
  network("a network of IPv6", { cidr: "fd00::/24" }),
  network("one zone", { zones: ["eu-central-1a"] }),
  network("one zone twice", { zones: ["eu-central-1a", "eu-central-1a"] }),
  network("a zone by its letter", { zones: ["a", "b"] }),
  network("egress through nothing", { egress: "none" }),
  network("subnets without their network", { taskSubnetIds: [subnet("1"), subnet("2")] }),
  network("a network without its subnets", { vpcId: "vpc-0123456789abcdef0" }),
  bad("a load balancer among the tasks", {
    ...adopted,
    network: { ...adopted.network, loadBalancerSubnetIds: [subnet("1"), subnet("4")] },
  }),
  bad("one subnet for the load balancer", {
    ...adopted,
    network: { ...adopted.network, loadBalancerSubnetIds: [subnet("3")] },
  }),
  bad("zones of a network that exists", {
    ...adopted,
    network: { ...adopted.network, zones: ["eu-central-1a", "eu-central-1b"] },
  }),
  bad("a volume instead of a file system", { data: { adopt: "vol-0123456789abcdef0" } }),
  bad("a path with a step up", { data: { path: "/openclaw/../etc" } }),
  bad("a path of five names", { data: { path: "/a/b/c/d/e" } }),
  bad("archives by the minute, of which none stays", { data: { archives: { everyHours: 0.1, keep: 0 } } }),
  bad("an archive somewhere else", { data: { restore: "../state/x.tar.gz" } }),
  bad("backups for ever", { data: { backupDays: -1 } }),
  bad("an e-mail address without a domain", { monitoring: { email: "me" } }),
  bad("logs for 42 days", { monitoring: { logDays: 42 } }),
  bad("credentials of AWS as a variable", { env: { AWS_REGION: "us-east-1" } }),
  {
    name: "credentials of AWS as a secret",
    values: { ...ecs, secrets: { AWS_SECRET_ACCESS_KEY: "canary" } },
    secretKeys: secrets,
    providers: region,
  },
  {
    name: "more secrets than a role may read",
    values: {
      ...ecs,
      secrets: Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`KEY_${String(index)}`, "canary"])),
    },
    secretKeys: secrets,
    providers: region,
  },
  bad("the directory of OpenClaw's keys", { env: { XDG_CONFIG_HOME: "/tmp" } }),
  bad("tags that cannot be", { tags: { "aws:x": "y", "a*": "b", Name: "c", team: "d;e" } }),
  bad("keys of a host", { host: { size: "cx23" }, ssh: {} }),
  {
    name: "several faults at once",
    values: { ...ecs, gateway: { cpus: 5 }, access: { mode: "https" }, env: { AWS_PROFILE: "x" } },
  },
];
