/**
 * G4: a bad release leaves, or brings back, what ran before, verified, and says why; the next good one works. What ran before
 * is a small OpenClaw, but for the full volume: how much room the real one needs to come back is its own affair. So is what
 * it makes of a configuration and of a token.
 */
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bootGatewayHost, canary, type GatewayHostUnderTest, type Released } from "../support/hosts/gateway-host.ts";
import { crashes, fillsTheVolume, hasAnotherToken, hasNoOpenclaw, isSilent } from "../support/hosts/image-variants.ts";

let g: GatewayHostUnderTest;
const shell = (text: string): Promise<string> => g.host.machine.shell(text);
const data = "/srv/openclaw";
const memory = `${data}/state/workspace/MEMORY.md`;

beforeAll(async () => {
  g = await bootGatewayHost("faults", { openclaw: "small" });
  const { output, exitCode } = await g.release({});
  expect(exitCode, output).toBe(0);
  await shell(`echo 'what the user cares about' >${memory} && chown 1000:1000 ${memory}`);
});
afterAll(async () => {
  await g[Symbol.asyncDispose]();
});

/** What ran before runs, on its own state. */
const asBefore = async (): Promise<void> => {
  expect(await g.gateway()).toBe("2026.9.6 200 401");
  expect(await shell(`cat ${memory}`)).toBe("what the user cares about");
  expect(await shell(`test ! -e ${data}/journal.json && systemctl is-enabled openclaw-gateway`)).toBe("enabled");
};

const expectRefused = ({ output, exitCode }: Released, why: RegExp): void => {
  expect(exitCode).toBe(1);
  expect(output).toMatch(why);
  expect(output).toMatch(/The gateway that runs was left as it is\.[^\n]*\n?$/);
  expect(output).not.toContain(canary);
};

describe("is refused before anything stops:", () => {
  let before = "";
  beforeEach(async () => {
    before = await g.startedAt();
  });

  it("a configuration that the new version refuses", async () => {
    expectRefused(
      await g.release({ openclaw: "real", config: { gateway: { nonsense: 1 }, logging: { level: "shout" } } }),
      /OpenClaw 2026\.9\.6 refuses this configuration:\n(.*\n)* {2}logging\.level: .*\n(.*\n)*.*config set --stack dev --path openclaw:config\.<key>/,
    );
  });

  it("an image that the registry does not have, and one of a registry that does not answer", async () => {
    const image = { reference: "ghcr.io/openclaw/openclaw:2026.9.7" };
    expectRefused(await g.release({ image }), /openclaw:2026\.9\.7 cannot be pulled: .*not found/);
    await g.registry.stop();
    expectRefused(await g.release({ image }), /openclaw:2026\.9\.7 cannot be pulled: .*(refused|timeout|EOF)/);
    await g.registry.start();
  });

  it("an image with another version than the configuration names", async () => {
    const image = { reference: `ghcr.io/openclaw/openclaw:2026.9.5@${g.digests["2026.9.5"] ?? ""}` };
    expectRefused(
      await g.release({ image }),
      /holds "OpenClaw 2026\.9\.5 .*", openclaw:gateway\.version is 2026\.9\.6/,
    );
  });

  it("an image without OpenClaw", async () => {
    const image = { reference: await g.variant("empty", hasNoOpenclaw) };
    expectRefused(
      await g.release({ image }),
      /the image does not run: "openclaw --version" in it ended with exit code 127, saying: .*exec openclaw failed: No such file or directory\nCheck that/,
    );
  });

  it("an image whose OpenClaw ends without a word: its exit code is told, and what to check", async () => {
    const image = { reference: await g.variant("silent", isSilent) };
    expectRefused(
      await g.release({ image }),
      /the image does not run: "openclaw --version" in it ended with exit code 3\nCheck that openclaw:gateway\.image\.reference, ghcr\.io\/openclaw\/openclaw:small-silent@sha256:[0-9a-f]{64}, is OpenClaw's own image or made from it, and for this machine's processor \(\w+\)\.\n/,
    );
  });

  it("and another one's hold on the gateway stays", async () => {
    await shell("touch /run/openclaw-gateway.held");
    expect((await g.release({ image: { reference: await g.variant("empty", hasNoOpenclaw) } })).exitCode).toBe(1);
    await shell("rm /run/openclaw-gateway.held");
  });

  it("a full volume", async () => {
    await shell(`sync --file-system ${data}`); // what was removed before counts as used until then
    await shell(`fallocate --length $(($(df --output=avail -B1 ${data} | tail -1) - 200000000)) ${data}/filler`);
    const refused = await g.release({ env: { FULL: "1" } });
    await shell(`rm ${data}/filler`);
    expect(refused.exitCode).toBe(1);
    expect(refused.output).toMatch(/the data volume has \d{3} MB free; .* need 300 MB\. The gateway was left as it is/);
  });

  it("another stack's volume, until the configuration adopts it", async () => {
    const other = "organization/openclaw/prod";
    const refused = await g.release({ owner: other });
    expect(refused.exitCode).toBe(1);
    expect(refused.output).toContain(
      "holds the state of organization/openclaw/dev; this stack is organization/openclaw/prod.",
    );
    expect(refused.output).toContain("\n  pulumi config set --stack prod --path openclaw:data.adopt 4711\n");
    const adopted = await g.release({ owner: other, adopt: true });
    expect(adopted.output).toContain("continuing with the state of organization/openclaw/dev");
    expect(adopted.exitCode).toBe(0);
    expect((await g.release({})).exitCode).toBe(1);
    expect((await g.release({ adopt: true })).exitCode).toBe(0);
  });

  it("a volume that is not mounted, and one on which the state is missing", async () => {
    await shell(`mv ${data}/current/state ${data}/elsewhere`);
    const missing = await g.release({});
    await shell(`mv ${data}/elsewhere ${data}/current/state`);
    expect(missing.output).toMatch(/where release\.json or state is missing\. Put it back from a backup/);
    await shell(`mount --make-rprivate ${data} && umount --lazy ${data}`);
    const unmounted = await g.release({});
    await shell("systemctl start srv-openclaw.mount");
    expect(unmounted.output).toContain(
      `${data} is not a mounted volume: starting there would begin with an empty state`,
    );
  });

  afterEach(async () => {
    expect(await g.startedAt()).toBe(before);
    await asBefore();
  });
});

