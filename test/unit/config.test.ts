import { describe, expect, it } from "vitest";
import { describeFaults } from "../../infra/config-faults.ts";
import { stackFileSchema } from "../../infra/config-schema.ts";
import { parseConfig, plainSecretNames, type RawConfig } from "../../infra/config.ts";
import { badConfigurations } from "./bad-configurations.ts";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";

const raw = (values: Record<string, unknown>, change: Partial<RawConfig> = {}): RawConfig => ({
  stack: "dev",
  values: Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  ),
  secretKeys: new Set(),
  plainSecretNames: [],
  platform: "linux",
  ...change,
});

describe("a good configuration", () => {
  it("gets every default from target and runtime alone", () => {
    const parsed = parseConfig(raw({ target: "local", local: { runtime: "process" } }));
    expect(parsed).toEqual({
      config: {
        target: "local",
        gateway: { version: "2026.9.6", port: 18789, tokenVersion: 1 },
        config: {},
        env: {},
        secrets: {},
        data: { onDestroy: "retain" },
        local: { runtime: "process" },
      },
    });
  });

  it("takes everything that can be set", () => {
    const values = {
      target: "local",
      gateway: { version: "2026.9.5", port: 20000, tokenVersion: 3 },
      config: {
        channels: { telegram: { botToken: "${TELEGRAM_BOT_TOKEN}", enabled: true } },
        logging: { level: "debug" },
      },
      env: { HTTPS_PROXY: "http://127.0.0.1:3128" },
      secrets: { TELEGRAM_BOT_TOKEN: "123:abc" },
      data: { onDestroy: "delete", adopt: "/srv/openclaw" },
      local: { runtime: "systemd" },
    };
    expect(parseConfig(raw(values, { secretKeys: new Set(["secrets"]) }))).toEqual({ config: values });
  });

  it("keeps integers that a number can hold, and numbers that are no integers", () => {
    const config = { a: 9007199254740991, b: [-9007199254740991, 0.1, 1e300] };
    expect(parseConfig(raw({ target: "local", local: { runtime: "process" }, config }))).toMatchObject({
      config: { config },
    });
  });
});

describe("bad configurations", () => {
  it("are at least thirty", () => {
    expect(badConfigurations.length).toBeGreaterThanOrEqual(30);
  });

  it("each have their exact message", async () => {
    const messages = badConfigurations.map(({ name, values, ...change }) => {
      const parsed = parseConfig(raw(values, change));
      if ("config" in parsed) throw new Error(`"${name}" was accepted`);
      return `### ${name}\n${describeFaults("dev", parsed.faults)}`;
    });
    await expect(messages.join("\n")).toMatchFileSnapshot("golden/bad-configurations.txt");
  });

  it("say how this user calls Pulumi", () => {
    const parsed = parseConfig(raw({ target: "local" }));
    if ("config" in parsed) throw new Error("accepted");
    expect(describeFaults("dev", parsed.faults, "npm run pulumi --")).toContain(
      "npm run pulumi -- config set --stack dev --path openclaw:local.runtime process",
    );
  });

  it("never show a secret", () => {
    for (const { values, ...change } of badConfigurations) {
      const parsed = parseConfig(raw(values, change));
      if ("config" in parsed) throw new Error("accepted");
      expect(describeFaults("dev", parsed.faults)).not.toContain("canary");
    }
  });
});

describe("plainSecretNames", () => {
  const names = (text: string): Promise<string[]> => {
    const file = join(mkdtempSync(join(tmpdir(), "stack-")), "Pulumi.dev.yaml");
    writeFileSync(file, text);
    return plainSecretNames(file);
  };

  it("finds the one plain leaf beside a secure one", async () => {
    expect(await names("config:\n  openclaw:secrets:\n    A:\n      secure: v1:abc\n    B: plain\n")).toEqual(["B"]);
  });

  it("finds nothing in a file without secrets, and without a file", async () => {
    expect(await names("config:\n  openclaw:target: local\n")).toEqual([]);
    expect(await plainSecretNames("/nonexistent/Pulumi.dev.yaml")).toEqual([]);
  });
});

describe("the JSON Schema for editors", () => {
  it("is the committed one (else: npm run schema)", () => {
    const committed: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "../../stacks/schema.json"), "utf8"));
    expect(committed).toEqual(JSON.parse(JSON.stringify(stackFileSchema())));
  });
});

describe("the example to copy", () => {
  it("is accepted, and shows the defaults as they are", () => {
    const text = readFileSync(join(import.meta.dirname, "../../stacks/examples/local.yaml"), "utf8");
    const { config } = parse(text) as { config: Record<string, unknown> };
    const strip = (values: Record<string, unknown>): Record<string, unknown> =>
      Object.fromEntries(Object.entries(values).map(([key, value]) => [key.replace("openclaw:", ""), value]));
    expect(parseConfig(raw(strip(config)))).toEqual(
      parseConfig(raw({ target: "local", local: { runtime: "process" } })),
    );
  });
});
