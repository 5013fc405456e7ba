import { describe, expect, it } from "vitest";
import { describeFaults } from "../../infra/config-faults.ts";
import { fileSecrecy } from "../../infra/config.ts";
import { stackFileSchema } from "../../infra/editor-schema.ts";
import { parseConfig } from "../../infra/parse-config.ts";
import { messagesOf, raw } from "../support/raw-config.ts";
import { badConfigurations, hetzner } from "./bad-configurations.ts";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";

const variables = { HCLOUD_TOKEN: "t".repeat(64) };

describe("a good configuration", () => {
  it("gets every default from target and runtime alone", async () => {
    const parsed = await parseConfig(raw({ target: "local", local: { runtime: "process" } }));
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

  it("takes everything that can be set", async () => {
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
    expect(await parseConfig(raw(values, { secretKeys: new Set(["secrets"]) }))).toEqual({ config: values });
  });

  it("keeps integers that a number can hold, and numbers that are no integers", async () => {
    const config = { a: 9007199254740991, b: [-9007199254740991, 0.1, 1e300] };
    expect(await parseConfig(raw({ target: "local", local: { runtime: "process" }, config }))).toMatchObject({
      config: { config },
    });
  });
});

describe("a good configuration of a stack at Hetzner Cloud", () => {
  it("gets every default from what has none", async () => {
    expect(await parseConfig(raw(hetzner, { variables }))).toEqual({
      config: {
        ...hetzner,
        gateway: {
          version: "2026.9.6",
          port: 18789,
          tokenVersion: 1,
          restoreState: false,
          memoryMiB: 2048,
          image: { packages: [], binaries: [] },
        },
        config: {},
        env: {},
        secrets: {},
        access: { mode: "tunnel" },
        ssh: { ...hetzner.ssh, allowWorld: false, tunnelKeys: [] },
        host: { size: "cx23", region: "fsn1", image: "debian-13", rebuild: 0, dockerSource: "docker" },
        data: { onDestroy: "retain" },
        tags: {},
      },
    });
  });

  it("takes everything that can be set", async () => {
    const values = {
      ...hetzner,
      gateway: {
        version: "2026.9.5",
        port: 20000,
        tokenVersion: 3,
        release: "0123456789ab",
        restoreState: true,
        memoryMiB: 3072,
        cpus: 1.5,
        image: {
          reference: `registry.example.com:5000/a/b:2026.9.5-slim@sha256:${"0".repeat(64)}`,
          packages: ["ffmpeg", "libstdc++6", "jq=1.7.1-3"],
          binaries: [{ name: "gog", url: "https://example.com/v1/gog", sha256: "a".repeat(64) }],
        },
      },
      config: {},
      env: {},
      secrets: {},
      access: { mode: "tunnel" },
      ssh: {
        allowedCidrs: ["0.0.0.0/0", "::/0", "2001:DB8::/48", "10.0.0.0/8"],
        allowWorld: true,
        authorizedKeys: hetzner.ssh.authorizedKeys,
        tunnelKeys: [
          "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gAAAABHNzaDo= a",
        ],
      },
      host: { size: "cax21", region: "hel1", image: "debian-13", rebuild: 2, dockerSource: "debian" },
      data: { sizeGb: 50, onDestroy: "delete", adopt: 123 },
      tags: { "cost-center": "4711", "example.com/team": "a.b_c" },
    };
    expect(await parseConfig(raw(values, { variables }))).toEqual({ config: values });
  });

  it("takes its token from a secret of the stack, too", async () => {
    const providers = { "hcloud:token": { value: "t".repeat(64), isSecret: true } };
    expect(await parseConfig(raw(hetzner, { providers }))).toMatchObject({ config: { target: "hetzner" } });
  });
});

describe("bad configurations", () => {
  it("are at least a hundred", () => {
    expect(badConfigurations.length).toBeGreaterThanOrEqual(100);
  });

  it("each have their exact message", async () => {
    await expect(await messagesOf(badConfigurations)).toMatchFileSnapshot("golden/bad-configurations.txt");
  });

  it("say how this user calls Pulumi", async () => {
    const parsed = await parseConfig(raw({ target: "local" }));
    if ("config" in parsed) throw new Error("accepted");
    expect(describeFaults("dev", parsed.faults, "npm run pulumi --")).toContain(
      "npm run pulumi -- config set --stack dev --path openclaw:local.runtime process",
    );
  });

  it("never show a secret", async () => {
    for (const { values, ...change } of badConfigurations) {
      const parsed = await parseConfig(raw(values, change));
      if ("config" in parsed) throw new Error("accepted");
      expect(describeFaults("dev", parsed.faults)).not.toContain("canary");
    }
  });
});

describe("what a stack's file tells of secrecy", () => {
  const told = (text: string) => {
    const file = join(mkdtempSync(join(tmpdir(), "stack-")), "Pulumi.dev.yaml");
    writeFileSync(file, text);
    return fileSecrecy(file);
  };
  const nothing = { plainSecretNames: [], securePaths: [] };

  it("is the one plain leaf beside a secure one", async () => {
    expect(await told("config:\n  openclaw:secrets:\n    A:\n      secure: v1:abc\n    B: plain\n")).toEqual({
      ...nothing,
      plainSecretNames: ["B"],
    });
  });

  it("is each secure value where plain ones belong", async () => {
    const text =
      "config:\n  openclaw:config:\n    list:\n      - {token: {secure: v1:abc}, name: x}\n    level: debug\n  openclaw:env:\n    secure: v1:abc\n  hcloud:token:\n    secure: v1:abc\n";
    expect(await told(text)).toEqual({ ...nothing, securePaths: [["config", "list", 0, "token"], ["env"]] });
  });

  it("is nothing in a file without secrets, and without a file", async () => {
    expect(await told("config:\n  openclaw:target: local\n")).toEqual(nothing);
    expect(await told("")).toEqual(nothing);
    expect(await fileSecrecy("/nonexistent/Pulumi.dev.yaml")).toEqual(nothing);
  });
});

describe("the JSON Schema for editors", () => {
  it("is the committed one (else: npm run schema)", async () => {
    const committed: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "../../stacks/schema.json"), "utf8"));
    expect(committed).toEqual(JSON.parse(JSON.stringify(await stackFileSchema())));
  });
});

describe("the examples to copy", () => {
  const example = (target: string): Record<string, unknown> => {
    const text = readFileSync(join(import.meta.dirname, `../../stacks/examples/${target}.yaml`), "utf8");
    const { config } = parse(text) as { config: Record<string, unknown> };
    return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("openclaw:", ""), value]));
  };

  it("are accepted, and show the defaults as they are: local", async () => {
    expect(await parseConfig(raw(example("local")))).toEqual(
      await parseConfig(raw({ target: "local", local: { runtime: "process" } })),
    );
  });

  it("are accepted once what has no default is set, and show the defaults as they are: hetzner", async () => {
    const { ssh, ...others } = example("hetzner");
    const set = { ...others, ssh: { ...(ssh as object), ...hetzner.ssh } };
    expect(await parseConfig(raw(set, { variables }))).toEqual(await parseConfig(raw(hetzner, { variables })));
  });
});