describe("comes back by itself:", () => {
  it("after a gateway that damages the state and does not start", async () => {
    const image = { reference: await g.variant("crashes", crashes) };
    const { output, exitCode } = await g.release({ image });
    expect(exitCode).toBe(1);
    expect(output).toContain("cannot read the model registry with [ANTHROPIC_API_KEY]");
    expect(output).not.toContain(canary);
    expect(output).toMatch(
      /the release failed: OpenClaw crashed 3 times \(exit 1\)\. The gateway that ran before runs again, with its state and configuration\.\n?$/,
    );
    await asBefore();
    const kept = /the rejected release wrote is kept in (\S+)/.exec(output)?.[1] ?? "";
    expect(await shell(`cat ${kept}/state/workspace/MEMORY.md`)).toBe("damaged");
    expect(await shell(`grep --recursive --files-with-matches ${canary} ${kept} || true`)).toBe("");
  });

  it("after a gateway that is healthy with a token that nobody knows", async () => {
    const image = { reference: await g.variant("token", hasAnotherToken, "real") };
    const { output, exitCode } = await g.release({ image });
    expect(exitCode).toBe(1);
    expect(output).toMatch(/the release failed: the gateway answers 401 to this stack's own token/);
    await asBefore();
  });

  it("also when what ran before was dead", async () => {
    await shell("docker kill --signal KILL openclaw-gateway; systemctl stop openclaw-gateway");
    const image = { reference: await g.variant("crashes", crashes) };
    const { output, exitCode } = await g.release({ image });
    expect(exitCode).toBe(1);
    expect(output).toContain("The gateway that ran before runs again");
    await asBefore();
  });

  it("after a gateway that fills the volume to the last byte", async () => {
    const before = await g.release({ openclaw: "real" });
    expect(before.exitCode, before.output).toBe(0);
    const image = { reference: await g.variant("fills", fillsTheVolume) };
    const { output, exitCode } = await g.release({ image });
    expect(exitCode).toBe(1);
    expect(output).toContain("The gateway that ran before runs again, with its state and configuration.");
    await asBefore();
    expect(output).toContain("No space left on device");
    const kept = /the rejected release wrote is kept in (\S+)/.exec(output)?.[1] ?? "";
    expect(await shell(`ls ${kept}/state/workspace`)).toContain("filler-1M");
    await shell(`rm --recursive ${kept}`);
  });
});

describe("C1: a binary", () => {
  const program = "#!/bin/sh\necho it runs\n";
  const sha256 = createHash("sha256").update(program).digest("hex");
  let server: Server;
  let url = "";

  beforeAll(async () => {
    server = createServer((_request, answer) => answer.end(program));
    await new Promise<void>((resolve) => server.listen(0, g.host.network.gateway, resolve));
    const address = server.address();
    url = `http://${g.host.network.gateway}:${String(typeof address === "object" ? address?.port : 0)}/tool-1.0`;
  });
  afterAll(() => {
    server.close();
  });

  it("is refused with another sum, before anything stops", async () => {
    const before = await g.startedAt();
    expectRefused(
      await g.release({ image: { binaries: [{ name: "tool", url, sha256: "0".repeat(64) }] } }),
      /the image cannot be built: .*digest mismatch/,
    );
    expect(await g.startedAt()).toBe(before);
  });

  it("is there with its own, and the release after all the bad ones works", async () => {
    const { output, exitCode } = await g.release({ image: { binaries: [{ name: "tool", url, sha256 }] } });
    expect(exitCode, output).toBe(0);
    expect(await shell("docker exec openclaw-gateway tool")).toBe("it runs");
    await asBefore();
    expect(await shell("docker image ls --format '{{.Repository}}:{{.Tag}}' | sort")).not.toMatch(
      /crashes|token|empty|silent/,
    );
  });
});
