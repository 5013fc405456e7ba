/** A host that is nothing but an SSH server, for tests of what happens before there is more: no shell, no files. */
import { once } from "node:events";
import ssh2, { type Connection } from "ssh2";

/** See the file's comment. */
export interface FakeSshHost extends AsyncDisposable {
  /** Commands that were run, oldest first. */
  readonly commands: readonly string[];
  /** Connections that were accepted. */
  readonly connections: () => number;
  /** What `cloud-init status` prints, and its exit code. */
  cloudInit: { output: string; code: number };
}

/** Listens with a host key, and takes another one from the first connection. */
export async function fakeSshHost(address: string, port: number, hostKey: string): Promise<FakeSshHost> {
  const commands: string[] = [];
  let connections = 0;
  let key = hostKey;
  let server: ssh2.Server;
  const open = new Set<Connection>();

  const accept = (client: Connection): void => {
    connections += 1;
    open.add(client);
    client.on("error", () => undefined).on("close", () => open.delete(client));
    client.on("authentication", (context) => {
      if (context.method === "publickey") context.accept();
      else context.reject(["publickey"]);
    });
    client.on("session", (acceptSession) => {
      acceptSession().on("exec", (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        let input = "";
        const end = (code: number, output = ""): void => {
          channel.write(output);
          channel.exit(code);
          channel.end();
        };
        commands.push(command);
        channel.on("data", (data: Buffer) => (input += data.toString()));
        channel.on("end", () => {
          if (command.startsWith("cloud-init status")) {
            end(host.cloudInit.code, host.cloudInit.output);
            return;
          }
          // Of a client that was killed: the real host refuses half a key, too.
          if (!input.trimEnd().endsWith("PRIVATE KEY-----")) {
            end(1);
            return;
          }
          key = input;
          void listen().then(() => {
            end(0);
          });
        });
      });
    });
  };

  /** Also again, with another key: connections that are open stay. */
  const listen = async (): Promise<void> => {
    const before = server as ssh2.Server | undefined; // there is none the first time
    before?.close();
    server = new ssh2.Server({ hostKeys: [key] }, accept);
    server.listen(port, address);
    await once(server, "listening");
  };

  const host: FakeSshHost = {
    commands,
    connections: () => connections,
    cloudInit: { output: '{"status": "done", "errors": []}', code: 0 },
    [Symbol.asyncDispose]: async () => {
      for (const client of open) client.end();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
  await listen();
  return host;
}
