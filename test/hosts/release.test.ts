/** The life of a gateway's container on a host: released, used, updated, stepped back. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connects } from "../support/connects.ts";
import { bootGatewayHost, canary, token, type GatewayHostUnderTest } from "../support/hosts/gateway-host.ts";
import { crashes } from "../support/hosts/image-variants.ts";

let g: GatewayHostUnderTest;
const shell = (text: string): Promise<string> => g.host.machine.shell(text);
const memory = "/srv/openclaw/state/workspace/MEMORY.md";
/** A token that replaces the first one. */
const today = "7da7".repeat(24);
const config = "/srv/openclaw/state/openclaw.json";

/** Ids of the releases of this life, by what they are. */
const ids = { old: "", new: "", later: "" };

beforeAll(async () => {
  g = await bootGatewayHost("release");
});
afterAll(async () => {
  await g[Symbol.asyncDispose]();
});

describe("the first release", () => {
  it("G4: leaves nothing running when it is bad, says why, and keeps what it wrote", async () => {
    const { output, exitCode } = await g.release({ image: { reference: await g.variant("crashes", crashes) } });
    expect(exitCode).toBe(1);
    expect(output).toMatch(
      /the first release failed: OpenClaw crashed 3 times \(exit 1\)\. Nothing runs on this host yet\.\n?$/,
    );
    expect(output).toContain("cannot read the model registry with [ANTHROPIC_API_KEY]");
    expect(output).not.toContain(canary);
    expect(await shell("cat /srv/openclaw/rejected/*/state/workspace/MEMORY.md")).toBe("damaged");
    expect(await shell("docker ps --all --quiet; systemctl is-enabled openclaw-gateway || true")).toBe("disabled");
    expect(await shell("ls /srv/openclaw")).toBe("owner.json\nrejected\nreleases");
  });

  it("C3: verifies the gateway, whose state nobody else can read", async () => {
    const { output, exitCode, id, downtimeSeconds } = await g.release({ version: "2026.9.5" });
    expect(exitCode, output).toBe(0);
    expect(downtimeSeconds).toBeUndefined();
    ids.old = id;
    expect(await g.gateway()).toBe("2026.9.5 200 401");
    expect(await shell("stat -c '%u:%g %a' /srv/openclaw/state/ /srv/openclaw/current/config /srv/openclaw")).toBe(
      "1000:1000 700\n1000:1000 700\n0:0 700",
    );
    await shell(`echo 'what the user cares about' >${memory} && chown 1000:1000 ${memory}`);
  });

  it("C2: confines the container", async () => {
    const [container] = JSON.parse(await shell("docker inspect openclaw-gateway")) as [Inspected];
    expect(container.Config).toMatchObject({ Hostname: "openclaw-gateway", User: "1000:1000", StopTimeout: 330 });
    expect(container.HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      PidsLimit: 512,
      Memory: 2 ** 31,
      MemorySwap: 2 ** 31,
      RestartPolicy: { Name: "no" },
      PortBindings: { [`${String(g.port)}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: String(g.port) }] },
      LogConfig: { Type: "local", Config: { "max-size": "10m", "max-file": "3" } },
      Tmpfs: { "/tmp": "size=1g,mode=1777" },
    });
    expect(container.HostConfig["Privileged"]).toBe(false);
    const inside = "id -u; cat /proc/1/comm; grep CapEff /proc/1/status; touch /root-file 2>&1; ulimit -n";
    expect(await shell(`docker exec openclaw-gateway sh -c '${inside}'`)).toMatch(
      /^1000\ntini\nCapEff:\t0000000000000000\ntouch: .*Read-only file system\n16384$/,
    );
  });

  it("G2: is reachable on the host's loopback only", async () => {
    expect(await connects(g.host.machine.address, g.port)).toBe(false);
    expect(await connects(g.host.machine.address6, g.port)).toBe(false);
  });
});

interface Inspected {
  readonly Config: object;
  readonly HostConfig: Readonly<Record<string, unknown>>;
}

describe("the same release again", () => {
  it("G6: verifies, and restarts nothing", async () => {
    const before = await g.startedAt();
    const { output, exitCode, id } = await g.release({ version: "2026.9.5" });
    expect(exitCode, output).toBe(0);
    expect(output).toBe(
      `release ${id} runs, verifying it\nthe gateway runs this release already, verified\n{"release":"${id}"}`,
    );
    expect(await g.startedAt()).toBe(before);
  });

  it("G1: starts it again when it is dead", async () => {
    await shell("systemctl stop openclaw-gateway && docker rm --force openclaw-gateway");
    const { output, exitCode } = await g.release({ version: "2026.9.5" });
    expect(exitCode, output).toBe(0);
    expect(output).toContain("the gateway does not run as it should; starting it again\nverified");
    expect(await g.gateway()).toBe("2026.9.5 200 401");
  });
});

describe("an update", () => {
  it("O3: keeps the state, what the user changed, and tells how long the gateway was away", async () => {
    await shell(`jq '.agents.defaults.timeoutSeconds = 77' ${config} >/tmp/c && cat /tmp/c >${config}`);
    const { output, exitCode, id, downtimeSeconds } = await g.release({ config: { logging: { level: "debug" } } });
    expect(exitCode, output).toBe(0);
    expect(output).toContain(`verified; the gateway was away for ${String(downtimeSeconds)} s`);
    ids.new = id;
    expect(await g.gateway()).toBe("2026.9.6 200 401");
    expect(await shell(`cat ${memory}`)).toBe("what the user cares about");
    expect(await shell(`jq -c '[.agents.defaults.timeoutSeconds, .logging.level]' ${config}`)).toBe('[77,"debug"]');
  });

  it("removes a key that the configuration no longer has, and only that, in little more than a bare restart", async () => {
    const restart = `started=$EPOCHREALTIME; docker restart --time 330 openclaw-gateway >/dev/null
      until docker exec openclaw-gateway curl -fs http://127.0.0.1:${String(g.port)}/startupz; do sleep 0.1; done >/dev/null 2>&1
      echo "$EPOCHREALTIME $started" | awk '{ print $1 - $2 }'`;
    const bare = Number(await shell(restart));
    await g.untilStarted();
    const { output, exitCode, id, downtimeSeconds = Infinity } = await g.release({});
    expect(exitCode, output).toBe(0);
    ids.later = id;
    expect(await shell(`jq -c '[.agents.defaults.timeoutSeconds, .logging.level]' ${config}`)).toBe("[77,null]");
    console.log(`away for ${String(downtimeSeconds)} s, a bare restart takes ${bare.toFixed(1)} s`);
    expect(downtimeSeconds).toBeLessThan(bare * 2);
  });

  it("is not an older version on a state that was migrated: that one is refused, and nothing stops", async () => {
    const before = await g.startedAt();
    const { output, exitCode } = await g.release({ version: "2026.9.5", env: { OTHER: "1" } });
    expect(exitCode).toBe(1);
    expect(output).toMatch(/OpenClaw 2026\.9\.5 refuses to run:\nThis OpenClaw build cannot open your existing data/);
    expect(output).toMatch(/The gateway that runs was left as it is\.\n?$/);
    expect(await g.startedAt()).toBe(before);
  });
});

describe("stepping back by configuration", () => {
  it("O4: lists what there is for an unknown release", async () => {
    const { output, exitCode } = await g.release({ stepBack: { to: "nonesuch", restoreState: false } });
    expect(exitCode).toBe(1);
    expect(output).toContain(`no known-good release nonesuch on this host. There are:\n`);
    expect(output).toContain(`  ${ids.later}  OpenClaw 2026.9.6, good since `);
    expect(output).toContain(`  ${ids.old}  OpenClaw 2026.9.5, good since `);
  });

  it("O4: is refused across a migration, and nothing stops", async () => {
    const before = await g.startedAt();
    const { output, exitCode } = await g.release({ stepBack: { to: ids.old, restoreState: false } });
    expect(exitCode).toBe(1);
    expect(output).toContain("(state/openclaw.sqlite: schema 17 then, 18 now)");
    expect(output).toContain("pulumi config set --stack dev --path openclaw:gateway.restoreState true");
    expect(await g.startedAt()).toBe(before);
  });

  it("O4: with the state from before the migration, keeps the present one aside", async () => {
    await shell(`echo 'written since' >${memory}`);
    const back = { token: today, stepBack: { to: ids.old, restoreState: true } };
    const { output, exitCode } = await g.release(back);
    expect(exitCode, output).toBe(0);
    expect(await g.gateway(today)).toBe("2026.9.5 200 401");
    expect(await g.gateway(token)).toBe("2026.9.5 401 401");
    expect(await shell(`cat ${memory}`)).toBe("what the user cares about");
    const kept = /the state that was there is kept in (\S+)/.exec(output)?.[1] ?? "";
    expect(await shell(`cat ${kept}/state/workspace/MEMORY.md`)).toBe("written since");
    await shell(`echo 'after stepping back' >${memory}`);
    expect((await g.release(back)).output).toContain("the gateway runs this release already, verified");
    expect(await shell(`cat ${memory}`)).toBe("after stepping back");
  });

  it("O4: and forward again, on the present state", async () => {
    const { output, exitCode } = await g.release({ token: today, stepBack: { to: ids.new, restoreState: false } });
    expect(exitCode, output).toBe(0);
    expect(output).toContain(`{"release":"${ids.new}"`);
    expect(await g.gateway(today)).toBe("2026.9.6 200 401");
    expect(await shell(`cat ${memory}`)).toBe("after stepping back");
    expect(await shell(`jq -r .logging.level ${config}`)).toBe("debug");
  });
});

describe("C1: releases, one after the other", () => {
  it("leave the last three good ones, their images, and no others", async () => {
    // One more, whatever it starts.
    const image = { reference: await g.variant("last", [], "small") };
    const { output, exitCode } = await g.release({ token: today, image });
    expect(exitCode, output).toBe(0);
    const good = (await shell("ls /srv/openclaw/releases")).split("\n");
    expect(good).toHaveLength(3);
    expect(good.filter((name) => name.endsWith(`-${ids.later}`))).toEqual([]);
    expect(await shell("docker image ls --format '{{.Repository}}' | sort | uniq --count")).toMatch(
      /3 ghcr.io\/openclaw\/openclaw\n +3 openclaw-gateway$/,
    );
  });
});
