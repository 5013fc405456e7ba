/** The baseline of a host, over real SSH on a machine that boots: once, again, from outside, and after a reboot. */
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bootMachine, type BootedMachine } from "../clouds/machines/machine.ts";
import { freePort } from "../support/free-port.ts";
import { bootHost, type HostUnderTest, type ParameterChanges } from "../support/hosts/booted-host.ts";
import { connects } from "../support/connects.ts";
import { knock, openPorts } from "../support/hosts/reach.ts";

const asItShouldBe = /\nbaseline: 0 changes, \d+ s\n?$/;

/** A TCP port of the network's gateway that is closed to containers, while its DNS is open: as Google's metadata service. */
const closedPort = 8099;

let host: HostUnderTest;
let machine: BootedMachine;
let neighbour: BootedMachine;
let usual: ParameterChanges;

beforeAll(async () => {
  host = await bootHost("baseline");
  machine = host.machine;
  neighbour = await bootMachine({ name: "neighbour", network: host.network, number: 11 });
  await neighbour.untilBooted();
  usual = {
    metadata: [{ address: "169.254.169.254" }, { address: host.network.gateway, ports: [closedPort] }],
  };
});
afterAll(async () => {
  await neighbour.destroy();
  await host[Symbol.asyncDispose]();
});

/** An image without anything: programs come from the machine, read-only. */
const runContainer = (name: string, words: string, command: string): Promise<string> =>
  machine.shell(`docker image inspect shell >/dev/null 2>&1 || {
    mkdir -p /tmp/shell/{usr,proc,sys,dev,tmp} && ln -sfn usr/bin /tmp/shell/bin && ln -sfn usr/lib /tmp/shell/lib
    ln -sfn usr/lib64 /tmp/shell/lib64
    tar -C /tmp/shell -c . | docker import - shell >/dev/null
  }
  docker run --name ${name} --volume /usr:/usr:ro ${words} shell ${command}`);

describe("a machine booted from user data", () => {
  it("is done with it, without a fault", async () => {
    expect(await machine.shell("cloud-init status --long")).toMatch(/status: done[^]*errors: \[\]/);
  });

  it("has the one host key that it was given", async () => {
    expect(await machine.shell("ls /etc/ssh/ssh_host_*")).toBe(
      "/etc/ssh/ssh_host_ed25519_key\n/etc/ssh/ssh_host_ed25519_key.pub",
    );
    expect(await machine.shell("cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub")).toBe(host.bootstrapHostKey);
  });

  it("lets the deploy user in by key, who is root only by sudo and has no password", async () => {
    expect((await host.ssh("id -un && id -u && sudo -n id -u")).output).toBe("openclaw-deploy\n1100\n0");
    expect(await machine.shell("getent shadow openclaw-deploy | cut -d: -f2; id -nG openclaw-deploy")).toBe(
      "!\nopenclaw-deploy",
    );
  });

  it("does not let root in", async () => {
    expect((await host.ssh("id", { user: "root" })).exitCode).not.toBe(0);
  });

  it("shows the private host key to nobody but root", async () => {
    const found = await host.ssh(
      "grep -rlsa 'BEGIN OPENSSH PRIVATE KEY' /var/log /var/lib/cloud/instance* /run /etc/ssh; true",
    );
    expect(found.output).toBe("");
    expect(await machine.shell("grep -rlsa 'BEGIN OPENSSH PRIVATE KEY' /var/log || true")).toBe("");
  });
});

