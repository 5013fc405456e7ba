/** SSH and firewall settings that would shut everybody out undo themselves: at once, after a while, and at the next boot. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baselineStage, confirmStage, worthAnotherConnection } from "../../cloud-init/baseline.ts";
import type { StageDocument } from "../../components/container/stage.ts";
import { bootHost, withFault, type HostUnderTest, type SshResult } from "../support/hosts/booted-host.ts";

/** The product's 90 s, shortened: as many seconds until the settings come back. */
const seconds = 8;

let host: HostUnderTest;

beforeAll(async () => {
  host = await bootHost("lockout");
  await host.converge();
});
afterAll(() => host[Symbol.asyncDispose]());

type Changes = Parameters<HostUnderTest["parameters"]>[0];
const shortened = (document: StageDocument): StageDocument =>
  withFault(document, "baseline.sh", "seconds=90", `seconds=${seconds}`);
const stage = (changes?: Changes): StageDocument => shortened(baselineStage(host.parameters(changes)));
const confirmation = (changes?: Changes): StageDocument => confirmStage(stage(changes));

/** Runs a confirmation as Pulumi does, by as many connections as are worth it; each of their results, in order. */
async function confirm(document: StageDocument): Promise<SshResult[]> {
  const results: SshResult[] = [];
  for (;;) {
    await untilIn();
    const result = await host.run(document);
    results.push(result);
    const failures = results.map(({ output }) => output).reverse();
    if (result.exitCode === 0 || !worthAnotherConnection(failures)) return results;
  }
}

/** Expects as many failures as there are words, and each to say its own. */
function expectFailures(results: readonly SshResult[], words: readonly RegExp[]): void {
  expect(results.map(({ exitCode }) => exitCode)).toEqual(words.map(() => 1));
  for (const [index, pattern] of words.entries()) expect(results[index]?.output).toMatch(pattern);
}
const undone = /^error: the new SSH and firewall settings were undone, because no connection arrived/;
const again = /are applied again: a further connection confirms them$/;

const guard = (word: "state" | "undo"): Promise<string> =>
  host.machine.shell(`/usr/local/lib/openclaw/guard.sh ${word}`);

/** Everything that decides who gets in. */
const settings = (): Promise<string> =>
  host.machine.shell(
    "cd /etc; sha256sum ssh/sshd_config ssh/sshd_config.d/* ufw/ufw.conf ufw/*.rules default/ufw /home/openclaw-deploy/.ssh/*; ufw status; sshd -T | sort",
  );

const isIn = async (): Promise<boolean> => (await host.ssh("true")).exitCode === 0;

const untilIn = async (): Promise<number> => {
  const started = performance.now();
  while (!(await isIn())) {
    if (performance.now() - started > 60_000) throw new Error("nobody gets in again");
    await sleep(200);
  }
  return (performance.now() - started) / 1000;
};

/** Faults that shut everybody out, and that no check sees. */
const lockouts: readonly { name: string; fault: (document: StageDocument) => StageDocument }[] = [
  {
    name: "a deploy user who may not log in",
    fault: (document) => {
      const path = "host/etc/ssh/sshd_config.d/00-openclaw.conf";
      return withFault(document, path, "AllowUsers openclaw-deploy", "AllowUsers nobody");
    },
  },
  {
    name: "a firewall without the rule for SSH",
    fault: (document) => withFault(document, "steps/70-firewall.sh", 'from "$half"', "from 192.0.2.1"),
  },
  {
    name: "keys of somebody else",
    fault: (document) =>
      withFault(document, "steps/80-ssh.sh", "parameter '.ssh.authorizedKeys[]'", "echo ssh-ed25519 AAAA nobody"),
  },
];

/** A change that makes every guarded step work, so that a planted fault takes effect. */
const change = { ssh: { allowedCidrs: [] as string[] } };
beforeAll(() => {
  change.ssh.allowedCidrs = [`${host.network.gateway}/32`, "192.0.2.0/24"];
});

