/**
 * The life of a gateway at Hetzner Cloud: the real Pulumi, the real provider, the simulated API, and machines that boot,
 * with the real OpenClaw in a real container. One life, because each step starts where the one before it ended.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openclawVersions } from "../../components/local/versions.ts";
import { hetznerDeployment, type HetznerDeployment } from "../support/hetzner-deployment.ts";

/** Planted where secrets go; nobody may find them where they do not belong. */
const canary = "canary-1f7c0a9e4b";

let d: HetznerDeployment;

beforeAll(async () => {
  d = await hetznerDeployment("life");
  await d.set("gateway.version", openclawVersions[1], "--type", "string");
  await d.set("secrets.CANARY_KEY", canary, "--secret");
}, 900_000);

afterAll(async () => {
  await d.remove();
});

/** A file in the workspace: the state that must survive everything. */
const note = "/srv/openclaw/state/workspace/note.txt";
const readNote = async (): Promise<string> => (await d.machine().shell(`cat ${note}`)).trim();

/** Of the file system that holds the state. */
const sizeGb = async (): Promise<number> =>
  Number(await d.machine().shell("df --output=size --block-size=1G /srv/openclaw | tail -1"));

/** What every state of the life must satisfy: the gateway answers, to its own token only, and has its state. */
async function expectGateway(version: string): Promise<void> {
  const { token } = await d.outputs();
  await d.throughTunnel(async (port) => {
    const health = await fetch(`http://127.0.0.1:${String(port)}/healthz`);
    expect(await health.json()).toEqual({ ok: true, status: "live" });
    expect(await d.call(port, token)).toBe(200);
    expect(await d.call(port, "0".repeat(96))).toBe(401);
  });
  expect(await d.run("cli", "--version")).toContain(version);
}

test("T1: from nothing to a verified gateway", async () => {
  const text = await d.up();
  expect(text).toMatch(/verified/);
  await expectGateway(openclawVersions[1]);
  await d.machine().shell(`install -o 1000 -g 1000 -m 600 <(echo kept) ${note}`);
});

test("G6: an up that changes nothing does nothing, and asks the host nothing", async () => {
  const before = await d.machine().sshConnections();
  expect(await d.up()).toMatch(/Resources:\n\s+\d+ unchanged/);
  expect(await d.planned()).toEqual({});
  expect(await d.pulumi("refresh", "--yes", "--skip-preview")).toMatch(/Resources:\n\s+\d+ unchanged/);
  expect(await d.machine().sshConnections()).toBe(before);
});

test("P3: the outputs are the contract, and only the token is secret", async () => {
  const { token, ...shown } = await d.outputs();
  expect(token).toMatch(/^[0-9a-f]{96}$/);
  expect(JSON.stringify(shown)).not.toContain(token);
  expect(shown).toMatchObject({
    contract: 1,
    gateway: { name: d.name, target: "hetzner", version: openclawVersions[1], reach: "tunnel" },
    host: { provider: "hetzner", address: d.machine().address, sshUser: "openclaw-deploy" },
    data: { kind: "volume", onDestroy: "retain" },
  });
});

test("O2, A4: each command of the outputs works as it is pasted", async () => {
  expect(await d.run("status")).toMatch(/active/);
  expect(await d.run("ssh", "id -un")).toContain("openclaw-deploy");
  expect(await d.runUntil(/gateway/, "logs")).toMatch(/gateway/);
  expect(await d.run("approveDevice", "|| true")).toContain("No pending device pairing requests");
  const link = /http:\/\/127\.0\.0\.1:\d+\/\S*/;
  expect(await d.runUntil(link, "open")).toMatch(link);
  expect(await d.run("restart")).toBe("");
  await d.untilStarted();
  await expectGateway(openclawVersions[1]);
});

test("O2: people with a key for the tunnel open it with the command of the outputs", async () => {
  const { token } = await d.outputs();
  await d.throughTunnel(async (port) => {
    expect(await d.call(port, token)).toBe(200);
  }, "tunnelForOthers");
});

test("G2, H1: from outside, only SSH answers, and only to the allowed range", async () => {
  const { address, address6 } = d.machine();
  expect(await d.reaches(address, 22)).toBe(true);
  expect(await d.reaches(address, d.port)).toBe(false);
  expect(await d.reaches(address6, d.port)).toBe(false);
  expect(await d.strangerReaches(address, 22)).toBe(false);
  expect(await d.strangerReaches(address, d.port)).toBe(false);
  // The cloud's firewall gone: the host's own stands.
  await d.machine().setFirewall(undefined);
  expect(await d.strangerReaches(address, 22)).toBe(false);
  expect(await d.strangerReaches(address, d.port)).toBe(false);
  expect(await d.strangerReaches(address6, 22)).toBe(false);
  await d.restoreFirewall();
});

