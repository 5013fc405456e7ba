/** Configurations that are refused; their messages are in `golden/bad-configurations.txt`. "canary" stands for a secret. */
import type { RawConfig } from "../../infra/config.ts";

interface BadConfiguration extends Partial<Pick<RawConfig, "secretKeys" | "plainSecretNames" | "platform">> {
  readonly name: string;
  /** As in the stack's file, without `openclaw:`. */
  readonly values: Readonly<Record<string, unknown>>;
}

const good = { target: "local", local: { runtime: "process" } };
const secrets = new Set(["secrets"]);

export const badConfigurations: readonly BadConfiguration[] = [
  { name: "nothing at all", values: {} },
  { name: "no target", values: { local: { runtime: "process" } } },
  { name: "unknown target", values: { ...good, target: "azure" } },
  { name: "target in capitals", values: { ...good, target: "Local" } },
  { name: "no runtime", values: { target: "local" } },
  { name: "unknown runtime", values: { target: "local", local: { runtime: "docker" } } },
  { name: "systemd on macOS", values: { target: "local", local: { runtime: "systemd" } }, platform: "darwin" },
  { name: "launchd on Linux", values: { target: "local", local: { runtime: "launchd" } } },
  { name: "local is text", values: { target: "local", local: "process" } },
  { name: "unknown top-level key", values: { ...good, gatway: { port: 18789 } } },
  { name: "unknown nested key", values: { ...good, gateway: { prot: 18789 } } },
  { name: "dotted key without --path", values: { ...good, "gateway.port": "18789" } },
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
  { name: "secure gateway", values: { ...good, gateway: { port: 1 } }, secretKeys: new Set(["gateway"]) },
  { name: "token in config", values: { ...good, config: { channels: { telegram: { botToken: "canary" } } } } },
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
    values: { target: "locl", gateway: { port: 1, vresion: "x" }, data: { onDestroy: 1 } },
  },
];
