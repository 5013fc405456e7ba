/** A person's command line for AWS: the real `aws`, version 2, and a stand-in for its Session Manager plugin. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import type { FargateAws } from "../../clouds/aws/tasks/fargate-aws.ts";

/** See the file's comment. */
export interface PersonsCommandLine extends AsyncDisposable {
  /** Of a shell in which commands are pasted. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The real one: the outputs' commands need version 2 (`logs tail`, YAML). @throws Error naming what to install */
async function awsCli(): Promise<string> {
  const { stdout } = await execa("bash", ["-c", "type -ap aws; echo /usr/bin/aws"]);
  for (const program of new Set(stdout.split("\n"))) {
    const version = await execa(program, ["--version"], { reject: false });
    if (version.stdout.startsWith("aws-cli/2.")) return program;
  }
  throw new Error(
    "the tests paste commands for the AWS command line, version 2; on Debian: sudo apt-get install --no-install-recommends awscli",
  );
}

/** What the plugin connects to: the first line says what for and a session's token, the rest is the session's. */
async function serve(socket: Socket, { tasks }: FargateAws): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.once("data", (data: Buffer) => {
    const end = data.indexOf("\n");
    socket.pause();
    socket.unshift(data.subarray(end + 1));
    resolve(data.subarray(0, end).toString());
  });
  const [token = "", port] = (await promise).split(" ").reverse();
  if (port === "port") {
    const remote = await tasks.connectSession(token);
    remote.on("error", () => socket.destroy());
    socket.on("error", () => remote.destroy());
    socket.pipe(remote).pipe(socket);
    return;
  }
  const { output } = await tasks.session(token);
  socket.end(`${output.replaceAll("\n", "\r\n")}\r\n\nExiting session.\n`);
}

/** Puts the programs into a directory of a person's home. */
export async function personsCommandLine(
  home: string,
  world: FargateAws,
  keys: Readonly<Record<string, string>>,
): Promise<PersonsCommandLine> {
  const directory = join(home, "bin");
  mkdirSync(directory, { recursive: true });
  const server = createServer((socket) => {
    serve(socket, world).catch((error: unknown) => {
      socket.end(`\nCannot perform start session: ${String(error)}\n`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const write = (name: string, command: string): void => {
    const file = join(directory, name);
    writeFileSync(file, `#!/bin/sh\nexec ${command} "$@"\n`);
    chmodSync(file, 0o755);
  };
  // AWS_ENDPOINT_URL is older than 2.13.
  write("aws", `${await awsCli()} --endpoint-url ${world.aws.endpoint}`);
  write("session-manager-plugin", `${process.execPath} ${join(import.meta.dirname, "session-manager-plugin.ts")}`);
  return {
    environment: {
      HOME: home,
      PATH: `${directory}:${process.env["PATH"] ?? ""}`,
      ...keys,
      OPENCLAW_TEST_SESSIONS: String(port),
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, "close");
    },
  };
}
