/** The first connection to a host, as Pulumi runs it, with the real sshd. What only a booted host has is stood in for. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FirstConnectionRequest } from "../../components/host/first-connection/contract.ts";
import { freePort } from "../support/free-port.ts";
import { generateKey, startSshServer, type SshServer } from "../support/sshd.ts";

const script = join(import.meta.dirname, "../../components/host/first-connection.ts");

let root: string;
const file = (...names: string[]): string => join(root, ...names);
const read = (...names: string[]): string => readFileSync(file(...names), "utf8");

/** Programs of a booted host, under names that sshd's sessions find first. */
const programs = {
  sudo: '[ "$1" = -n ] && shift; exec "$@"',
  systemctl: `[ "$*" = "reload ssh" ] && kill -HUP "$(cat "$OPENCLAW_SSH_DIRECTORY/pid")"`,
  tail: 'echo "Unpacking something"',
  "cloud-init":
    'echo "$*" >>"$OPENCLAW_SSH_DIRECTORY/calls"; case $* in *--wait*) sleep "$(cat "$OPENCLAW_SSH_DIRECTORY/seconds")";; esac; cat "$OPENCLAW_SSH_DIRECTORY/cloud-init"; exit "$(cat "$OPENCLAW_SSH_DIRECTORY/code")"',
};

const cloudInit = (status: object, code = 0, seconds = 0): void => {
  writeFileSync(file("ssh/seconds"), String(seconds));
  writeFileSync(file("ssh/cloud-init"), JSON.stringify(status));
  writeFileSync(file("ssh/code"), String(code));
};

/** A host whose user data gave it the bootstrap key. */
const host = (...settings: string[]): Promise<SshServer> =>
  startSshServer(
    ...settings,
    `HostKey ${file("ssh/ssh_host_ed25519_key")}`,
    `PidFile ${file("ssh/pid")}`,
    `SetEnv PATH=${file("bin")}:/usr/sbin:/usr/bin:/bin OPENCLAW_SSH_DIRECTORY=${file("ssh")}`,
  );

const request = (server: Pick<SshServer, "host" | "port" | "user" | "privateKey">): FirstConnectionRequest => ({
  identity: "1",
  host: server.host,
  port: server.port,
  user: server.user,
  privateKey: server.privateKey,
  bootstrapHostKey: read("bootstrap.pub"),
  permanentHostKey: { publicOpenssh: read("permanent.pub"), privateOpenssh: read("permanent") },
  allowedCidrs: ["203.0.113.7/32", "2001:db8::/48"],
  ...{ stack: "other", rebuild: 1 },
});
const set = "npm run pulumi -- config set --stack other --path";
const anew = `To make the host anew, with the gateway's state: ${set} openclaw:host.rebuild 1`;

const run = (what: FirstConnectionRequest, environment: Readonly<Record<string, string>> = {}) =>
  execa(process.execPath, [script], {
    input: JSON.stringify(what),
    all: true,
    reject: false,
    env: {
      OPENCLAW_FIRST_CONNECTION_SECONDS: "1",
      OPENCLAW_FIRST_CONNECTION_STRANGER_SECONDS: "1",
      OPENCLAW_FIRST_CONNECTION_REFUSED_SECONDS: "1",
      OPENCLAW_FIRST_CONNECTION_BOOT_SECONDS: "5",
      OPENCLAW_FIRST_CONNECTION_TELL_SECONDS: "2",
      OPENCLAW_PULUMI_CLI: "npm run pulumi --",
      ...environment,
    },
  });

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "openclaw-first-connection-"));
  for (const directory of ["bin", "ssh"]) mkdirSync(file(directory));
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(file("bin", name), `#!/bin/bash\n${text}\n`);
    chmodSync(file("bin", name), 0o755);
  }
  for (const name of ["bootstrap", "permanent", "stranger"]) await generateKey("ed25519", file(name));
  writeFileSync(file("ssh/ssh_host_ed25519_key"), read("bootstrap"), { mode: 0o600 });
  cloudInit({ status: "done", errors: [] });
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

const material = (publicKey: string): string => publicKey.split(" ", 2).join(" ");

test("recognises the bootstrap key, waits for the boot, and gives the host its permanent key", async () => {
  await using server = await host();
  const first = await run(request(server));
  expect(first.all).toBe(`connected to 127.0.0.1, waiting for the end of its boot\nthe host has its permanent key`);
  expect(first.exitCode).toBe(0);
  expect(read("ssh/calls")).toBe("status --wait --format json\n");
  expect(read("ssh/ssh_host_ed25519_key")).toBe(read("permanent"));
  expect(material(read("ssh/ssh_host_ed25519_key.pub"))).toBe(material(read("permanent.pub")));
  expect(statSync(file("ssh/ssh_host_ed25519_key")).mode & 0o777).toBe(0o600);
  expect(statSync(file("ssh/ssh_host_ed25519_key.pub")).mode & 0o777).toBe(0o644);
  const scanned = await execa("ssh-keyscan", ["-p", String(server.port), "-t", "ed25519", server.host]);
  expect(scanned.stdout).toContain(material(read("permanent.pub")));
});