describe.each(lockouts)("$name", ({ fault }) => {
  it("shuts everybody out, for as long as is allowed, and once more; then all is as it was, and the confirmation fails", async () => {
    const before = await settings();
    const result = await host.run(fault(stage(change)));
    expect(result.exitCode, result.output).toBe(0);
    expect(result.output).toContain(`unless a new connection confirms them within ${seconds} s`);
    expect(await isIn()).toBe(false);
    expect(await settings()).not.toBe(before);
    expect(await untilIn()).toBeLessThan(seconds + 15);
    // "ufw reload" switches it off and on again, in its files too: what is let in may still be on its way.
    await expect.poll(settings, { timeout: 15_000, interval: 500 }).toBe(before);

    expectFailures(await confirm(confirmation(change)), [undone, again, undone]);
    await expect.poll(settings, { timeout: 15_000, interval: 500 }).toBe(before);
  });

  it("ends in a machine that lets in, when it is switched off before that", async () => {
    const before = await settings();
    const result = await host.run(fault(baselineStage(host.parameters(change))));
    expect(result.exitCode, result.output).toBe(0);
    expect(await isIn()).toBe(false);
    await host.machine.powerOff();
    await host.machine.start();
    expect(await untilIn()).toBeLessThan(30);
    expect(await settings()).toBe(before);
  });
});

describe("a confirmation that comes too late", () => {
  const confirmed = { exitCode: 0, output: "confirmed: the SSH and firewall settings stay" };
  let before: string;
  beforeAll(async () => {
    before = await settings();
    expect((await host.run(stage(change))).exitCode).toBe(0);
    await host.machine.shell(
      "until grep -qx undone /var/lib/openclaw/guard/state; do sleep 0.2; done; until ! systemctl is-active openclaw-undo.service; do sleep 0.2; done",
    );
    expect(await settings()).toBe(before);
  });

  it("is told so; what cannot be applied again then is as it was, and stays to be tried", async () => {
    const step = "/usr/local/lib/openclaw/baseline/steps/90-record.sh"; // as the baseline left it
    await host.machine.shell(`sed -i 's,^source ./lib.sh$,exit 1,' ${step}`);
    expectFailures(await confirm(confirmation(change)), [undone, /\nbaseline failed in the step "record"/]);
    expect(await settings()).toBe(before);
    expect(await guard("state")).toBe("retry");
    await host.machine.shell(`sed -i 's,^exit 1$,source ./lib.sh,' ${step}`);
  });

  it("is lost once more: the same settings are tried again", async () => {
    expect((await host.run(confirmation(change))).output).toMatch(again);
    expect(await host.machine.shell("ufw status")).toContain("192.0.2.0/24");
    await guard("undo");
    expect(await settings()).toBe(before);
    const results = await confirm(confirmation(change));
    expect(results.pop()).toMatchObject(confirmed);
    expectFailures(results, [undone, again]);
    expect(await host.machine.shell("ufw status")).toContain("192.0.2.0/24");
    await sleep((seconds + 3) * 1000);
    expect(await host.machine.shell("ufw status")).toContain("192.0.2.0/24");
    expect((await host.run(confirmation(change))).output).toBe("nothing to confirm");
    await host.converge();
    expect(await settings()).toBe(before);
  });

  it("waited for the run that made the settings: a further connection confirms them", async () => {
    const slow = withFault(stage(change), "steps/90-record.sh", "source ./lib.sh", "source ./lib.sh\nsleep 5");
    const running = host.run(slow);
    await host.machine.shell("until pgrep -f steps/90-record.sh; do sleep 0.1; done");
    const results = await confirm(confirmation(change));
    expect((await running).exitCode).toBe(0);
    expect(results.pop()).toMatchObject(confirmed);
    expectFailures(results, [/while this connection was open already, so that it proves nothing/]);
    await host.converge();
  });

  it("is not needed when the next baseline arrives by a new connection", async () => {
    expect((await host.run(stage(change))).exitCode).toBe(0);
    expect((await host.run(stage(change))).output).toMatch(/\nbaseline: 0 changes/);
    await sleep((seconds + 3) * 1000);
    expect(await host.machine.shell("ufw status")).toContain("192.0.2.0/24");
    await host.converge();
  });
});

