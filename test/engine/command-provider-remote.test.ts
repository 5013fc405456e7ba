import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2, { type AuthContext, type Connection, type ServerChannel } from "ssh2";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Secret, signatureKey, type PropertyMap } from "../../toolchain/provider/properties.ts";
import { startProvider, urnOf, type ProviderClient } from "../support/provider-client.ts";
import { freePort } from "../support/free-port.ts";
import { generateKey, startSshServer, until, type SshServer } from "../support/sshd.ts";

const remote = "command:remote:Command";
const copy = "command:remote:CopyToRemote";
const copyFile = "command:remote:CopyFile";

let provider: ProviderClient;
let sshd: SshServer;
let directory: string;
let connection: Secret;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "command-provider-remote-"));
  [provider, sshd] = await Promise.all([startProvider({ cwd: directory }), startSshServer()]);
  connection = connectionTo(sshd);
});

afterAll(async () => {
  await provider[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

function connectionTo(server: SshServer, settings: PropertyMap = {}): Secret {
  const { host, port, user, privateKey, hostKey } = server;
  return new Secret({ host, port, user, privateKey, hostKey, dialErrorLimit: 2, perDialTimeout: 10, ...settings });
}

/** A TCP server that does with each connection what it is told, and counts them. */
async function startTcpServer(kind: "closes at once" | "stays silent") {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    if (kind === "closes at once") socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A listening TCP server has an address, not the name of a pipe.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    connections: () => sockets.length,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function decide(context: AuthContext, password: string | undefined): void {
  if (password === "pass") context.accept();
  else context.reject();
}

/** An SSH server for what a real one of this machine's user cannot show: passwords, and what a client asks for. */
async function startRecordingServer(behaviour: {
  login: (context: AuthContext) => void;
  onCommand: (channel: ServerChannel) => void;
}) {
  const hostKey = join(directory, `host-${crypto.randomUUID()}`);
  await generateKey("ed25519", hostKey);
  const clients: Connection[] = [];
  const trace: string[] = [];
  const settings = { hostKeys: [await readFile(hostKey, "utf8")], debug: (line: string) => trace.push(line) };
  const server = new ssh2.Server(settings, (client) => {
    clients.push(client);
    client.on("authentication", behaviour.login);
    client.on("session", (accept) => {
      accept().on("exec", (acceptCommand) => {
        behaviour.onCommand(acceptCommand());
      });
    });
    client.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A listening TCP server has an address, not the name of a pipe.
  const { port } = server.address() as AddressInfo;
  return {
    connection: { host: "127.0.0.1", port, user: "u", dialErrorLimit: 0 },
    /** The protocol's messages: ssh2 gives a server no event for a signal to a running command. */
    trace: () => trace.join("\n"),
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.end();
      const closed = Promise.withResolvers<undefined>();
      server.close(() => {
        closed.resolve(undefined);
      });
      await closed.promise;
    },
  };
}

function progressSince(index: number): readonly string[] {
  return provider.logs.slice(index).flatMap(({ text }) => text.split("\n"));
}

describe("a remote command", () => {
  test("gets its input and the end of it, and gives its output; a secret stdin does not make stdout secret", async () => {
    const before = await sshd.connections();
    const inputs = { connection, create: "cat; echo err >&2", stdin: new Secret("the input\n") };
    const { id, outputs } = await provider.create(remote, inputs);
    expect(id).toMatch(/^my-name[0-9a-f]{8}$/);
    expect(outputs).toEqual({ ...inputs, stdout: "the input", stderr: "err" });
    expect(await sshd.connections()).toBe(before + 1);
  });

  test("closes its connection, also when it fails", async () => {
    await using fresh = await startSshServer();
    const inputs = { connection: connectionTo(fresh), create: "true" };
    await provider.create(remote, inputs);
    await expect(provider.create(remote, { ...inputs, create: "false" })).rejects.toThrow("status 1");
    await until(async () => (await fresh.disconnections()) === 2);
  });

  test("opens no connection for a preview, a check, a diff, a read or a delete without a command", async () => {
    const before = await sshd.connections();
    const inputs = { connection, create: "true", stdin: "x" };
    await provider.check(remote, inputs);
    await provider.create(remote, inputs, "preview");
    await provider.update(remote, { ...inputs, stdout: "" }, inputs, "preview");
    await provider.diff(remote, { ...inputs, stdout: "" }, inputs);
    await provider.read(remote, "id", inputs);
    await provider.delete(remote, { ...inputs, stdout: "" });
    expect(await sshd.connections()).toBe(before);
  });

  test("without an input reads nothing instead of waiting", async () => {
    expect((await provider.create(remote, { connection, create: "cat; echo end" })).outputs["stdout"]).toBe("end");
  });

  test("takes and gives five megabytes of Unicode", async () => {
    const stdin = "äöü€😀\n".repeat(400_000);
    const { outputs } = await provider.create(remote, { connection, create: "cat", stdin, logging: "none" });
    expect(outputs["stdout"] === stdin.slice(0, -1)).toBe(true);
  });

  test("may leave its input unread", async () => {
    const inputs = { connection, create: "exec 0<&-; echo done", stdin: "x".repeat(5_000_000) };
    expect((await provider.create(remote, inputs)).outputs["stdout"]).toBe("done");
  });

  test("runs create again on update, and delete at the end", async () => {
    const file = join(directory, "remote-deleted");
    const inputs = { connection, create: "cat", delete: `echo gone > ${file}` };
    const created = await provider.create(remote, { ...inputs, stdin: "1" });
    const updated = await provider.update(remote, created.outputs, { ...inputs, stdin: "2" });
    expect(updated["stdout"]).toBe("2");
    const own = await provider.update(remote, updated, { ...inputs, stdin: "3", update: "echo updated" });
    expect(own["stdout"]).toBe("updated");
    await provider.delete(remote, own);
    expect(await readFile(file, "utf8")).toBe("gone\n");
  });

  test("fails with its status or signal, its command and everything that it wrote", async () => {
    await expect(provider.create(remote, { connection, create: "echo out; exit 7" })).rejects.toThrow(
      'Process exited with status 7: running "echo out; exit 7":\nout\n',
    );
    await expect(provider.create(remote, { connection, create: "kill -TERM $$" })).rejects.toThrow(
      "Process exited from signal TERM",
    );
  });

  test("shows its lines while it runs, in order", async () => {
    const before = provider.logs.length;
    await provider.create(remote, { connection, create: "for i in 1 2 3; do echo line $i; sleep 0.3; done" });
    const messages = provider.logs.slice(before);
    expect(messages.map(({ text }) => text)).toEqual(["line 1", "line 2", "line 3"]);
    expect(messages.every(({ urn, ephemeral }) => urn === urnOf(remote) && ephemeral)).toBe(true);
    expect((messages[2]?.at ?? 0) - (messages[0]?.at ?? 0)).toBeGreaterThan(400);
  });

  test("shows nothing with logging none, and no secret anywhere", async () => {
    const before = provider.logs.length;
    const inputs = { connection, create: "cat; exit 1", stdin: "visible", logging: "none" };
    await expect(provider.create(remote, inputs)).rejects.toThrow("status 1");
    expect(provider.logs.slice(before)).toEqual([]);
    const quiet = { connection, create: new Secret("echo hunter2 >/dev/null; exit 1"), stdin: new Secret("hunter2") };
    const failure = provider.create(remote, quiet);
    await expect(failure).rejects.toThrow("running [secret]");
    await expect(failure).rejects.not.toThrow("hunter2");
    expect(JSON.stringify(provider.logs)).not.toContain("hunter2");
    expect(JSON.stringify(provider.logs)).not.toContain("PRIVATE KEY");
  });

  test("runs beside others, each on a connection of its own", async () => {
    const before = await sshd.connections();
    const created = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        provider.create(remote, { connection, create: `sleep 0.3; echo ${index}` }),
      ),
    );
    expect(created.map(({ outputs }) => outputs["stdout"])).toEqual(created.map((_, index) => String(index)));
    expect(await sshd.connections()).toBe(before + 12);
  });

  test("is asked to end when the update is cancelled", async () => {
    // OpenSSH passes signals on for every user but root, so a server that only records them takes its place.
    await using server = await startRecordingServer({
      login: (context) => {
        context.accept();
      },
      onCommand: (channel) => {
        channel.write("running\n");
      },
    });
    await using cancelled = await startProvider();
    const failure = cancelled.create(remote, { connection: server.connection, create: "sleep 60" });
    failure.catch(() => undefined);
    await until(() => cancelled.logs.some(({ text }) => text === "running"));
    await cancelled.cancel();
    await expect(failure).rejects.toThrow("cancelled");
    await until(() => server.trace().includes("CHANNEL_REQUEST (r:0, signal: TERM)"));
  });

  test("fails when the connection is lost in the middle", async () => {
    const started = provider.create(remote, { connection, create: "kill -KILL $PPID; sleep 5" });
    await expect(started).rejects.toThrow(/connection lost|without exit status/);
  });
});

describe("the environment of a remote command", () => {
  test("fails on a stock server before the command runs, and says what to do", async () => {
    const file = join(directory, "must-not-exist");
    const inputs = { connection, create: `touch ${file}`, environment: { TOKEN: new Secret("hunter2") } };
    const before = provider.logs.length;
    const failure = provider.create(remote, inputs);
    await expect(failure).rejects.toThrow(/could not set environment variable "TOKEN".*AcceptEnv.*stdin/s);
    await expect(failure).rejects.not.toThrow("hunter2");
    await expect(access(file)).rejects.toThrow("ENOENT");
    expect(provider.logs.slice(before)).toMatchObject([{ severity: "error", ephemeral: false }]);
  });

  test("arrives where the server accepts it, and with it the output of the time before", async () => {
    await using accepting = await startSshServer("AcceptEnv *");
    const inputs = {
      connection: connectionTo(accepting),
      create: 'echo "$A $B $PULUMI_COMMAND_STDOUT"',
      environment: { A: "1", B: "ü 2" },
    };
    const created = await provider.create(remote, inputs);
    expect(created.outputs["stdout"]).toBe("1 ü 2 ");
    const updated = await provider.update(remote, created.outputs, inputs);
    expect(updated["stdout"]).toBe("1 ü 2 1 ü 2 ");
    const without = await provider.update(remote, updated, { ...inputs, addPreviousOutputInEnv: false });
    expect(without["stdout"]).toBe("1 ü 2 ");
  });

  test("with a previous output that the server refuses is only a warning", async () => {
    const before = provider.logs.length;
    const olds = { connection, create: "echo 1", stdout: "old", stderr: "" };
    expect((await provider.update(remote, olds, { connection, create: "echo 2" }))["stdout"]).toBe("2");
    expect(provider.logs.slice(before)).toMatchObject([
      { severity: "warning", ephemeral: false, text: expect.stringContaining("PULUMI_COMMAND_STDOUT") as unknown },
      { severity: "info", ephemeral: true, text: "2" },
    ]);
  });
});

describe("a connection", () => {
  test("fails after dialErrorLimit attempts when the host has another key, and says which", async () => {
    const other = join(directory, "other");
    await generateKey("ed25519", other);
    const hostKey = (await readFile(`${other}.pub`, "utf8")).trim();
    const before = await sshd.connections();
    const wrong = connectionTo(sshd, { hostKey });
    await expect(provider.create(remote, { connection: wrong, create: "true" })).rejects.toThrow(
      `after 2 failed attempts: dial 127.0.0.1:${sshd.port}: ssh: host key mismatch: ` +
        `expected ssh-ed25519 ${await fingerprintOf(`${other}.pub`)}, the host has ssh-ed25519 SHA256:`,
    );
    expect(await sshd.connections()).toBe(before + 3);
  });

  test("takes any host key when none is given, and fails one that is none", async () => {
    const { host, port, user, privateKey } = sshd;
    const open = { host, port, user, privateKey };
    expect((await provider.create(remote, { connection: open, create: "echo 1" })).outputs["stdout"]).toBe("1");
    const broken = { ...open, hostKey: "AAAA" };
    await expect(provider.create(remote, { connection: broken, create: "true" })).rejects.toThrow(
      "connection.hostKey must be a public key",
    );
  });

  test("tries a dead host dialErrorLimit times more with growing pauses, and shows that it does", async () => {
    await using dead = await startTcpServer("closes at once");
    const before = provider.logs.length;
    const started = performance.now();
    const inputs = { connection: connectionTo(sshd, { port: dead.port, dialErrorLimit: 3 }), create: "true" };
    await expect(provider.create(remote, inputs)).rejects.toThrow("after 3 failed attempts: dial 127.0.0.1:");
    expect(dead.connections()).toBe(4);
    expect(performance.now() - started).toBeGreaterThan(100 + 150 + 225);
    expect(progressSince(before)).toEqual([1, 2, 3].map((attempt) => `Dial ${attempt}/3 failed: retrying`));
  });

  test("reaches a host that starts late", async () => {
    const port = await freePort();
    const inputs = { connection: connectionTo(sshd, { port, dialErrorLimit: -1 }), create: "echo up" };
    const before = provider.logs.length;
    const created = provider.create(remote, inputs);
    await until(() => progressSince(before).includes("Dial 2/inf failed: retrying"));
    const server = createServer((socket) => {
      const target = connect(sshd.port, "127.0.0.1");
      socket.pipe(target).pipe(socket);
      socket.on("error", () => target.destroy());
      target.on("error", () => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    expect((await created).outputs["stdout"]).toBe("up");
    server.close();
  });

  test("gives a silent host perDialTimeout seconds", async () => {
    await using silent = await startTcpServer("stays silent");
    const settings = { port: silent.port, dialErrorLimit: 0, perDialTimeout: 1 };
    const started = performance.now();
    await expect(provider.create(remote, { connection: connectionTo(sshd, settings), create: "true" })).rejects.toThrow(
      `after 0 failed attempts: dial 127.0.0.1:${silent.port}: no answer within 1 seconds`,
    );
    expect(performance.now() - started).toBeGreaterThan(990);
    expect(performance.now() - started).toBeLessThan(4000);
  });

  test("is given up when the update is cancelled", async () => {
    await using silent = await startTcpServer("stays silent");
    await using cancelled = await startProvider();
    const inputs = { connection: connectionTo(sshd, { port: silent.port }), create: "true" };
    const failure = cancelled.create(remote, inputs);
    failure.catch(() => undefined);
    await until(() => silent.connections() === 1);
    await cancelled.cancel();
    await expect(failure).rejects.toThrow("cancelled");
  });

  test("fails at once, without the key in the message, when the private key cannot be read", async () => {
    const before = await sshd.connections();
    const broken = connectionTo(sshd, { privateKey: "-----BEGIN hunter2" });
    const failure = provider.create(remote, { connection: broken, create: "true" });
    await expect(failure).rejects.toThrow("connection.privateKey cannot be read");
    await expect(failure).rejects.not.toThrow("hunter2");
    expect(await sshd.connections()).toBe(before);
  });

  test("reads an encrypted private key with its password", async () => {
    const path = join(directory, "encrypted");
    await writeFile(path, sshd.privateKey, { mode: 0o600 });
    await execa("ssh-keygen", ["-q", "-p", "-P", "", "-N", "passphrase", "-f", path]);
    const privateKey = await readFile(path, "utf8");
    const encrypted = connectionTo(sshd, { privateKey, privateKeyPassword: "passphrase" });
    expect((await provider.create(remote, { connection: encrypted, create: "echo 1" })).outputs["stdout"]).toBe("1");
  });

  test("uses a running agent", async () => {
    const socket = join(directory, "agent");
    const agent = execa("ssh-agent", ["-D", "-a", socket], { reject: false });
    await until(() =>
      access(socket).then(
        () => true,
        () => false,
      ),
    );
    const key = join(directory, "agent-key");
    await writeFile(key, sshd.privateKey, { mode: 0o600 });
    await execa("ssh-add", ["-q", key], { env: { SSH_AUTH_SOCK: socket } });
    const { host, port, user, hostKey } = sshd;
    const inputs = { connection: { host, port, user, hostKey, dialErrorLimit: 0 }, create: "echo 1" };
    await expect(provider.create(remote, inputs)).rejects.toThrow("after 0 failed attempts");
    const withPath = { ...inputs, connection: { ...inputs.connection, agentSocketPath: socket } };
    expect((await provider.create(remote, withPath)).outputs["stdout"]).toBe("1");
    await using inheriting = await startProvider({ env: { SSH_AUTH_SOCK: socket } });
    expect((await inheriting.create(remote, inputs)).outputs["stdout"]).toBe("1");
    agent.kill();
    await agent;
  });

  test.each(["password", "keyboard-interactive"] as const)("logs in by %s", async (method) => {
    await using server = await startRecordingServer({
      login: (context) => {
        if (context.method !== method) context.reject([method]);
        else if (context.method === "password") decide(context, context.password);
        else {
          context.prompt([{ prompt: "Password: ", echo: false }], ([given]) => {
            decide(context, given);
          });
        }
      },
      onCommand: (channel) => {
        channel.write("logged in");
        channel.exit(0);
        channel.end();
      },
    });
    const inputs = (password: string) => ({ connection: { ...server.connection, password }, create: "true" });
    expect((await provider.create(remote, inputs("pass"))).outputs["stdout"]).toBe("logged in");
    await expect(provider.create(remote, inputs("wrong"))).rejects.toThrow(
      "All configured authentication methods failed",
    );
  });

  test("goes through a jump host", async () => {
    await using jump = await startSshServer();
    const { host, port, user, privateKey, hostKey } = jump;
    const proxied = connectionTo(sshd, { proxy: { host, port, user, privateKey, hostKey, dialErrorLimit: 1 } });
    const [target, before] = [await sshd.connections(), await jump.connections()];
    expect((await provider.create(remote, { connection: proxied, create: "echo far" })).outputs["stdout"]).toBe("far");
    expect(await sshd.connections()).toBe(target + 1);
    expect(await jump.connections()).toBe(before + 1);

    const wrongKey = connectionTo(sshd, {
      proxy: { host, port, user, privateKey, hostKey: sshd.hostKey, dialErrorLimit: 0 },
    });
    await expect(provider.create(remote, { connection: wrongKey, create: "true" })).rejects.toThrow(
      "host key mismatch",
    );
    const wrongTarget = connectionTo(sshd, {
      hostKey,
      dialErrorLimit: 1,
      proxy: { host, port, user, privateKey, hostKey },
    });
    await expect(provider.create(remote, { connection: wrongTarget, create: "true" })).rejects.toThrow(
      /after 1 failed attempts: .*host key mismatch/,
    );
  });
});

async function fingerprintOf(publicKeyFile: string): Promise<string> {
  const { stdout } = await execa("ssh-keygen", ["-lf", publicKeyFile]);
  return stdout.split(" ")[1] ?? "";
}

describe("copying to a host", () => {
  async function asset(path: string, content: string): Promise<PropertyMap> {
    await writeFile(path, content);
    const hash = createHash("sha256").update(content).digest("hex");
    return { [signatureKey]: "c44067f5952c0a294b673a41bacd8c17", hash, path };
  }
  const archive = (path: string, hash: string) => ({ [signatureKey]: "0def7320c3a5731c473e5ecbe6d01bc7", hash, path });

  async function sourceTree(name: string): Promise<string> {
    const tree = join(directory, name);
    await mkdir(join(tree, "one/two"), { recursive: true });
    await writeFile(join(tree, "file1"), "1");
    await writeFile(join(tree, "one/empty"), "");
    await writeFile(join(tree, "one/two/big"), "x".repeat(3_000_000));
    return tree;
  }

  test("writes a file to the path, or into the directory there, and makes the directories above it", async () => {
    const source = await asset(join(directory, "plain.txt"), "content");
    const remotePath = join(directory, "made/for/it.txt");
    const { id, outputs } = await provider.create(copy, { connection, remotePath, source });
    expect(id).toMatch(/^[0-9a-f]{8}$/);
    expect(outputs).toEqual({ connection, remotePath, source });
    expect(await readFile(remotePath, "utf8")).toBe("content");
    await provider.create(copy, { connection, remotePath: join(directory, "made"), source });
    expect(await readFile(join(directory, "made/plain.txt"), "utf8")).toBe("content");
  });

  test("puts a directory inside the path, and only its content where it ends in a slash", async () => {
    const tree = await sourceTree("tree");
    const inside = join(directory, "inside");
    await provider.create(copy, { connection, remotePath: inside, source: archive(tree, "1") });
    expect((await readdir(inside, { recursive: true })).sort()).toEqual(
      ["tree", "tree/file1", "tree/one", "tree/one/empty", "tree/one/two", "tree/one/two/big"].sort(),
    );
    expect((await readFile(join(inside, "tree/one/two/big"))).length).toBe(3_000_000);
    const content = join(directory, "content");
    await provider.create(copy, { connection, remotePath: content, source: archive(`${tree}/`, "1") });
    expect((await readdir(content)).sort()).toEqual(["file1", "one"]);
    // Again over what is there.
    await provider.create(copy, { connection, remotePath: inside, source: archive(tree, "1") });
  });

  test("fails where a file is in the way of a directory, or the source is missing", async () => {
    const tree = await sourceTree("blocked");
    const file = join(directory, "in-the-way");
    await writeFile(file, "");
    await expect(provider.create(copy, { connection, remotePath: file, source: archive(tree, "1") })).rejects.toThrow(
      `remote path ${file} exists but is not a directory`,
    );
    const before = await sshd.connections();
    const missing = archive("/missing/source", "1");
    await expect(provider.create(copy, { connection, remotePath: "/x", source: missing })).rejects.toThrow(
      "open /missing/source: no such file or directory",
    );
    expect(await sshd.connections()).toBe(before);
  });

  test("uploads again only for other content or another path, and never for a preview", async () => {
    const first = await asset(join(directory, "updated.txt"), "first");
    const olds = { connection, remotePath: join(directory, "updated-there"), source: first };
    const before = await sshd.connections();
    await provider.create(copy, olds, "preview");
    await provider.update(copy, olds, { ...olds, source: { ...first, hash: "other" } }, "preview");
    await provider.update(copy, olds, { ...olds, connection: connectionTo(sshd, { dialErrorLimit: 5 }) });
    expect(await sshd.connections()).toBe(before);
    const second = await asset(join(directory, "updated.txt"), "second");
    await provider.update(copy, olds, { ...olds, source: second });
    expect(await readFile(olds.remotePath, "utf8")).toBe("second");
    await provider.update(
      copy,
      { ...olds, source: second },
      { ...olds, source: second, remotePath: join(directory, "moved") },
    );
    expect(await readFile(join(directory, "moved"), "utf8")).toBe("second");
    expect(await sshd.connections()).toBe(before + 2);
  });

  test("by the deprecated CopyFile writes to exactly the path", async () => {
    const localPath = join(directory, "old.txt");
    await writeFile(localPath, "old way");
    const remotePath = join(directory, "old-there.txt");
    await provider.create(copyFile, { connection, localPath, remotePath });
    expect(await readFile(remotePath, "utf8")).toBe("old way");
    await expect(provider.create(copyFile, { connection, localPath: directory, remotePath })).rejects.toThrow(
      "is a directory",
    );
    await provider.delete(copyFile, { connection, localPath, remotePath });
    expect(await readFile(remotePath, "utf8")).toBe("old way");
  });
});