test("leaves a host as it is that has its permanent key: what an interrupted update left", async () => {
  await using server = await host();
  await run(request(server));
  const before = statSync(file("ssh/ssh_host_ed25519_key")).mtimeMs;
  const again = await run(request(server));
  expect(again.all).toBe("connected to 127.0.0.1, waiting for the end of its boot");
  expect(again.exitCode).toBe(0);
  expect(statSync(file("ssh/ssh_host_ed25519_key")).mtimeMs).toBe(before);
});

test("sends nothing to a host with another key", async () => {
  writeFileSync(file("ssh/ssh_host_ed25519_key"), read("stranger"), { mode: 0o600 });
  await using server = await host();
  const { all, exitCode } = await run(request(server));
  const fingerprint = (await execa("ssh-keygen", ["-lf", file("stranger.pub")])).stdout.split(" ")[1] ?? "";
  expect(all).toBe(
    `the host at 127.0.0.1 port ${String(server.port)} has the host key ${fingerprint}, which is neither the one that it was made with nor the stack's own. Nothing was sent to it. Either somebody is in between, or the host was made anew outside of this stack. ${anew}`,
  );
  expect(exitCode).toBe(1);
  expect(read("ssh/ssh_host_ed25519_key")).toBe(read("stranger"));
});

test("says when the host refuses the deploy key", async () => {
  await using server = await host();
  const { all, exitCode } = await run({ ...request(server), privateKey: read("stranger") });
  expect(all.replace(/ since \d s/, "")).toBe(
    `the host at 127.0.0.1 refuses the stack's own key for ${userInfo().username}: All configured authentication methods failed. Its user data may not have been read (the console at the provider shows why), or somebody took the key out of authorized_keys. ${anew}`,
  );
  expect(exitCode).toBe(1);
});

test.each([
  ["with a word, as OpenSSH 10 does", (socket: Socket) => socket.end("Not allowed at this time\r\n")],
  ["without one", (socket: Socket) => socket.end()],
  ["with a reset", (socket: Socket) => socket.resetAndDestroy()],
])("a host that drops whom it refused, %s, is told to refuse; it is not tried so often", async (_, drop) => {
  await using server = await host();
  const times: number[] = [];
  const door = createServer((socket) => {
    times.push(Date.now());
    socket.on("error", () => undefined);
    if (times.length > 1) drop(socket);
    else socket.pipe(connect(server.port, server.host)).pipe(socket);
  });
  const port = await freePort();
  door.listen(port, "127.0.0.1");
  const { all, exitCode } = await run(
    { ...request(server), port, privateKey: read("stranger") },
    {
      OPENCLAW_FIRST_CONNECTION_SECONDS: "6",
      OPENCLAW_FIRST_CONNECTION_REFUSED_SECONDS: "4",
    },
  );
  door.close();
  expect(all).toMatch(
    /^waiting for SSH at 127\.0\.0\.1: All configured.*\nthe host at 127\.0\.0\.1 refuses the stack's own key for \S+ since 4 s: All configured/,
  );
  expect(exitCode).toBe(1);
  expect(times).toHaveLength(3);
});

const nowhere = (port: number) => ({ host: "127.0.0.1", port, user: "root", privateKey: read("stranger") }) as const;
const hint = `The firewall lets in openclaw:ssh.allowedCidrs only: 203.0.113.7/32, 2001:db8::/48. If the address by which the internet sees this machine is not in there, add it: ${set} 'openclaw:ssh.allowedCidrs[2]' <address>/32`;

test("says when nothing listens, and what may be in the way", async () => {
  const port = await freePort();
  const { all, exitCode } = await run(request(nowhere(port)));
  expect(all).toBe(`no SSH at 127.0.0.1 port ${String(port)} after 1 s: connection refused. ${hint}`);
  expect(exitCode).toBe(1);
});

test("says when something listens that never answers", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  const port = await freePort();
  silent.close();
  const dumb = createServer(() => undefined).listen(port, "127.0.0.1");
  const { all } = await run(request(nowhere(port)));
  dumb.close();
  expect(all).toContain(`no SSH at 127.0.0.1 port ${String(port)} after 10 s: no answer. ${hint}`);
});