describe("the baseline", () => {
  it.each([
    ["Debian GNU/Linux 12 (bookworm)", "debian", "12"],
    ["Ubuntu 24.04.3 LTS", "ubuntu", "24.04"],
  ])("is refused at its first step on %s, and nothing is changed", async (name, id, version) => {
    const changes =
      "find /etc /usr/local /var/lib/openclaw /home -newer /run/before -not -path '*/os-release*' 2>/dev/null || true";
    await machine.shell(
      `touch /run/before; printf 'PRETTY_NAME="%s"\nID=%s\nVERSION_ID="%s"\n' '${name}' ${id} ${version} >/run/os-release; mount --bind /run/os-release /etc/os-release`,
    );
    const { output, exitCode } = await host.baseline(usual);
    expect(await machine.shell(`umount /etc/os-release; ${changes}`)).toBe("");
    expect(exitCode).toBe(1);
    expect(output).toContain(
      `error: this host runs ${name}, and the baseline supports Debian 13 only. Nothing was changed.`,
    );
    expect(output).toContain('baseline failed in the step "supported"');
  });

  it("applies, and is confirmed by the next connection", async () => {
    const first = await host.baseline(usual);
    expect(first.exitCode, first.output).toBe(0);
    expect(first.output).toContain("which was blank, as xfs");
    expect(first.output).toMatch(
      /\nSSH and firewall settings changed: unless a new connection confirms them within 90 s/,
    );
    expect((await host.confirm(usual)).output).toBe("confirmed: the SSH and firewall settings stay");
    console.log(`first baseline: ${first.seconds.toFixed(1)} s`);
  });

  it("changes nothing the second time, and opens one connection for that", async () => {
    const stamps = "find /etc /usr/local /var/lib/openclaw /home -newer /etc/openclaw/baseline.json -type f | sort";
    const before = await machine.shell(stamps);
    const connections = await machine.sshConnections();
    const second = await host.baseline(usual);
    expect(second.output).toMatch(asItShouldBe);
    expect(await machine.sshConnections()).toBe(connections + 1);
    expect(await machine.shell(stamps)).toBe(before);
    expect((await host.confirm(usual)).output).toBe("nothing to confirm");
    console.log(`second baseline: ${second.seconds.toFixed(1)} s`);
  });

  it("puts back what somebody changed, and says so", async () => {
    await machine.shell("sed -i s/no/yes/ /etc/ssh/sshd_config.d/00-openclaw.conf; ufw allow 8080/tcp");
    const { output } = await host.converge(usual);
    expect(output).toContain('removed the rule "allow 8080/tcp", which the configuration does not know');
    expect(output).toContain("wrote /etc/ssh/sshd_config.d/00-openclaw.conf");
    expect((await host.baseline(usual)).output).toMatch(asItShouldBe);
  });

  it("records what the host is, for root only", async () => {
    expect(await machine.shell("stat -c '%a %U' /etc/openclaw /etc/openclaw/baseline.json")).toBe("700 root\n600 root");
    const record: unknown = JSON.parse(await machine.shell("cat /etc/openclaw/baseline.json"));
    expect(record).toMatchObject({ data: { type: "xfs" }, swap: false, applied: { identity: "baseline" } });
  });

  it("has Docker rotate logs, outlive its own restarts, and give no new privileges", async () => {
    const info = await machine.shell(
      "docker info --format '{{.LoggingDriver}} {{.LiveRestoreEnabled}} {{.SecurityOptions}}'",
    );
    expect(info).toMatch(/^local true .*no-new-privileges/);
    expect(await machine.shell("docker compose version --short")).toMatch(/^v?2\./);
  });

  it("has upgrades by themselves, from Docker's origin too, and reboots in its window", async () => {
    const settings = await machine.shell("apt-config dump");
    expect(settings).toContain('Unattended-Upgrade::Origins-Pattern:: "origin=Docker";');
    expect(settings).toContain('Unattended-Upgrade::Automatic-Reboot-Time "04:00";');
    const run = await machine.shell("unattended-upgrade --dry-run --debug 2>&1 | grep -i 'allowed origins are'");
    expect(run).toContain("origin=Docker");
    expect(await machine.shell("systemctl list-timers apt-daily-upgrade.timer")).toMatch(/ 03:[012]\d:/);
  });

  it("limits the journal, which is kept over reboots", async () => {
    expect(await machine.shell("ls -d /var/log/journal; systemd-analyze cat-config systemd/journald.conf")).toMatch(
      /\/var\/log\/journal\n[^]*SystemMaxUse=200M/,
    );
  });

  it("keeps secrets out of shells' history", async () => {
    const typed =
      "export OPENCLAW_GATEWAY_TOKEN=canary\n true canary\ncurl -H 'Bearer canary' x\ntrue kept\nhistory -a\n";
    await host.ssh("bash -li", { input: typed });
    expect(await machine.shell("cat /home/openclaw-deploy/.bash_history")).toBe("true kept\nhistory -a");
  });
});