test("G1: the gateway comes back after SIGKILL", async () => {
  const pid = async () => (await d.machine().shell("docker inspect -f '{{.State.Pid}}' openclaw-gateway")).trim();
  const before = await pid();
  await d.machine().shell(`kill -KILL ${before}`);
  await d.untilStarted();
  expect(await pid()).not.toBe(before);
  expect(await readNote()).toBe("kept");
});

test("G1: the gateway comes back after the host's reboot", async () => {
  await d.machine().reboot();
  await d.untilStarted();
  await expectGateway(openclawVersions[1]);
  expect(await readNote()).toBe("kept");
  expect(await d.planned()).toEqual({});
});

test("O3: an update to the next version keeps the state", async () => {
  await d.set("gateway.version", openclawVersions[0], "--type", "string");
  expect(await d.planned()).toEqual({ "gateway-release": "update" });
  // Arguments of every process that lives during a release, sampled on the host.
  const machine = d.machine();
  await machine.shell(
    "systemd-run --quiet --unit=sample bash -c 'while :; do cat /proc/[0-9]*/cmdline; sleep 0.05; done 2>/dev/null >/root/sampled'",
  );
  expect(await d.up()).toMatch(/\d+(\.\d+)? s/);
  await machine.shell("systemctl stop sample");
  await expectGateway(openclawVersions[0]);
  expect(await readNote()).toBe("kept");
});

/** Everything that a user other than root finds in files, and the names of the files that hold it. */
const readableWith = (user: string, ...words: string[]): Promise<string> =>
  d
    .machine()
    .shell(
      `runuser -u ${user} -- find / \\( -path /proc -o -path /sys -o -path /dev \\) -prune -o -type f -size -2048k -readable -print0 2>/dev/null | runuser -u ${user} -- xargs -0 grep -lF ${words.map((word) => `-e ${word}`).join(" ")} 2>/dev/null || true`,
    );

test("G5: no secret where it does not belong", async () => {
  const machine = d.machine();
  const { token } = await d.outputs();
  const secrets = [token, canary, d.cloud.token];
  const places = {
    "user data": d.userData(),
    "console output": d.said(),
    "arguments of processes": (await machine.shell("cat /root/sampled")).replaceAll("\0", " "),
    "shell history": await machine.shell("cat /root/.*history /home/*/.*history 2>/dev/null || true"),
    "cloud-init's and stages' logs": await machine.shell("cat /var/log/cloud-init*.log /var/log/openclaw/*"),
    journal: await machine.shell("journalctl --no-pager --output cat"),
    "Pulumi's state": await d.pulumi("stack", "export"),
  };
  expect(places["arguments of processes"]).toContain("release.sh");
  for (const [place, text] of Object.entries(places)) {
    for (const secret of secrets) expect(text.includes(secret), `${place}: a secret`).toBe(false);
  }

  // The search finds what is there to be found: root's own files, and one that was left open.
  await machine.shell("rm /root/sampled; echo open-secret >/var/tmp/left-open");
  expect(await readableWith("root", canary)).toContain("/srv/openclaw/");
  expect((await readableWith("openclaw-deploy", "open-secret")).trim()).toBe("/var/tmp/left-open");
  expect((await readableWith("openclaw-deploy", token, canary)).trim()).toBe("");
  expect((await readableWith("nobody", token, canary)).trim()).toBe("");
});

test("G4: a configuration that OpenClaw refuses changes nothing, and says why in its own words", async () => {
  const started = await d.startedAt();
  await d.set("config.gateway.reload.debounceMs", "soon");
  const { output, exitCode } = await d.attempt("up");
  expect(exitCode, output).not.toBe(0);
  expect(output).toMatch(/debounceMs|reload/);
  expect(await d.startedAt()).toBe(started);
  await d.unset("config.gateway");
  await d.up();
  await expectGateway(openclawVersions[0]);
});

test.each([
  ["unrunnable", "The gateway that runs was left as it is."],
  ["broken", "The gateway that ran before runs again, with its state and configuration."],
] as const)("G4: an image that is not good (%s) leaves the gateway and its state", async (name, words) => {
  await d.set("gateway.image.reference", await d.variant(name));
  const { output, exitCode } = await d.attempt("up");
  expect(exitCode, output).not.toBe(0);
  expect(output).toContain(words);
  await d.unset("gateway.image.reference");
  await expectGateway(openclawVersions[0]);
  expect(await readNote()).toBe("kept");
});