describe("what is refused", () => {
  it("undoes itself at once when sshd refuses it", async () => {
    const before = await settings();
    const path = "host/etc/ssh/sshd_config.d/00-openclaw.conf";
    const { output, exitCode } = await host.run(withFault(stage(change), path, "MaxAuthTries 6", "MaxAuthTries many"));
    expect(exitCode).toBe(1);
    expect(output).toMatch(
      /MaxAuthTries[^]*error: sshd refuses its configuration, in the words above\nundoing the SSH/,
    );
    expect(output).toContain('baseline failed in the step "ssh" (exit code 1)');
    expect(await settings()).toBe(before);
    expect(await isIn()).toBe(true);
    expect(await guard("state")).toBe("retry");
    await host.converge();
    expect(await guard("state")).toBe("idle");
    expect(await settings()).toBe(before);
  });

  it("undoes itself at once when ufw refuses it", async () => {
    const before = await settings();
    const { output, exitCode } = await host.run(
      withFault(stage(change), "steps/70-firewall.sh", 'allow proto tcp from "$half"', 'allow proto xyz from "$half"'),
    );
    expect(exitCode).toBe(1);
    expect(output).toMatch(/error: ufw allow proto xyz .* failed: ERROR: .*\nundoing the SSH and firewall changes/);
    expect(await settings()).toBe(before);
    expect(await isIn()).toBe(true);
  });

  it("is not even begun when this deployment's own address is outside the ranges", async () => {
    const before = await settings();
    const { output, exitCode } = await host.baseline({ ssh: { allowedCidrs: ["192.0.2.0/24"] } });
    expect(exitCode).toBe(1);
    expect(output).toContain(
      `this deployment comes from ${host.network.gateway}, which is outside ssh.allowedCidrs (192.0.2.0/24)`,
    );
    expect(output).toContain(`(as ${host.network.gateway}/32, say)`);
    expect(await settings()).toBe(before);
  });

  it("is said when another file of sshd's would decide otherwise", async () => {
    const before = await settings();
    await host.machine.shell("echo 'AllowTcpForwarding yes' >/etc/ssh/sshd_config.d/00-a-other.conf");
    const { output, exitCode } = await host.baseline();
    expect(exitCode).toBe(1);
    expect(output).toContain(
      'sshd would not have "allowtcpforwarding local": another file in /etc/ssh decides it first',
    );
    await host.machine.shell("rm /etc/ssh/sshd_config.d/00-a-other.conf");
    await host.converge();
    expect(await settings()).toBe(before);
  });

  it("is a port that sshd does not listen on", async () => {
    const { output, exitCode } = await host.baseline({ ssh: { port: 2222 } });
    expect(exitCode).toBe(1);
    expect(output).toContain("sshd listens on 22, not on 2222 (ssh.port)");
    expect(await isIn()).toBe(true);
    await host.converge();
  });
});

describe("a deployment whose client dies", () => {
  it("goes on on the host, and what it changed comes back unless the next one confirms", async () => {
    const before = await settings();
    const slow = withFault(stage(change), "steps/90-record.sh", "source ./lib.sh", "source ./lib.sh\nsleep 3");
    await host.runAndLose(slow, /\nrecord\n/);
    await host.machine.shell("until grep -qx undone /var/lib/openclaw/guard/state; do sleep 0.2; done; sleep 1");
    expect(await host.machine.shell("cat /var/log/openclaw/baseline.log")).toMatch(/\nbaseline: \d+ changes/);
    expect(await settings()).toBe(before);
    await host.converge();
  });
});