describe("from outside", () => {
  const ports = [22, 25, 80, 111, 443, 2375, 2376, 5353, 8080, 8443, 18789, 18790, 18791, 18792];

  beforeAll(async () => {
    await machine.shell(`systemd-run --quiet --unit=listener python3 -c '
import http.server, socket
class Server(http.server.ThreadingHTTPServer): address_family = socket.AF_INET6
Server(("::", 8080), http.server.SimpleHTTPRequestHandler).serve_forever()'`);
    await runContainer(
      "web",
      "--detach --publish 127.0.0.1:18789:80 --publish 18790:80 --restart always",
      'bash -c "trap exit TERM; python3 -m http.server 80 & wait"',
    );
    await machine.shell(
      "until curl -sf --max-time 2 127.0.0.1:18789 && curl -sf 127.0.0.1:8080; do sleep 0.2; done >/dev/null",
    );
  });

  it("nothing but SSH answers the range that is allowed", async () => {
    for (const address of [machine.address, machine.address6])
      expect(await Promise.all(ports.map((port) => connects(address, port)))).toEqual(
        ports.map((port) => port === 22 && address === machine.address),
      );
  });

  it("nothing at all answers a neighbour, over IPv4 and IPv6", async () => {
    expect(await openPorts(neighbour, machine.address, ports)).toEqual([]);
    expect(await openPorts(neighbour, machine.address6, ports)).toEqual([]);
    expect((await neighbour.exec(["ping", "-c1", "-W2", machine.address])).exitCode).toBe(0);
    expect((await neighbour.exec(["ping", "-c1", "-W2", machine.address6])).exitCode).toBe(0);
  });

  it("a neighbour would reach all of these, were the firewalls open", async () => {
    await machine.shell("ufw disable >/dev/null; nft delete table inet openclaw");
    try {
      expect(await openPorts(neighbour, machine.address, [22, 8080, 18790])).toEqual([
        "22 open",
        "8080 open",
        "18790 open",
      ]);
      expect(await openPorts(neighbour, machine.address6, [22, 8080])).toEqual(["22 open", "8080 open"]);
    } finally {
      await machine.shell("ufw --force enable; systemctl reload openclaw-container-firewall");
    }
    expect(await openPorts(neighbour, machine.address, [22, 8080, 18790])).toEqual([]);
  });

  it("a neighbour does not reach a port published on loopback, as it would without the rule", async () => {
    expect(await knock(neighbour, machine, "127.0.0.1", 18789)).toBe("silent");
    await machine.shell("nft delete table inet openclaw");
    expect(await knock(neighbour, machine, "127.0.0.1", 18789)).toBe("accepted");
    await machine.shell("systemctl reload openclaw-container-firewall");
    expect(await knock(neighbour, machine, "127.0.0.1", 18789)).toBe("silent");
  });

  it("a neighbour that knows a container's own address does not reach it", async () => {
    const address = (await machine.shell("docker inspect -f '{{.NetworkSettings.IPAddress}}' web")).trim();
    expect(await knock(neighbour, machine, address, 80)).toBe("silent");
    await machine.shell("nft delete table inet openclaw");
    expect(await knock(neighbour, machine, address, 80)).toBe("accepted");
    await machine.shell("systemctl reload openclaw-container-firewall");
  });

  it("the rules come again when Docker starts, should somebody have emptied the tables", async () => {
    await machine.shell("nft delete table inet openclaw; systemctl reset-failed docker; systemctl restart docker");
    await machine.shell("until curl -sf --max-time 2 127.0.0.1:18789 >/dev/null; do sleep 0.2; done");
    expect(await openPorts(neighbour, machine.address, ports)).toEqual([]);
    expect(await knock(neighbour, machine, "127.0.0.1", 18789)).toBe("silent");
  });

  it("the next baseline loads ufw's rules, should somebody have taken them out", async () => {
    await machine.shell("for ip in iptables ip6tables; do $ip -P INPUT ACCEPT; $ip -F INPUT; done");
    expect(await openPorts(neighbour, machine.address, [22, 8080])).toEqual(["22 open", "8080 open"]);
    expect((await host.converge(usual)).output).toContain("loaded ufw's rules, which somebody had taken out");
    expect(await openPorts(neighbour, machine.address, ports)).toEqual([]);
    expect(await openPorts(neighbour, machine.address6, ports)).toEqual([]);
  });
});