test("G4: the next good up works", async () => {
  await d.up();
  await expectGateway(openclawVersions[0]);
  expect(await d.planned()).toEqual({});
});

test("G1: an up that is killed in the middle of a release is completed by the next", async () => {
  await d.set("env.CHANGED", "1", "--type", "string");
  const running = d.launchUp();
  await d.untilOnHost("a release is under way", "pgrep -f release.sh >/dev/null");
  process.kill(-running.pid, "SIGKILL");
  await running.result;
  await d.pulumi("cancel", "--yes").catch(() => "");
  await d.up();
  await expectGateway(openclawVersions[0]);
  expect(await readNote()).toBe("kept");
  expect(await d.planned()).toEqual({});
});

test("G2, H1: in a private network, which Hetzner's firewalls do not filter, nothing answers", async () => {
  const subnets = [{ type: "cloud", network_zone: "eu-central", ip_range: "10.98.1.0/24" }];
  const { network } = (await d.cloud.call("POST", "/networks", { name: "inner", ip_range: "10.98.0.0/16", subnets }))
    .body as { network: { id: number } }; // the API's own answer
  const started = await d.startedAt();
  await d.set("host.networkId", String(network.id));
  await d.up();
  const { host } = await d.outputs();
  const [net] = d.cloud.project.servers.require(Number(host.id)).privateNets;
  expect(await d.machine().shell("ip -brief address")).toContain(`${net?.ip}/16`);
  expect(await d.reaches(net?.ip ?? "", 22)).toBe(false);
  expect(await d.reaches(net?.ip ?? "", d.port)).toBe(false);
  expect(await d.startedAt()).toBe(started);
});

test("the volume grows while the gateway runs", async () => {
  const started = await d.startedAt();
  await d.set("data.sizeGb", "12");
  await d.up();
  expect(await sizeGb()).toBeGreaterThanOrEqual(11);
  expect(await d.startedAt()).toBe(started);
  expect(await readNote()).toBe("kept");
});

test("O8: another server type, and another token: stopped in order, started, verified, the old token is refused", async () => {
  const { token: old } = await d.outputs();
  await d.set("host.size", "cx33");
  await d.set("gateway.tokenVersion", "2");
  expect(await d.planned()).toMatchObject({ "host-server": "update", "gateway-release": "update" });
  await d.up();
  await expectGateway(openclawVersions[0]);
  await d.throughTunnel(async (port) => {
    expect(await d.call(port, old)).toBe(401);
  });
  expect(await readNote()).toBe("kept");
});

test("a rebuild makes a server from today's user data, and the state moves in", async () => {
  const { host } = await d.outputs();
  await d.set("host.rebuild", "1");
  await d.up();
  const after = await d.outputs();
  expect(after.host.id).not.toBe(host.id);
  expect(after.host.hostKey).toBe(host.hostKey);
  expect(after.host.address).toBe(host.address);
  await expectGateway(openclawVersions[0]);
  expect(await readNote()).toBe("kept");
});

test("a server that was deleted behind the stack's back comes back, with its state", async () => {
  const { host } = await d.outputs();
  await d.cloud.call("DELETE", `/servers/${host.id}`);
  await d.up();
  await expectGateway(openclawVersions[0]);
  expect(await readNote()).toBe("kept");
});

test("G7: destroy leaves the volume only, though the host is dead, and a new stack adopts it", async () => {
  const { data, gateway } = await d.outputs();
  await d.machine().powerOff();
  const text = await d.destroy();
  expect(text).toContain(`openclaw:data.adopt ${data.id}`);
  expect(d.cloud.costs().map(({ kind }) => kind)).toEqual(["volume"]);

  const refused = await d.attempt("up");
  expect(refused.exitCode, refused.output).not.toBe(0);
  expect(refused.output).toContain(`openclaw:data.adopt ${data.id}`);
  await d.set("data.adopt", data.id);
  await d.set("data.sizeGb", "14");
  await d.up();
  await expectGateway(gateway.version);
  expect(await readNote()).toBe("kept");
  expect(await sizeGb()).toBeGreaterThanOrEqual(13);
  expect(await d.planned()).toEqual({});
});

test("what is to be deleted is deleted", async () => {
  await d.unset("data.adopt");
  await d.set("data.onDestroy", "delete");
  await d.up();
  await d.destroy();
  expect(d.cloud.costs()).toEqual([]);
  expect(d.cloud.violations).toEqual([]);
});
