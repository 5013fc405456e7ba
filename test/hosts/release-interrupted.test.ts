/**
 * G1: a release that is interrupted at any step — its client, its own process, the whole host — leaves a gateway whose
 * version, configuration and state belong together. The host itself completes or undoes it; the next run tells what it did.
 *
 * What is interrupted is the release, so most of them are of a small OpenClaw; the real one runs where it is itself cut off:
 * verified but not known as good yet, migrating a state, ended for a bad release and brought back.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StageDocument } from "../../components/container/stage.ts";
import { volumeId, withFault } from "../support/hosts/booted-host.ts";
import {
  bootGatewayHost,
  canary,
  type GatewayHostUnderTest,
  type OpenclawKind,
  type Wanted,
} from "../support/hosts/gateway-host.ts";
import { crashes } from "../support/hosts/image-variants.ts";

let g: GatewayHostUnderTest;
const shell = (text: string): Promise<string> => g.host.machine.shell(text);
const data = "/srv/openclaw";
const memory = `${data}/state/workspace/MEMORY.md`;

beforeAll(async () => {
  g = await bootGatewayHost("interrupted", { openclaw: "small" });
  const { output, exitCode } = await g.release({ version: "2026.9.5", env: { ROUND: "0" } });
  expect(exitCode, output).toBe(0);
  await shell(`echo 'what the user cares about' >${memory} && chown 1000:1000 ${memory}`);
});
afterAll(async () => {
  await g[Symbol.asyncDispose]();
});

/** A release that stays where a line of its scripts is, until it is ended. Not so the host when it goes on with it. */
const stayingAt = (wanted: Wanted, [file, line, place]: Place): StageDocument => {
  const stay = "[[ ! -e $here/parameters.json ]] || { touch /run/here; sleep 1000; }";
  const planted = place === "before" ? `${stay}; ${line}` : `${line}; ${stay}`;
  return withFault(g.stage(wanted).document, file, line, planted);
};
type Place = readonly [file: string, line: string, place: "before" | "after"];

const untilHere = async (): Promise<void> => {
  if (!(await g.host.machine.holds("test -e /run/here", 240)))
    throw new Error(`the release never came there:\n${await shell("cat /run/openclaw-release-*/log")}`);
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
    // The real one takes its time to start: the next release finds this one at work.
    const wanted: Wanted = { version: "2026.9.5", openclaw: "real", env: { ROUND: "client" } };
    const releasing = g.launch(g.stage(wanted).document);
    if (!(await g.host.machine.holds("grep 'stopping the gateway' /run/openclaw-release-*/log", 120)))
      throw new Error("no release began");
    await releasing.kill();
    const { output, exitCode } = await g.release(wanted);
    expect(exitCode, output).toBe(0);
    expect(output).toContain("another stage works on this host, waiting for it");
    expect(output).toContain("the gateway runs this release already, verified");
    expect(await whatRuns()).toBe("2026.9.5 client");
    expect(await shell("ls /run | grep openclaw-release || true")).toBe("");
  });
});

/** Nobody deployed, and what runs is verified: nothing of the release is left to be done. */
const hostIsDone = async (): Promise<void> => {
  await shell(`while [[ $(systemctl is-active openclaw-recovery || true) == activating ]]; do sleep 0.2; done`);
  expect(
    await shell(`test ! -e ${data}/journal.json && systemctl show --property Result --value openclaw-recovery`),
  ).toBe("success");
  expect(await g.gateway()).toMatch(/^2026\.9\.[56] 200 401$/);
};

const told = "this host went on by itself with a release that was interrupted, until ";