test("waits for a host that boots", async () => {
  await generateKey("ed25519", file("client"));
  const port = await freePort();
  const running = run(request({ host: "127.0.0.1", port, user: userInfo().username, privateKey: read("client") }), {
    OPENCLAW_FIRST_CONNECTION_SECONDS: "30",
  });
  await sleep(2500);
  await using late = await host(`Port ${String(port)}`, `AuthorizedKeysFile ${file("client.pub")}`);
  const { all, exitCode } = await running;
  expect(await late.connections()).toBeGreaterThan(1);
  expect(all).toMatch(
    /^waiting for SSH at 127\.0\.0\.1: connection refused\nconnected to 127\.0\.0\.1, waiting for the end of its boot\nthe host has its permanent key$/,
  );
  expect(exitCode).toBe(0);
});

test("a boot that failed is told in cloud-init's own words, and the host is left alone", async () => {
  cloudInit({ status: "error", errors: ["Failed to run module package_update_upgrade_install", "no space left"] }, 1);
  await using server = await host();
  const { all, exitCode } = await run(request(server));
  expect(all).toBe(`connected to 127.0.0.1, waiting for the end of its boot
the host's first boot failed; cloud-init says:
  Failed to run module package_update_upgrade_install
  no space left
The host's /var/log/cloud-init-output.log has the rest. ${anew}`);
  expect(exitCode).toBe(1);
  expect(read("ssh/ssh_host_ed25519_key")).toBe(read("bootstrap"));
});

test("a boot that takes its time is told about, in cloud-init's own words", async () => {
  cloudInit({ status: "done", stage: "modules-final" }, 0, 3);
  await using server = await host();
  const { all, exitCode } = await run(request(server));
  expect(all).toBe(`connected to 127.0.0.1, waiting for the end of its boot
the host boots since 2 s: cloud-init is in the stage modules-final; its last words: Unpacking something
the host has its permanent key`);
  expect(exitCode).toBe(0);
});

test("a boot that does not end is given up, with what to look at, and the host is left alone", async () => {
  cloudInit({ status: "running", stage: "modules-config" }, 0, 60);
  await using server = await host();
  const { all, exitCode } = await run(request(server));
  const doing = "cloud-init is in the stage modules-config; its last words: Unpacking something";
  const lines = all.replaceAll(/\d s(?=[:;])/g, "<n> s").split("\n");
  expect(lines.slice(0, 2)).toEqual([
    "connected to 127.0.0.1, waiting for the end of its boot",
    `the host boots since <n> s: ${doing}`,
  ]);
  expect(lines.at(-1)).toBe(
    `the host's first boot is not over after <n> s; ${doing}. What it wrote is in /var/log/cloud-init-output.log of 127.0.0.1, for ${userInfo().username} with any of openclaw:ssh.authorizedKeys. When it only needs more time, run this again, which goes on waiting. ${anew}`,
  );
  expect(exitCode).toBe(1);
  expect(read("ssh/ssh_host_ed25519_key")).toBe(read("bootstrap"));
});

test("a connection that breaks while the boot is awaited says so: of the boot nothing is known", async () => {
  // The parent is sshd's process for this one connection.
  writeFileSync(file("bin/cloud-init"), '#!/bin/bash\nkill -9 "$PPID"\n');
  await using server = await host();
  const { all, exitCode } = await run(request(server));
  expect(all).toBe(`connected to 127.0.0.1, waiting for the end of its boot
the connection to 127.0.0.1 ended while the host's first boot was awaited; run the deployment again, which goes on waiting`);
  expect(exitCode).toBe(1);
  expect(read("ssh/ssh_host_ed25519_key")).toBe(read("bootstrap"));
});

test("a boot that recovered counts as done", async () => {
  cloudInit({ status: "done", errors: [], recoverable_errors: { WARNING: ["deprecated"] } }, 2);
  await using server = await host();
  expect((await run(request(server))).exitCode).toBe(0);
});

test("a host that does not take the key says why, and keeps the one it has", async () => {
  writeFileSync(file("bin/systemctl"), "#!/bin/sh\necho 'Unit ssh.service not found' >&2\nexit 5\n");
  await using server = await host();
  const { all, exitCode } = await run({
    ...request(server),
    permanentHostKey: { publicOpenssh: read("permanent.pub"), privateOpenssh: "no key at all" },
  });
  expect(all).toMatch(/\nthe host did not take its permanent host key:\nLoad key .*host-key.*: \S[^\n]*$/);
  expect(exitCode).toBe(1);
  expect(read("ssh/ssh_host_ed25519_key")).toBe(read("bootstrap"));
  const missing = await run(request(server));
  expect(missing.all).toContain("the host did not take its permanent host key:\nUnit ssh.service not found");
});
