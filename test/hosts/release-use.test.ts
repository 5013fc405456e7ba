/**
 * A gateway's container in use: kept running by its unit, reached by the commands of the outputs, giving no secret away. Where
 * it is the unit or the release that is put to the test, and not OpenClaw, a small one runs.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostCommands, type HostCommands } from "../../components/container/commands.ts";
import {
  bootGatewayHost,
  canary,
  token,
  type GatewayHostUnderTest,
  type Wanted,
} from "../support/hosts/gateway-host.ts";

let g: GatewayHostUnderTest;
let agent: ChildProcess;
let commands: HostCommands;
const directory = mkdtempSync(join(tmpdir(), "openclaw-agent-"));
const socket = join(directory, "agent");
const shell = (text: string): Promise<string> => g.host.machine.shell(text);

/** Values that Compose's file of variables could take for something else. */
const nasty = {
  QUOTES: `"double" 'single' \`back\``,
  DOLLARS: "$HOME ${HOME} $$ $(id) $1",
  BACKSLASHES: "a\\b \\n \\$ \\' \\\" end\\",
  LINES: "-----BEGIN KEY-----\nabc\r\n\ndef\n-----END KEY-----\n",
  SPACES: "  # no comment = here  ",
  UNICODE: "Zürich 東京 🦞",
  EMPTY: "",
};

beforeAll(async () => {
  g = await bootGatewayHost("use", { format: "ext4", openclaw: "small" });
  const { output, exitCode } = await g.release({
    ...today,
    openclaw: "real",
  });
  expect(exitCode, output).toBe(0);
  agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  const key = ["-q", g.host.deployer.privateFile];
  while ((await execa("ssh-add", key, { env: { SSH_AUTH_SOCK: socket }, reject: false })).failed) await sleep(50);
  commands = hostCommands({
    user: "openclaw-deploy",
    address: g.host.machine.address,
    port: 22,
    hostKey: g.host.bootstrapHostKey,
    gatewayPort: g.port,
  });
});
afterAll(async () => {
  agent.kill();
  rmSync(directory, { recursive: true });
  await g[Symbol.asyncDispose]();
});

const today: Wanted = { env: nasty, secrets: { MULTILINE: `first-${canary}\nsecond-${canary}` } };

/** Pastes a command into a shell whose user has the key. */
const paste = (command: string, input = "") =>
  execa("bash", ["-c", command], { env: { SSH_AUTH_SOCK: socket }, all: true, reject: false, input });

