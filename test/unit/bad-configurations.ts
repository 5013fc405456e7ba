/** Configurations that are refused; their messages are in `golden/bad-configurations.txt`. "canary" stands for a secret. */
import type { BadConfiguration } from "../support/raw-config.ts";

const good = { target: "local", local: { runtime: "process" } };
const secrets = new Set(["secrets"]);

const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKK0KcYe0zhSUrevq+cSr3O4mhKmnHZ+VqWECHggl13Q me@example.com";
/** Of somebody else. */
export const otherKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILro5/SWIwvlL2FzyiNkIiCKu1XTLInLRJBqqjaqbqoA other@example.com";
const ssh = { allowedCidrs: ["203.0.113.7/32"], authorizedKeys: [publicKey] };

/** A good configuration of a stack at Hetzner Cloud. */
export const hetzner = { target: "hetzner", ssh };
const providers = { "hcloud:token": { value: "t".repeat(64), isSecret: true } };

const withSsh = (change: object) => ({ values: { ...hetzner, ssh: { ...ssh, ...change } }, providers });
const withImage = (image: object) => ({ values: { ...hetzner, gateway: { image } }, providers });
const withKey = (line: string) => withSsh({ authorizedKeys: [line] });

export const badConfigurations: readonly BadConfiguration[] = [
  { name: "nothing at all", values: {} },
  { name: "no target", values: { local: { runtime: "process" } } },
  { name: "unknown target", values: { ...good, target: "azure" } },
  { name: "target in capitals", values: { ...good, target: "Local" } },
  { name: "target by its cloud alone", values: { target: "aws" } },
  { name: "no runtime", values: { target: "local" } },
  { name: "unknown runtime", values: { target: "local", local: { runtime: "docker" } } },
  { name: "systemd on macOS", values: { target: "local", local: { runtime: "systemd" } }, platform: "darwin" },
  { name: "launchd on Linux", values: { target: "local", local: { runtime: "launchd" } } },
  { name: "local is text", values: { target: "local", local: "process" } },
  { name: "unknown top-level key", values: { ...good, gatway: { port: 18789 } } },
  { name: "unknown nested key", values: { ...good, gateway: { prot: 18789 } } },
  { name: "dotted key without --path", values: { ...good, "gateway.port": "18909" } },
  { name: "gateway is text", values: { ...good, gateway: "18789" } },
  { name: "gateway is a list", values: { ...good, gateway: [18789] } },
  { name: "port too high", values: { ...good, gateway: { port: 70000 } } },
  { name: "port leaves no room for browser control", values: { ...good, gateway: { port: 65500 } } },
  { name: "port is privileged", values: { ...good, gateway: { port: 80 } } },
  { name: "port is text", values: { ...good, gateway: { port: "18789" } } },
  { name: "port is a fraction", values: { ...good, gateway: { port: 18789.5 } } },
  { name: "version that YAML made a number", values: { ...good, gateway: { version: 2026.1 } } },
  { name: "version latest", values: { ...good, gateway: { version: "latest" } } },
  { name: "version without a lock file", values: { ...good, gateway: { version: "2026.2.1" } } },
  { name: "token version zero", values: { ...good, gateway: { tokenVersion: 0 } } },
  { name: "token version is text", values: { ...good, gateway: { tokenVersion: "two" } } },
  { name: "onDestroy unknown", values: { ...good, data: { onDestroy: "keep" } } },
  { name: "onDestroy is a boolean", values: { ...good, data: { onDestroy: false } } },
  { name: "adopt is a relative path", values: { ...good, data: { adopt: "data" } } },
  { name: "env value is a number", values: { ...good, env: { CHAT: 5 } } },
  { name: "env value is a boolean", values: { ...good, env: { DEBUG: true } } },
  { name: "env value is an object", values: { ...good, env: { DEBUG: { on: true } } } },
  { name: "env name with a dash", values: { ...good, env: { "MY-VAR": "x" } } },
  { name: "env name that the program sets", values: { ...good, env: { OPENCLAW_STATE_DIR: "/tmp" } } },
  { name: "env replaces PATH", values: { ...good, env: { PATH: "/bin" } } },
  { name: "env holds a secret", values: { ...good, env: { ANTHROPIC_API_KEY: "canary" } } },
  { name: "secret in plain text", values: { ...good, secrets: { ANTHROPIC_API_KEY: "canary" } } },
  {
    name: "one of two secrets in plain text",
    values: { ...good, secrets: { A: "canary", B: "canary" } },
    secretKeys: secrets,
    plainSecretNames: ["B"],
  },
  { name: "all secrets in one text", values: { ...good, secrets: "canary" }, secretKeys: secrets },
  { name: "faults of a key's form and of a name", values: { ...good, gateway: { port: 80 }, env: { "my-var": "x" } } },
  { name: "secret is empty", values: { ...good, secrets: { A: "" } }, secretKeys: secrets },
  { name: "secret is a number", values: { ...good, secrets: { A: 12345 } }, secretKeys: secrets },
  { name: "secret is a placeholder", values: { ...good, secrets: { A: "change-me-now" } }, secretKeys: secrets },
  {
    name: "secret would be the gateway token",
    values: { ...good, secrets: { OPENCLAW_GATEWAY_TOKEN: "canary" } },
    secretKeys: secrets,
  },
  {
    name: "same name in env and secrets",
    values: { ...good, env: { A: "x" }, secrets: { A: "canary" } },
    secretKeys: secrets,
  },
  {
    name: "secure value in config",
    values: { ...good, config: { channels: { telegram: { botToken: "canary" } } } },
    secretKeys: new Set(["config"]),
  },
  {
    name: "secure values in config, beside what is to stay",
    values: { ...good, config: { channels: { telegram: { botToken: "canary" } }, hooks: { url: "canary" }, a: 1 } },
    secretKeys: new Set(["config"]),
    securePaths: [
      ["config", "channels", "telegram", "botToken"],
      ["config", "hooks", "url"],
    ],
  },
  {
    name: "the whole config as one secure text, a secure port and a secure variable",
    values: { ...good, config: "{}", gateway: { port: 18_789 }, env: { CHAT: "canary" } },
    secretKeys: new Set(["config", "gateway", "env"]),
    securePaths: [["config"], ["gateway", "port"], ["env", "CHAT"]],
  },
  { name: "secure gateway", values: { ...good, gateway: { port: 1 } }, secretKeys: new Set(["gateway"]) },
  { name: "token in config", values: { ...good, config: { channels: { telegram: { botToken: "canary" } } } } },
  {
    name: "keys of two providers in config, one of whose names is taken",
    values: {
      ...good,
      config: {
        models: { providers: { anthropic: { apiKey: "canary" }, "open-ai": { apiKey: "canary" } } },
        tools: { anthropic: { apiKey: "canary" }, list: [{ token: "canary" }] },
      },
      secrets: { OPEN_AI_API_KEY: "canary" },
    },
    secretKeys: secrets,
  },
  { name: "gateway token in config", values: { ...good, config: { gateway: { auth: { token: "canary" } } } } },
  { name: "port in config", values: { ...good, config: { gateway: { port: 1 } } } },
  { name: "bind in config", values: { ...good, config: { gateway: { bind: "lan" } } } },
  { name: "variable that nobody sets", values: { ...good, config: { tools: { web: { url: "https://${HOST}/x" } } } } },
  { name: "config that is no JSON", values: { ...good, config: "{broken" } },
  {
    name: "chat id that a number cannot hold",
    values: { ...good, config: '{"channels":{"telegram":{"allowFrom":[1,90071992547409931234]}}}' },
  },
  { name: "key with a dot inside config", values: { ...good, config: { "a.b": { password: "canary" } } } },
  {
    name: "several faults at once",
    values: { target: "local", gateway: { port: 1, vresion: "x" }, data: { onDestroy: 1 } },
  },
  { name: "no target, and other faults", values: { gatway: {}, env: { A: 1 }, host: { size: "cx23" } } },
  {
    name: "keys of another target",
    values: { ...good, host: { size: "cx23" }, gateway: { memoryMiB: 2048 }, tags: {} },
  },
  { name: "a directory's path for a volume", values: { ...hetzner, data: { adopt: "/srv/openclaw" } }, providers },
  { name: "local on Hetzner", values: { ...hetzner, local: { runtime: "process" } }, providers },
  { name: "hetzner and nothing else", values: { target: "hetzner" } },
  { name: "no token anywhere", values: hetzner },
  {
    name: "token in plain text",
    values: hetzner,
    providers: { "hcloud:token": { value: "canary", isSecret: false } },
  },
  {
    name: "token of the wrong length",
    values: hetzner,
    providers: { "hcloud:token": { value: "canary", isSecret: true } },
  },
  { name: "token of the wrong length in the environment", values: hetzner, variables: { HCLOUD_TOKEN: "canary" } },
  { name: "no allowed ranges", ...withSsh({ allowedCidrs: [] }) },
  { name: "allowed range is text", ...withSsh({ allowedCidrs: "203.0.113.7/32" }) },
  { name: "range without prefix length", ...withSsh({ allowedCidrs: ["203.0.113.7"] }) },
  { name: "IPv6 range without prefix length", ...withSsh({ allowedCidrs: ["2001:db8::7"] }) },
  { name: "range with bits outside its mask", ...withSsh({ allowedCidrs: ["203.0.113.0/24", "203.0.113.7/24"] }) },
  { name: "IPv6 range with bits outside its mask", ...withSsh({ allowedCidrs: ["2001:db8::7/48"] }) },
  { name: "prefix length too long", ...withSsh({ allowedCidrs: ["203.0.113.0/33"] }) },
  { name: "IPv6 prefix length too long", ...withSsh({ allowedCidrs: ["2001:db8::/129"] }) },
  { name: "address that does not exist", ...withSsh({ allowedCidrs: ["203.0.113.256/32"] }) },
  { name: "address in octal", ...withSsh({ allowedCidrs: ["0313.0.0161.7/32"] }) },
  { name: "IPv4 written as IPv6", ...withSsh({ allowedCidrs: ["::ffff:203.0.113.7/128"] }) },
  { name: "IPv6 with a zone", ...withSsh({ allowedCidrs: ["fe80::1%eth0/128"] }) },
  { name: "name instead of a range", ...withSsh({ allowedCidrs: ["office.example.com"] }) },
  { name: "range that is a number", ...withSsh({ allowedCidrs: [203] }) },
  { name: "the world", ...withSsh({ allowedCidrs: ["203.0.113.7/32", "0.0.0.0/0", "::/0"] }) },
  { name: "the world in two halves", ...withSsh({ allowedCidrs: ["0.0.0.0/1", "128.0.0.0/1"] }) },
  { name: "allowWorld is text", ...withSsh({ allowWorld: "yes" }) },
  { name: "SSH on another port", ...withSsh({ port: 2222 }) },
  { name: "no authorized keys", ...withSsh({ authorizedKeys: [] }) },
  { name: "private key", ...withKey("-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END OPENSSH PRIVATE KEY-----") },
  { name: "RSA key", ...withKey("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 me@example.com") },
  { name: "key cut short", ...withKey(publicKey.slice(0, 60)) },
  { name: "key of another type inside", ...withKey("ssh-ed25519 AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 me@example.com") },
  { name: "key with options", ...withKey(`command="id" ${publicKey}`) },
  { name: "two keys in one", ...withKey(`${publicKey}\n${otherKey}`) },
  {
    name: "more keys than user data holds",
    ...withSsh({ authorizedKeys: Array.from({ length: 120 }, (_, n) => `${otherKey}-${String(n)}`) }),
  },
  { name: "path of a key", ...withKey("~/.ssh/id_ed25519.pub") },
  {
    name: "tunnel key of an administrator",
    ...withSsh({ tunnelKeys: [otherKey, publicKey.replace("me@", "again@")] }),
  },
  { name: "access that is not there yet", values: { ...hetzner, access: { mode: "tailscale" } }, providers },
  { name: "image latest", ...withImage({ reference: "ghcr.io/openclaw/openclaw:latest" }) },
  {
    name: "image latest, with a digest",
    ...withImage({ reference: `ghcr.io/openclaw/openclaw:latest@sha256:${"0".repeat(64)}` }),
  },
  { name: "image whose tag moves", ...withImage({ reference: "ghcr.io/openclaw/openclaw:main-slim" }) },
  { name: "image without a tag", ...withImage({ reference: "ghcr.io:443/openclaw/openclaw" }) },
  { name: "digest cut short", ...withImage({ reference: "ghcr.io/openclaw/openclaw@sha256:abc" }) },
  { name: "image in capitals", ...withImage({ reference: "ghcr.io/OpenClaw/openclaw:2026.9.6" }) },
  { name: "image of another version", ...withImage({ reference: "ghcr.io/openclaw/openclaw:2026.9.5-slim" }) },
  { name: "package with a space", ...withImage({ packages: ["ffmpeg", "jq; rm -rf /"] }) },
  { name: "binary without sum", ...withImage({ binaries: [{ name: "gog", url: "https://example.com/v1/gog" }] }) },
  {
    name: "binaries with every fault",
    ...withImage({
      binaries: [
        { name: "../gog", url: "http://example.com/gog", sha256: "abc" },
        { name: "gog", url: "https://example.com/releases/latest/download/gog", sha256: "A".repeat(64) },
        { name: "gog", url: "https://me:canary@example.com/gog", sha256: "a".repeat(64) },
      ],
    }),
  },
  {
    name: "address of a binary that would run something",
    ...withImage({ binaries: [{ name: "gog", url: "https://example.com/$(id)", sha256: "a".repeat(64) }] }),
  },
  {
    name: "two binaries of one name",
    ...withImage({
      binaries: [1, 2].map((n) => ({
        name: "gog",
        url: `https://example.com/v${String(n)}/gog`,
        sha256: "a".repeat(64),
      })),
    }),
  },
  { name: "memory that is too little", values: { ...hetzner, gateway: { memoryMiB: 1024 } }, providers },
  { name: "a tenth of a processor", values: { ...hetzner, gateway: { cpus: 0.1 } }, providers },
  { name: "state restored without a release", values: { ...hetzner, gateway: { restoreState: true } }, providers },
  { name: "release that YAML made a number", values: { ...hetzner, gateway: { release: 123456789012 } }, providers },
  { name: "release that is a version", values: { ...hetzner, gateway: { release: "2026.9.5" } }, providers },
  {
    name: "container version that YAML made a number",
    values: { ...hetzner, gateway: { version: 2026.1 } },
    providers,
  },
  { name: "server type in capitals", values: { ...hetzner, host: { size: "CX 23" } }, providers },
  { name: "region of a continent", values: { ...hetzner, host: { region: "eu-central" } }, providers },
  { name: "image that this is not made for", values: { ...hetzner, host: { image: "fedora-42" } }, providers },
  { name: "image of another Debian", values: { ...hetzner, host: { image: "debian-12" } }, providers },
  { name: "image of Ubuntu", values: { ...hetzner, host: { image: "ubuntu-24.04" } }, providers },
  { name: "image by its id", values: { ...hetzner, host: { image: 310557660 } }, providers },
  { name: "rebuild that is yes", values: { ...hetzner, host: { rebuild: true } }, providers },
  { name: "Docker from elsewhere", values: { ...hetzner, host: { dockerSource: "snap" } }, providers },
  { name: "volume too small", values: { ...hetzner, data: { sizeGb: 5 } }, providers },
  { name: "volume with a unit", values: { ...hetzner, data: { sizeGb: "20GB" } }, providers },
  {
    name: "labels that cannot be",
    values: {
      ...hetzner,
      tags: {
        "cost center": "4711",
        team: "a b",
        "managed-by": "me",
        "hetzner.cloud/x": "y",
        "openclaw-stack": "prod",
      },
    },
    providers,
  },
  { name: "label that YAML made a number", values: { ...hetzner, tags: { "cost-center": 4711 } }, providers },
];
