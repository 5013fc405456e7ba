/** SSH and firewall settings that would shut everybody out undo themselves: at once, after a while, and at the next boot. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baselineStage, confirmStage } from "../../cloud-init/baseline.ts";
import type { StageDocument } from "../../components/container/stage.ts";
import { bootHost, withFault, type HostUnderTest } from "../support/hosts/booted-host.ts";

/** The product's 90 s, shortened: as many seconds until the settings come back. */
const seconds = 8;

let host: HostUnderTest;

beforeAll(async () => {
  host = await bootHost("lockout");
  await host.converge();
});
afterAll(() => host[Symbol.asyncDispose]());

const stage = (changes?: Parameters<HostUnderTest["parameters"]>[0]): StageDocument =>
  withFault(baselineStage(host.parameters(changes)), "baseline.sh", ":-90}", `:-${seconds}}`);

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
  it("shuts everybody out, for as long as is allowed; then all is as it was, and the confirmation fails", async () => {
    const before = await settings();
    const result = await host.run(fault(stage(change)));
    expect(result.exitCode, result.output).toBe(0);
    expect(result.output).toContain(`unless a new connection confirms them within ${seconds} s`);
    expect(await isIn()).toBe(false);
    expect(await settings()).not.toBe(before);
    expect(await untilIn()).toBeLessThan(seconds + 15);
    // "ufw reload" switches it off and on again, in its files too: what is let in may still be on its way.
    await expect.poll(settings, { timeout: 15_000, interval: 500 }).toBe(before);

    const late = await host.run(confirmStage(host.parameters(change)));
    expect(late.exitCode).toBe(1);
    expect(late.output).toMatch(/^error: the new SSH and firewall settings were undone, because no connection arrived/);
    expect(await settings()).toBe(before);
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
  it("is told so; run again, the same settings are tried again; run once more, they stay", async () => {
    const before = await settings();
    expect((await host.run(stage(change))).exitCode).toBe(0);
    await host.machine.shell(
      "until grep -qx undone /var/lib/openclaw/guard/state; do sleep 0.2; done; until ! systemctl is-active openclaw-undo.service; do sleep 0.2; done",
    );
    expect(await settings()).toBe(before);

    const confirmation = confirmStage(host.parameters(change));
    const [first, second, third] = [
      await host.run(confirmation),
      await host.run(confirmation),
      await host.run(confirmation),
    ];
    expect(first).toMatchObject({ exitCode: 1 });
    expect(second.output).toContain("are applied again, for 10 minutes: run once more within them, and they stay");
    expect(second.exitCode).toBe(1);
    expect(third).toMatchObject({ exitCode: 0, output: "confirmed: the SSH and firewall settings stay" });
    expect(await host.machine.shell("ufw status")).toContain("192.0.2.0/24");
    expect((await host.run(confirmation)).output).toBe("nothing to confirm");
    await host.converge();
    expect(await settings()).toBe(before);
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
    expect((await host.confirm()).output).toBe("nothing to confirm");
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