describe("from a container", () => {
  const ask = (url: string): string => `curl -s -o /dev/null -w '%{http_code}' --max-time 5 ${url}`;

  beforeAll(async () => {
    host.network.serveMetadata(() => "secret\n");
    await machine.shell("docker network create own >/dev/null");
  });

  it.each(["bridge", "own"])(
    "no metadata service answers, while names resolve and other addresses answer: %s",
    async (network) => {
      expect(await machine.shell(ask("http://169.254.169.254/"))).toBe("200");
      const started = performance.now();
      const words = `--rm --network ${network} --entrypoint bash`;
      const inContainer = (text: string): Promise<string> => runContainer(`ask-${network}`, words, `-c "${text}"`);
      expect(await inContainer(`${ask("http://169.254.169.254/")} || true`)).toBe("000");
      expect(performance.now() - started).toBeLessThan(4000);
      expect(
        await inContainer("python3 -c 'import socket; print(socket.gethostbyname(\\\"metadata.internal\\\"))'"),
      ).toBe("169.254.169.254");
    },
  );

  it("only the closed ports of an address are closed, when it names some", async () => {
    const servers = [closedPort, closedPort + 1].map((port) =>
      createServer((_request, response) => response.end()).listen(port, host.network.gateway),
    );
    try {
      const codes = (port: number) => `${ask(`http://${host.network.gateway}:${String(port)}/`)} || true`;
      const both = `${codes(closedPort)}; echo; ${codes(closedPort + 1)}`;
      expect(await runContainer("ports", "--rm --entrypoint bash", `-c "${both}"`)).toBe("000\n200");
    } finally {
      for (const server of servers) server.close();
    }
  });
});

describe("people with a tunnel", () => {
  it("reach the gateway's port, and nothing else; without their key, nothing", async () => {
    const reader = await host.newKey("reader");
    const person = { user: "openclaw-tunnel", key: reader };
    expect((await host.ssh("true", person)).exitCode).toBe(255);
    await host.converge({ ...usual, ssh: { tunnelKeys: [reader.publicKey] } });

    const [gateway, other] = [await freePort(), await freePort()];
    const forwards = ["-N", "-L", `127.0.0.1:${gateway}:127.0.0.1:18789`, "-L", `127.0.0.1:${other}:127.0.0.1:8080`];
    const tunnel = spawn("ssh", host.sshWords({ ...person, words: forwards }), { stdio: "ignore" });
    const ended = new Promise((resolve) => tunnel.once("exit", resolve));
    try {
      const answer = async (port: number): Promise<number> =>
        fetch(`http://127.0.0.1:${port}/`).then(
          ({ status }) => status,
          () => 0,
        );
      for (let tries = 0; (await answer(gateway)) !== 200 && tries < 50; tries += 1) await sleep(100);
      expect(await answer(gateway)).toBe(200);
      expect(await answer(other)).toBe(0);

      for (const words of [[], ["-tt"], ["-s"], ["-N", "-R", "7000:127.0.0.1:22"], ["-N", "-w", "0:0"]])
        expect((await host.ssh("sftp", { ...person, words })).exitCode, words.join(" ")).toBe(255);

      // Their key goes, and so do their open tunnels.
      const { output } = await host.converge(usual);
      expect(output).toContain("removed the user openclaw-tunnel");
      await ended;
    } finally {
      tunnel.kill();
    }
    expect((await host.ssh("true", person)).exitCode).toBe(255);
    expect((await machine.exec(["id", "openclaw-tunnel"])).exitCode).not.toBe(0);
  });

  it("the deploy user forwards to local ports only: nothing back, no agent", async () => {
    expect((await host.ssh("true", { words: ["-R", "7000:127.0.0.1:22"] })).exitCode).toBe(255);
    expect((await host.ssh("echo ${SSH_AUTH_SOCK:-none}", { words: ["-A"] })).output).toBe("none");
  });
});