/** The same for one that goes on; `said` waits for words. */
const launch = (command: string) => {
  const child = spawn("bash", ["-c", `exec ${command}`], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  return {
    said: async (words: RegExp): Promise<RegExpExecArray> => {
      const deadline = Date.now() + 60_000;
      for (;;) {
        const found = words.exec(text);
        if (found !== null) return found;
        if (Date.now() > deadline || child.exitCode !== null) throw new Error(`never said ${words.source}: ${text}`);
        await sleep(50);
      }
    },
    end: async (): Promise<void> => {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
};

/** What `openclaw devices list --json` prints. */
interface Devices {
  readonly pending: readonly { readonly requestId: string; readonly deviceId: string; readonly clientId: string }[];
  readonly paired: readonly { readonly deviceId: string }[];
}

const health = async (): Promise<string> => {
  for (let tried = 0; tried < 100; tried += 1) {
    const answer = await fetch(`http://127.0.0.1:${String(g.port)}/healthz`).catch(() => undefined);
    if (answer !== undefined) return answer.text();
    await sleep(100);
  }
  return "no answer";
};

describe("the environment of the gateway", () => {
  it("is exactly what was configured, whatever is in it", async () => {
    const program = "process.stdout.write(JSON.stringify(process.env))";
    const inside = JSON.parse(await shell(`docker exec openclaw-gateway node -e '${program}'`)) as object;
    expect(inside).toMatchObject({ ...nasty, ANTHROPIC_API_KEY: canary, OPENCLAW_GATEWAY_TOKEN: token });
  });

  it("and the rest of compose.yaml are understood without a word", async () => {
    const { output, exitCode } = await g.host.machine.exec([
      "docker",
      "compose",
      "--file",
      "/srv/openclaw/current/compose.yaml",
      "--profile",
      "check",
      "config",
      "--quiet",
    ]);
    expect(output).toBe("");
    expect(exitCode).toBe(0);
  });
});

describe("the commands of the outputs, pasted", () => {
  it("ssh: opens a shell", async () => {
    const { all, exitCode } = await paste(commands.ssh, "id -un; sudo -n id -u\n");
    expect(all).toContain("openclaw-deploy\n0");
    expect(exitCode).toBe(0);
  });

  it("ssh: refuses a host with another key, and no file of the user's changes that", async () => {
    const other = await g.host.newKey("other");
    const key = other.publicKey.split(" ").slice(0, 2).join(" ");
    const access = { user: "openclaw-deploy", address: g.host.machine.address, port: 22, gatewayPort: g.port };
    const { all, exitCode } = await paste(hostCommands({ ...access, hostKey: key }).ssh, "id\n");
    expect(exitCode).toBe(255);
    expect(all).toMatch(/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/);
  });

  it("A1: tunnel: brings the gateway to this computer's loopback, until it is ended", async () => {
    const tunnel = launch(commands.tunnel);
    expect(await health()).toBe('{"ok":true,"status":"live"}');
    await tunnel.end();
    await expect(fetch(`http://127.0.0.1:${String(g.port)}/healthz`)).rejects.toThrow();
  });

  it("A1: open: tunnels, and prints a link that opens the dashboard there, without the token", async () => {
    const open = launch(commands.open);
    const [, link = ""] = await open.said(/\n {2}(http\S+)\n/);
    expect(link).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${String(g.port)}/#bootstrapToken=`));
    expect(link).not.toContain(token);
    expect(await (await fetch(link)).text()).toContain("<title>");
    await open.end();
  });

  it("O2: status: tells what runs, and that it is well", async () => {
    const { all, exitCode } = await paste(commands.status);
    expect(all).toMatch(/^release {3}[0-9a-f]{12} \(OpenClaw 2026\.9\.6\)$/m);
    expect(all).toMatch(/^service {3}active running /m);
    expect(all).toMatch(/^container running/m);
    expect(all).toMatch(/^data {6}\S+ used, \S+ free \(\d+%\)$/m);
    expect(exitCode, all).toBe(0);
  });

  it("O2: logs: follow the gateway's own, readable lines", async () => {
    const logs = launch(commands.logs);
    await logs.said(/^\S+ \[gateway\] ready$/m);
    await logs.end();
  });

  it("cli: is OpenClaw's own, with words appended", async () => {
    const { stdout, exitCode } = await paste(`${commands.cli} --version`);
    expect(stdout).toMatch(/^OpenClaw 2026\.9\.6/);
    expect(exitCode).toBe(0);
    expect((await paste(`${commands.cli} config get gateway.port`)).stdout.trim()).toBe(String(g.port));
  });

  it("A4: approveDevice: shows the device that asks; with its request id, approves it", async () => {
    const list = async (): Promise<Devices> =>
      JSON.parse((await paste(`${commands.cli} devices list --json`)).stdout) as Devices;
    const image = await shell("docker container inspect --format '{{.Config.Image}}' openclaw-gateway");
    await g.host.machine.exec(["tee", "/dev/shm/device.env"], { input: `OPENCLAW_GATEWAY_TOKEN=${token}\n` });
    const words = "--network host --env-file /dev/shm/device.env --env HOME=/tmp --tmpfs /tmp:mode=1777";
    const node = `openclaw node run --host 127.0.0.1 --port ${String(g.port)} --no-tls`;
    await shell(`docker run --detach --name device ${words} ${image} ${node}`);
    try {
      await expect.poll(async () => (await list()).pending, { timeout: 240_000, interval: 500 }).toHaveLength(1);
      const [asking] = (await list()).pending;
      expect(asking?.clientId).toBe("node-host");
      const id = asking?.requestId ?? "";
      const shown = await paste(commands.approveDevice);
      expect(shown.all).toContain(`Selected pending device request ${id}\n`);
      expect(await list()).toMatchObject({ pending: [{ requestId: id }], paired: [] });

      const approved = await paste(`${commands.approveDevice} ${id}`);
      expect(approved.exitCode, approved.all).toBe(0);
      expect(await list()).toMatchObject({ pending: [], paired: [{ deviceId: asking?.deviceId }] });
      expect((await paste(commands.approveDevice)).all).toContain("No pending device pairing requests");
    } finally {
      await shell("docker rm --force device; rm /dev/shm/device.env");
    }
  });
});

describe("the unit", () => {
  const state = (property: string): Promise<string> =>
    shell(`systemctl show --property ${property} --value openclaw-gateway`);

  beforeAll(async () => {
    const { output, exitCode } = await g.release(today);
    expect(exitCode, output).toBe(0);
  });

  it("O2: restart: the command of the outputs starts the gateway again", async () => {
    const before = await g.startedAt();
    const { exitCode } = await paste(commands.restart);
    expect(exitCode).toBe(0);
    await g.untilStarted();
    expect(await g.startedAt()).not.toBe(before);
    expect(await g.gateway()).toBe("2026.9.6 200 401");
  });

  it("C4: gives up on a configuration that OpenClaw refuses (exit 78), and comes back with a good one", async () => {
    await shell("cp /srv/openclaw/state/openclaw.json /root/ && echo '{' >/srv/openclaw/state/openclaw.json");
    await shell("systemctl restart openclaw-gateway");
    while ((await state("ActiveState")) !== "failed") await sleep(200);
    expect(await state("ExecMainStatus")).toBe("78");
    const restarts = await state("NRestarts");
    await sleep(5000);
    expect([await state("ActiveState"), await state("NRestarts")]).toEqual(["failed", restarts]);
    await shell("cat /root/openclaw.json >/srv/openclaw/state/openclaw.json && systemctl start openclaw-gateway");
    await g.untilStarted();
    expect(await g.gateway()).toBe("2026.9.6 200 401");
  });

  it("G1: starts a gateway again that was killed", async () => {
    const before = await g.startedAt();
    await shell("docker kill --signal KILL openclaw-gateway");
    while ((await g.startedAt()) === before) await sleep(200);
    await g.untilStarted();
    expect(await g.gateway()).toBe("2026.9.6 200 401");
    expect(await state("NRestarts")).toBe("1");
  });

  it("goes on with a gateway that runs, after Docker was restarted", async () => {
    const [before, restarts] = [await g.startedAt(), await state("NRestarts")];
    await shell("systemctl restart docker");
    while ((await state("NRestarts")) === restarts || (await state("SubState")) !== "running") await sleep(200);
    await sleep(2000);
    expect(await state("SubState")).toBe("running");
    expect(await g.startedAt()).toBe(before);
    expect(await g.gateway()).toBe("2026.9.6 200 401");
  });

  it("has one gateway again, after Compose was killed", async () => {
    const restarts = await state("NRestarts");
    await shell('kill -KILL "$(systemctl show --property MainPID --value openclaw-gateway)"');
    while ((await state("NRestarts")) === restarts || (await state("SubState")) !== "running") await sleep(200);
    await sleep(2000);
    await g.untilStarted();
    expect(await state("SubState")).toBe("running");
    expect(await g.gateway()).toBe("2026.9.6 200 401");
    expect(await shell("docker ps --quiet | wc --lines")).toBe("1");
  });
});

describe("O1: a release", () => {
  const changed = { ...today, env: { ...nasty, CHANGED: "1" } };
  const directory = "/srv/openclaw";

  it.each([
    [
      "ufw disable",
      `firewall must be "Status: active", and is "Status: inactive". On the host: sudo ufw --force enable`,
    ],
    ["nft delete table inet openclaw", "On the host: sudo systemctl restart openclaw-container-firewall"],
    [
      `chmod 755 ${directory}`,
      `must be "0:0 700", and is "0:0 755". On the host: sudo chown 0:0 ${directory} && sudo chmod 700 ${directory}`,
    ],
  ])(
    "stops nothing on a host that is not as its baseline left it (%s), and says how to mend it",
    async (loosen, words) => {
      const started = await g.startedAt();
      await shell(loosen);
      const loose = await g.release(changed);
      expect(loose.exitCode, loose.output).toBe(1);
      expect(loose.output).toContain(words);
      await shell(/On the host: (.*)$/m.exec(loose.output)?.[1] ?? "false");
      expect(await g.startedAt()).toBe(started);
    },
  );

  it("that changes nothing looks at who may read the state", async () => {
    await shell(`chmod 750 ${directory}/state/`);
    const loose = await g.release(today);
    await shell(`chmod 700 ${directory}/state/`);
    expect(loose.exitCode, loose.output).toBe(1);
    expect(loose.output).toContain('of the state must be "1000:1000 700", and is "1000:1000 750"');
  });

  it("says so of a port that answers on every address", async () => {
    const started = await g.startedAt();
    const compose = "/srv/openclaw/current/compose.yaml";
    await shell(
      `cp ${compose} /root/kept; sed -i 's/127.0.0.1:${String(g.port)}:/${String(g.port)}:/' ${compose}; systemctl restart openclaw-gateway`,
    );
    await g.untilStarted();
    const open = await g.release(today);
    expect(open.exitCode, open.output).toBe(1);
    expect(open.output).toContain(`of this host is bound to must be "127.0.0.1", and is "0.0.0.0 [::]"`);
    await shell(`mv /root/kept ${compose}; systemctl restart openclaw-gateway`);
    await g.untilStarted();
    const { exitCode, output } = await g.release(today);
    expect(exitCode, output).toBe(0);
    expect(await g.startedAt()).not.toBe(started);
  });
});

describe("a volume without reflinks", () => {
  it("is what this is, and a release asks for room for a whole copy of the state", async () => {
    expect(await shell("stat --file-system --format %T /srv/openclaw")).toBe("ext2/ext3");
    const free = "$(df --output=avail -B1 /srv/openclaw | tail -1)";
    await shell(`fallocate --length $((${free} - 320000000)) /srv/openclaw/filler`);
    const { output, exitCode } = await g.release({ env: { FULL: "1" } });
    await shell("rm /srv/openclaw/filler");
    expect(exitCode).toBe(1);
    expect(output).toMatch(/the data volume has 3[12]\d MB free; .* need 3[2-9]\d MB\. The gateway was left as it is/);
  });
});

describe("G5: secrets", () => {
  /** In a file, so that the search does not find itself. */
  const patterns = "--file /dev/shm/patterns";

  beforeAll(async () => {
    await g.host.machine.exec(["tee", "/dev/shm/patterns"], { input: `${canary}\n${token}\n` });
  });

  it("are in no argument of any process, while a release runs", async () => {
    await shell(
      `cat >/root/watch.sh <<'END'
while true; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep --text --only-matching ${patterns} >>/root/seen; done
END
       systemd-run --quiet --unit watch bash /root/watch.sh`,
    );
    const { output, exitCode } = await g.release({ env: { ROUND: "2" } });
    await shell("systemctl stop watch; rm /root/watch.sh");
    expect(exitCode, output).toBe(0);
    expect(output).not.toContain(canary);
    expect(output).not.toContain(token);
    expect(await shell("cat /root/seen")).toBe("");
  });

  it("are in no log", async () => {
    expect(await shell(`journalctl --no-pager --all | grep --text --count ${patterns} || true`)).toBe("0");
    expect(await shell(`grep --recursive --text --files-with-matches ${patterns} /var/log || true`)).toBe("");
    expect(await shell("stat --format '%U %a' /var/log/openclaw/release.log /var/log/openclaw")).toBe(
      "root 600\nroot 700",
    );
  });

  it("are in no file that the deploy user can read without sudo", async () => {
    const find = `grep --recursive --text --files-with-matches --devices=skip ${patterns} / --exclude-dir=proc --exclude-dir=sys --exclude-dir=dev 2>/dev/null || true`;
    expect((await g.host.ssh(find)).output).toBe("");
  });

  it("are where root keeps them: the release's own files, and nowhere else on the root disk", async () => {
    const found = await shell(
      `grep --recursive --text --files-with-matches --devices=skip ${patterns} /etc /root /srv /usr/local /var/log /home /tmp 2>/dev/null || true`,
    );
    expect(found).not.toBe("");
    for (const file of found.split("\n")) {
      expect(file).toMatch(/^\/srv\/openclaw\/releases\/\d{6}-[0-9a-f]{12}\/(release\.json|gateway\.env)$/);
      expect(await shell(`stat --format '%U %a' ${file}`)).toBe("root 600");
    }
  });

  it("are in memory where the container's runtime keeps its environment, for root only, and nowhere else in /run", async () => {
    const id = await shell("docker container inspect --format '{{.Id}}' openclaw-gateway");
    const file = `/run/containerd/io.containerd.runtime.v2.task/moby/${id}/config.json`;
    const search = `grep --recursive --text --files-with-matches --devices=skip ${patterns} /run 2>/dev/null || true`;
    expect(await shell(search)).toBe(file);
    expect(await shell(`findmnt --noheadings --output FSTYPE --target ${file}`)).toBe("tmpfs");
    expect((await g.host.ssh(`cat ${file}`)).output).toBe(`cat: ${file}: Permission denied`);
  });
});