describe("a power cut", () => {
  const after: readonly [string, OpenclawKind, Place, "old" | "new", RegExp | undefined][] = [
    [
      "after the gateway stopped",
      "small",
      ["transaction.sh", 'copy_state "$from" "$generation"', "before"],
      "old",
      undefined,
    ],
    [
      "while the state is copied",
      "small",
      ["generation.sh", "install --directory --owner 1000", "before"],
      "old",
      undefined,
    ],
    [
      "before the new release takes over",
      "small",
      ["transaction.sh", 'switch_to "$generation"', "before"],
      "old",
      / {2}release \w+ was interrupted before it took over\n {2}release \w+ runs, verified\n/,
    ],
    [
      "after the new release took over",
      "small",
      ["transaction.sh", 'switch_to "$generation"', "after"],
      "new",
      / {2}release \w+ was interrupted; completing it\n( {2}.*\n)* {2}release \w+ runs, verified\n/,
    ],
    [
      "before the new release is known as good",
      "real",
      ["journal.sh", 'jq --arg at "$(date', "before"],
      "new",
      / {2}release \w+ was interrupted; completing it\n( {2}.*\n)* {2}release \w+ runs, verified\n/,
    ],
  ];

  it.each(after)("%s leaves a whole gateway without a deployer", async (name, openclaw, place, expected, tells) => {
    const wanted: Wanted = { version: "2026.9.5", openclaw, env: { ROUND: name.replaceAll(" ", "-") } };
    const before = await whatRuns();
    const releasing = g.launch(stayingAt(wanted, place));
    await untilHere();
    await powerCut();
    await releasing.ended;
    const round = wanted.env?.["ROUND"] ?? "";
    expect(await whatRuns()).toBe(expected === "old" ? before : `2026.9.5 ${round}`);
    await hostIsDone();
    expect(await shell(`cat ${memory}`)).toBe("what the user cares about");

    const { output, exitCode } = await g.release(wanted);
    expect(exitCode, output).toBe(0);
    expect(output.includes(told)).toBe(tells !== undefined);
    if (tells !== undefined) expect(output).toMatch(tells);
    expect(output.includes("the gateway runs this release already, verified")).toBe(expected === "new");
    expect(await whatRuns()).toBe(`2026.9.5 ${round}`);
    expect(await shell(`cat ${memory}; ls ${data}`)).toBe(
      "what the user cares about\ncurrent\nowner.json\nreleases\nreserve\nstate",
    );
    expect((await g.release(wanted)).output).not.toContain(told);
  });

  it.each<[string, Place]>([
    ["while a bad release is undone", ["generation.sh", "local from=$data/releases/$1 to part", "before"]],
    ["right after a bad release took over", ["transaction.sh", 'switch_to "$generation"', "after"]],
  ])("%s ends with the old one, without a deployer", async (_when, place) => {
    const before = await whatRuns();
    const image = { reference: await g.variant("crashes", crashes) };
    const releasing = g.launch(stayingAt({ image, env: { ROUND: "bad" } }, place));
    await untilHere();
    await powerCut();
    await releasing.ended;
    expect(await whatRuns()).toBe(before);
    await hostIsDone();
    expect(await shell(`cat ${memory}`)).toBe("what the user cares about");
    expect(await shell("cat /var/log/openclaw/recovery.log; journalctl --boot --unit openclaw-recovery")).toMatch(
      /Z the state that the rejected release wrote is kept in .*\n(.*\n)*.*: the state that the rejected release wrote/,
    );
    expect(await shell("cat /var/log/openclaw/recovery.log")).not.toContain(canary);

    const { output, exitCode } = await g.release({ env: { ROUND: "good" } });
    expect(exitCode, output).toBe(0);
    expect(output).toContain(told);
    expect(output).toContain("  the gateway that ran before runs again, verified\n");
    expect(await whatRuns()).toBe("2026.9.6 good");
    expect(await shell(`cat ${memory}`)).toBe("what the user cares about");
  });
});

describe("a release whose own process is killed", () => {
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
    expect(await whatRuns()).toBe("2026.9.6 good");
  });

  it("is completed by the host, with what the gateway wrote since", async () => {
    const wanted: Wanted = { env: { ROUND: "killed" } };
    const releasing = g.launch(stayingAt(wanted, ["journal.sh", 'jq --arg at "$(date', "before"]));
    await untilHere();
    await shell(`echo 'written since' >${memory}; systemctl kill --signal KILL 'openclaw-release-*'`);
    await releasing.ended;
    await shell(`until test ! -e ${data}/journal.json; do sleep 0.2; done`);
    await hostIsDone();
    const { output, exitCode } = await g.release(wanted);
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/ {2}release \w+ was interrupted; completing it\n/);
    expect(output).toContain("the gateway runs this release already, verified");
    expect(await whatRuns()).toBe("2026.9.6 killed");
    expect(await shell(`cat ${memory}`)).toBe("written since");
  });
});

describe("a step back with an older state, cut off", () => {
  const older: Wanted = { env: { ROUND: "older" } };

  beforeAll(async () => {
    expect((await g.release(older)).exitCode).toBe(0);
    await shell(`echo 'written since' >${memory}`);
  });

  it.each<[string, Place]>([
    [
      "before what was there is kept aside",
      ["journal.sh", 'install --directory --mode 0700 "$data/rejected" "$kept"', "before"],
    ],
    ["when that was begun", ["journal.sh", 'sync --file-system "$data"', "before"]],
  ])("%s, still keeps it", async (name, place) => {
    const newer: Wanted = { env: { ROUND: name.replaceAll(" ", "-") } };
    expect((await g.release(newer)).exitCode).toBe(0);
    await shell(`echo '${name}' >${memory}`);
    const releasing = g.launch(stayingAt({ stepBack: { to: g.stage(older).id, restoreState: true } }, place));
    await untilHere();
    await powerCut();
    await releasing.ended;
    expect(await whatRuns()).toBe("2026.9.6 older");
    await hostIsDone();
    const kept = `$(ls --directory ${data}/rejected/*-${g.stage(newer).id})`;
    expect(await shell(`cat ${kept}/state/workspace/MEMORY.md; ls ${kept}`)).toBe(`${name}\nconfig\nstate`);
    expect(await shell(`cat ${memory}`)).toBe("written since");
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

describe("a data volume", () => {
  const isMounted = async (): Promise<boolean> =>
    (await g.host.machine.exec(["mountpoint", "--quiet", data])).exitCode === 0;
  const gatewayState = (): Promise<string> => shell("systemctl is-active openclaw-gateway || true");

  it("that is detached and attached again brings the gateway back by itself, which does not run meanwhile", async () => {
    const before = await whatRuns();
    await shell(`echo 'before it was detached' >${memory}`);
    // What systemd does when a device goes; the tests' machines have no udev that would tell it.
    await shell("systemctl stop srv-openclaw.mount");
    await g.host.machine.detach(g.host.volume);
    await shell("systemctl start --no-block openclaw-gateway");
    await sleep(5000);
    expect(await isMounted()).toBe(false);
    expect(await gatewayState()).toBe("inactive");
    expect(await shell(`docker ps --quiet; ls -A ${data}`)).toBe("");

    await g.host.machine.attach(g.host.volume, volumeId);
    await g.untilStarted();
    expect(await whatRuns()).toBe(before);
    expect(await isMounted()).toBe(true);
    expect(await shell(`cat ${memory}`)).toBe("before it was detached");
  });
});
