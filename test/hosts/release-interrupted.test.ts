/**
 * G1: a release that is interrupted at any step — its client, its own process, the whole host — leaves a gateway whose
 * version, configuration and state belong together, and the next run completes it or undoes it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StageDocument } from "../../components/container/stage.ts";
import { withFault } from "./baseline/host.ts";
import { bootGatewayHost, type GatewayHostUnderTest, type Wanted } from "./release/gateway.ts";
import { crashes } from "./release/variants.ts";

let g: GatewayHostUnderTest;
const shell = (text: string): Promise<string> => g.host.machine.shell(text);
const data = "/srv/openclaw";
const memory = `${data}/state/workspace/MEMORY.md`;

beforeAll(async () => {
  g = await bootGatewayHost("interrupted");
  const { output, exitCode } = await g.release({ version: "2026.9.5", env: { ROUND: "0" } });
  expect(exitCode, output).toBe(0);
  await shell(`echo 'what the user cares about' >${memory} && chown 1000:1000 ${memory}`);
});
afterAll(async () => {
  await g[Symbol.asyncDispose]();
});

/** A release that stays where a line of its scripts is, until it is ended. */
const stayingAt = (wanted: Wanted, [file, line, place]: Place): StageDocument => {
  const stay = "touch /run/here; sleep 1000";
  const planted = place === "before" ? `${stay}; ${line}` : `${line}; ${stay}`;
  return withFault(g.stage(wanted).document, file, line, planted);
};
type Place = readonly [file: string, line: string, place: "before" | "after"];

const untilHere = async (): Promise<void> => {
  const deadline = Date.now() + 240_000;
  while ((await g.host.machine.exec(["test", "-e", "/run/here"])).exitCode !== 0) {
    if (Date.now() > deadline)
      throw new Error(`the release never came there:\n${await shell("cat /run/openclaw-release-*/log")}`);
    await sleep(100);
  }
  await shell("rm /run/here");
};

/** What a gateway runs that is started again, after all that: `ROUND` and version. */
const whatRuns = async (): Promise<string> => {
  await g.untilStarted();
  const [version] = (await g.gateway()).split(" ");
  return `${version ?? ""} ${await shell("docker exec openclaw-gateway printenv ROUND")}`;
};

const powerCut = async (): Promise<void> => {
  await g.host.machine.powerOff();
  await g.host.machine.start();
  await g.host.machine.untilBooted();
};

describe("a release whose client is killed", () => {
  it("completes, and the next one finds it done", async () => {
    const wanted: Wanted = { version: "2026.9.5", env: { ROUND: "client" } };
    const releasing = g.launch(g.stage(wanted).document);
    const deadline = Date.now() + 120_000;
    while (!(await shell("cat /run/openclaw-release-*/log 2>/dev/null || true")).includes("stopping the gateway")) {
      if (Date.now() > deadline) throw new Error("no release began");
      await sleep(50);
    }
    await releasing.kill();
    const { output, exitCode } = await g.release(wanted);
    expect(exitCode, output).toBe(0);
    expect(output).toContain("another stage works on this host, waiting for it");
    expect(output).toContain("the gateway runs this release already, verified");
    expect(await whatRuns()).toBe("2026.9.5 client");
    expect(await shell("ls /run | grep openclaw-release || true")).toBe("");
  });
});