describe("somebody who keeps trying", () => {
  const banned = () => machine.shell("fail2ban-client get sshd banip");

  beforeAll(async () => {
    const range = [`${host.network.gateway}/32`, `${host.stranger}/31`];
    await host.converge({ ...usual, ssh: { allowedCidrs: range } });
  });
  afterAll(() => host.converge(usual));

  // The one whom sshd does not know; and the one whose keys are wrong, whom sshd itself drops after a few attempts.
  it.each([
    ["unknown", false],
    ["openclaw-deploy", true],
  ])("as %s is banned from an allowed range; a single address that is allowed is not", async (user, isDropped) => {
    const key = await host.newKey(`wrong-${user}`);
    const stranger = { from: host.stranger, timeoutSeconds: 10 };
    // sshd's own list is in its memory.
    await machine.shell("fail2ban-client unban --all; systemctl restart ssh");
    expect((await host.ssh("true", stranger)).exitCode).toBe(0);
    const deadline = Date.now() + 90_000;
    for (let tried = 0; !(await banned()).includes(host.stranger) || tried < 12; tried += 1) {
      expect(Date.now()).toBeLessThan(deadline);
      await host.ssh("true", { user, key });
      await host.ssh("true", { user, key, ...stranger });
    }
    expect(await banned()).not.toContain(host.network.gateway);
    const said = await machine.shell("journalctl --unit ssh --output cat --no-pager");
    if (isDropped) expect(said).toContain(`drop connection #0 from [${host.stranger}]`);
    expect(said).not.toContain(`drop connection #0 from [${host.network.gateway}]`);
    expect((await host.ssh("true", stranger)).exitCode).toBe(255);
    expect((await host.ssh("true")).exitCode).toBe(0);
    await machine.shell("fail2ban-client unban --all");
  });
});

describe("after a reboot", () => {
  it("everything is as it was", async () => {
    await machine.shell("date > /srv/openclaw/kept");
    await machine.reboot();
    await machine.untilBooted();
    expect((await host.baseline(usual)).output).toMatch(asItShouldBe);
    expect(
      await machine.shell("findmnt -no FSTYPE,OPTIONS /srv/openclaw; stat -c %a /srv/openclaw; ls /srv/openclaw"),
    ).toMatch(/^xfs +rw,nosuid,nodev,noatime.*\n700\nkept$/);
    await machine.shell("until curl -sf --max-time 2 127.0.0.1:18789 >/dev/null; do sleep 0.2; done");
    expect(await openPorts(neighbour, machine.address, [22, 8080, 18789, 18790])).toEqual([]);
    expect(await openPorts(neighbour, machine.address6, [22, 8080, 18789, 18790])).toEqual([]);
    expect(await knock(neighbour, machine, "127.0.0.1", 18789)).toBe("silent");
  });
});