describe("a power cut", () => {
  const after: readonly [string, Place, "old" | "new"][] = [
    ["after the gateway stopped", ["transaction.sh", 'copy_state "$from" "$generation"', "before"], "old"],
    ["while the state is copied", ["generation.sh", "install --directory --owner 1000", "before"], "old"],
    ["before the new release takes over", ["transaction.sh", 'switch_to "$generation"', "before"], "old"],
    ["after the new release took over", ["transaction.sh", 'switch_to "$generation"', "after"], "new"],
    ["before the new release is known as good", ["transaction.sh", "local verified=$here/verified", "before"], "new"],
  ];

  it.each(after)("%s leaves a whole gateway, and the next run completes the release", async (name, place, expected) => {
    const wanted: Wanted = { version: "2026.9.5", env: { ROUND: name.replaceAll(" ", "-") } };
    const before = await whatRuns();
    const releasing = g.launch(stayingAt(wanted, place));
    await untilHere();
    await powerCut();
    await releasing.ended;
    const round = wanted.env?.["ROUND"] ?? "";
    expect(await whatRuns()).toBe(expected === "old" ? before : `2026.9.5 ${round}`);
    expect(await shell(`cat ${memory}`)).toBe("what the user cares about");
    const { output, exitCode } = await g.release(wanted);
    expect(exitCode, output).toBe(0);
    expect(output.includes("was interrupted; completing it")).toBe(expected === "new");
    expect(await whatRuns()).toBe(`2026.9.5 ${round}`);
    expect(await shell(`cat ${memory}; ls ${data}`)).toBe(
      "what the user cares about\ncurrent\nowner.json\nreleases\nstate",
    );
  });

  it("while a bad release is undone leaves the old one, and the next run goes on", async () => {
    const before = await whatRuns();
    const image = { reference: await g.variant("crashes", crashes) };
    const bad: Wanted = { image, env: { ROUND: "bad" } };
    const releasing = g.launch(stayingAt(bad, ["transaction.sh", 'reject "$generation" "$why"', "before"]));
    await untilHere();
    await powerCut();
    await releasing.ended;
    expect(await whatRuns()).toBe(before);
    const { output, exitCode } = await g.release({ env: { ROUND: "good" } });
    expect(exitCode, output).toBe(0);
    expect(output).toContain("the state that the rejected release wrote is kept in");
    expect(await whatRuns()).toBe("2026.9.6 good");
    expect(await shell(`cat ${memory}`)).toBe("what the user cares about");
  });

  it("right after a bad release took over is undone by the next run", async () => {
    const image = { reference: await g.variant("crashes", crashes) };
    const bad: Wanted = { image, env: { ROUND: "bad" } };
    const releasing = g.launch(stayingAt(bad, ["transaction.sh", 'switch_to "$generation"', "after"]));
    await untilHere();
    await powerCut();
    await releasing.ended;
    const { output, exitCode } = await g.release({ env: { ROUND: "good" } });
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/was interrupted; completing it\n(.*\n)*it is not good, going back: OpenClaw crashed/);
    expect(output).toMatch(
      /the gateway that ran before runs again, verified\n(.*\n)*the gateway runs this release already/,
    );
    expect(await whatRuns()).toBe("2026.9.6 good");
    expect(await shell(`cat ${memory}`)).toBe("what the user cares about");
  });
});

describe("a release whose own process is killed", () => {
  it("is completed by the next one, with what the gateway wrote since", async () => {
    const wanted: Wanted = { env: { ROUND: "killed" } };
    const releasing = g.launch(stayingAt(wanted, ["transaction.sh", "local verified=$here/verified", "before"]));
    await untilHere();
    await shell("systemctl kill --signal KILL 'openclaw-release-*'");
    await releasing.ended;
    expect(await whatRuns()).toBe("2026.9.6 killed");
    await shell(`echo 'written since' >${memory}`);
    const { output, exitCode } = await g.release(wanted);
    expect(exitCode, output).toBe(0);
    expect(output).toContain("was interrupted; completing it");
    expect(await shell(`cat ${memory}`)).toBe("written since");
  });

  it.each([
    ["killed", "systemctl kill --signal KILL 'openclaw-release-*'"],
    ["asked to end", "systemctl stop 'openclaw-release-*'"],
  ])("does not leave the gateway stopped when it is %s", async (_how, end) => {
    const wanted: Wanted = { env: { ROUND: "ended" } };
    const releasing = g.launch(stayingAt(wanted, ["transaction.sh", 'copy_state "$from" "$generation"', "before"]));
    await untilHere();
    expect(await shell("systemctl start openclaw-gateway; systemctl is-active openclaw-gateway || true")).toBe(
      "inactive",
    );
    await shell(end);
    await releasing.ended;
    expect(await whatRuns()).toBe("2026.9.6 killed");
  });
});

describe("a host", () => {
  it("that reboots brings the gateway back by itself", async () => {
    const before = await whatRuns();
    await g.host.machine.reboot();
    await g.host.machine.untilBooted();
    expect(await whatRuns()).toBe(before);
  });
});
